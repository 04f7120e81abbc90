/**
 * Where the operator is in a list: on a row's key, never on a line. `index` is where that row was last, so that a
 * key press after the row has gone goes on from there; `top` is the first row of the list that the window shows.
 */
export interface Cursor {
  readonly key: string | null;
  readonly index: number;
  readonly top: number;
}
