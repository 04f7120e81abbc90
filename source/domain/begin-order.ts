import type { Mark } from './mark.ts';

interface MarkedRow {
  readonly id: number;
  readonly mark: Mark | null;
}

/**
 * The order in which the worker library began the rows: the highest id of the row and of all rows that it repeats, one after the
 * other. A row of the queue may be begun after rows with a higher id; its mark then says which of them it goes on with.
 */
export function beginOrder(rows: readonly MarkedRow[]): (row: MarkedRow) => number {
  const chainOf = repeatedBy(rows);
  return (row) => Math.max(...chainOf(row));
}

/** The ids of the row and of all rows that it repeats, one after the other. */
export function repeatedBy(rows: readonly MarkedRow[]): (row: MarkedRow) => ReadonlySet<number> {
  const repeated = new Map(rows.map(({ id, mark }) => [id, mark?.repeats ?? null]));
  return ({ id, mark }) => {
    // Two rows that were put back in turn repeat each other.
    const chain = new Set([id]);
    for (let next = mark?.repeats ?? null; next !== null && !chain.has(next); next = repeated.get(next) ?? null) {
      chain.add(next);
    }
    return chain;
  };
}
