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
  const repeated = new Map(rows.map(({ id, mark }) => [id, mark?.repeats ?? null]));
  return ({ id, mark }) => {
    // Two rows that were put back in turn repeat each other.
    const seen = new Set([id]);
    let highest = id;
    for (let next = mark?.repeats ?? null; next !== null && !seen.has(next); next = repeated.get(next) ?? null) {
      seen.add(next);
      highest = Math.max(highest, next);
    }
    return highest;
  };
}
