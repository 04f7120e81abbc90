import { sum } from '../domain/sum.ts';

/** A column that may get some of the free columns of a list. */
export interface Sharing {
  readonly width: number;
  /** Its share; none if absent. */
  readonly grow?: number;
  /** How wide it has to be so that none of its texts is cut. */
  readonly need: number;
  /** Maximum useful width of a column with bars or lists. It gets columns that no text needs, before other columns do. */
  readonly fills?: number;
  /** Whether it gets all columns that are left, before others grow without need. */
  readonly takesRest?: boolean;
}

/** The widths of columns that share `free` columns: first what their texts need, then what bars and lists can use, then the rest. */
export function sharedWidths(columns: readonly Sharing[], free: number): readonly number[] {
  const lacking = columns.map(({ width, need }) => Math.max(0, need - width));
  const first = shared(columns, free, lacking);
  const filling = columns.map(({ width, fills = 0 }) => Math.max(0, fills - width));
  const filled = shared(columns, free - sum(first), filling);
  const unlimited = columns.map(() => Number.POSITIVE_INFINITY);
  const takers = columns.map((column) => ({ ...column, grow: column.takesRest === true ? 1 : 0 }));
  const hasTaker = takers.some(({ grow }) => grow > 0);
  const rest = shared(hasTaker ? takers : columns, free - sum(first) - sum(filled), unlimited);
  return columns.map(({ width }, index) => width + (first[index] ?? 0) + (filled[index] ?? 0) + (rest[index] ?? 0));
}

/** How many of the `free` columns each gets, by its share, and no more than it can use. */
function shared(columns: readonly Sharing[], free: number, most: readonly number[]): readonly number[] {
  const extras = columns.map(() => 0);
  let left = free;
  let open = columns.flatMap(({ grow = 0 }, index) => (grow > 0 && (most[index] ?? 0) > 0 ? [index] : []));
  const shareOf = (index: number): number => columns[index]?.grow ?? 0;
  while (left > 0 && open.length > 0) {
    let shares = open.reduce((sum, index) => sum + shareOf(index), 0);
    // Columns that need less than their share get all that they need; the others share the rest.
    const satisfied = open.filter((index) => (most[index] ?? 0) <= (left * shareOf(index)) / shares);
    for (const index of satisfied.length > 0 ? satisfied : open) {
      const extra = satisfied.length > 0 ? (most[index] ?? 0) : Math.floor((left * shareOf(index)) / shares);
      extras[index] = extra;
      if (satisfied.length === 0) shares -= shareOf(index);
      left -= extra;
    }
    open = satisfied.length > 0 ? open.filter((index) => !satisfied.includes(index)) : [];
  }
  return extras;
}
