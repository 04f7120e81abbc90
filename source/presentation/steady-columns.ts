/**
 * The columns that a list has shown, with their widths, so that they do not move from poll to poll: widths only grow, and a column stays until
 * its cells have all been the same for a minute.
 */
export interface SteadyColumns {
  /** The width of each column that is never cut, or has a longer width, if these were wider, by `columnKey`. */
  readonly widths: ReadonlyMap<string, number>;
  /** The widest need of each column that grows, by `columnKey`. */
  readonly needs: ReadonlyMap<string, number>;
  /** The columns whose cells have not all been the same, by `columnKey`, and when they were so last, on the database's clock. */
  readonly differing: ReadonlyMap<string, number>;
}

export const noSteadyColumns: SteadyColumns = { widths: new Map(), needs: new Map(), differing: new Map() };

/** A list may have a column twice: in one width for narrow lists, in another for wide ones. */
export function columnKey({ title, from = 0 }: { readonly title: string; readonly from?: number }): string {
  return `${title} ${from}`;
}
