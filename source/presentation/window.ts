/** The size of the terminal, in cells. */
export interface Window {
  readonly columns: number;
  readonly rows: number;
}
