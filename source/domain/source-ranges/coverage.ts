import type { QueryRange, RangeReader } from './query-range.ts';

/** An operation of the execution, as far as coverage needs it. */
export interface CoveringOperation {
  readonly id: number;
  readonly tableName: string;
  readonly status: string;
  /** Null if it has none. */
  readonly sourceQuery: string | null;
  /** Null if it is unknown. */
  readonly recordsProcessed: number | null;
}

/** A range that no operation has. */
export interface Hole {
  readonly from: number;
  /** The first one after it. */
  readonly to: number;
  /** The operations before and after it; null at the beginning. */
  readonly before: number | null;
  readonly after: number;
}

/** A range that two operations have, neither of which has failed or was skipped. */
export interface Overlap {
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly second: number;
}

/** The ranges of the operations that read the same records in the same way. */
export interface CoverageGroup {
  readonly tableName: string;
  /** The column of the ranges; null for positions (LIMIT and OFFSET). */
  readonly column: string | null;
  readonly operations: number;
  readonly holes: readonly Hole[];
  readonly overlaps: readonly Overlap[];
  /** The newest operation of the group whose query can be rewritten for another range. */
  readonly example: { readonly id: number; readonly query: string } | null;
}

export interface SourceCoverage {
  readonly groups: readonly CoverageGroup[];
  /** How many operations of each table have a query without a range of numbers, or no query: for them nobody can tell. */
  readonly untold: ReadonlyMap<string, number>;
}

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly id: number;
  readonly isEffective: boolean;
  /** Where its records begin: before `from` if its counter has more records than its query reads. */
  readonly begins: number;
}

interface Collected {
  readonly tableName: string;
  readonly column: string | null;
  readonly pieces: Piece[];
  example: { readonly id: number; readonly query: string } | null;
}

export interface CoverageCollector {
  add(operation: CoveringOperation): void;
  coverage(): SourceCoverage;
}

/** Collects operations one by one and then compares their ranges. */
export function createCoverage(reader: RangeReader): CoverageCollector {
  const groups = new Map<string, Collected>();
  const untold = new Map<string, number>();

  return {
    add({ id, tableName, status, sourceQuery, recordsProcessed }) {
      const range: QueryRange | null = sourceQuery === null ? null : reader.read(sourceQuery);
      if (range === null || sourceQuery === null) {
        untold.set(tableName, (untold.get(tableName) ?? 0) + 1);
        return;
      }
      const key = `${tableName}\0${range.column ?? ''}\0${range.group}`;
      const group = groups.get(key) ?? { tableName, column: range.column, pieces: [], example: null };
      groups.set(key, group);
      const isEffective = status !== 'failed' && status !== 'skipped';
      const { from, to } = range;
      group.pieces.push({ from, to, id, isEffective, begins: beginOf(range, recordsProcessed) });
      if (group.example === null || id > group.example.id) {
        // A query without OFFSET has no place for one.
        if (group.example === null || reader.rewrite(sourceQuery, from, to) !== null)
          group.example = { id, query: sourceQuery };
      }
    },
    coverage: () => ({ groups: [...groups.values()].map(compared), untold }),
  };
}

/**
 * Where the records of an operation begin. One that has processed more records than its query reads has written a query for each
 * of its batches: it has the last one.
 */
function beginOf({ from, to, column }: QueryRange, records: number | null): number {
  if (column !== null || records === null || records <= to - from) return from;
  return Math.max(0, from - records);
}

function compared({ tableName, column, pieces, example }: Collected): CoverageGroup {
  const ordered = pieces.toSorted((a, b) => a.from - b.from || a.to - b.to || a.id - b.id);
  return {
    tableName,
    column,
    operations: pieces.length,
    holes: holesIn(
      pieces.toSorted((a, b) => a.begins - b.begins || a.to - b.to || a.id - b.id),
      column === null,
    ),
    overlaps: overlapsIn(ordered.filter(({ isEffective }) => isEffective)),
    example,
  };
}

/** @param beginsAtZero whether a range before the first one is a hole: positions begin at 0 */
function holesIn(ordered: readonly Piece[], beginsAtZero: boolean): readonly Hole[] {
  const holes: Hole[] = [];
  const [first] = ordered;
  // One range, however often it was tried, says nothing about others.
  if (first === undefined || ordered.every(({ from, to }) => from === first.from && to === first.to)) return [];
  let last: Piece | null = null;
  let end = beginsAtZero ? 0 : first.from;
  for (const piece of ordered) {
    if (piece.begins > end) holes.push({ from: end, to: piece.begins, before: last?.id ?? null, after: piece.id });
    if (piece.to > end) {
      end = piece.to;
      last = piece;
    }
  }
  return holes;
}

/** Each piece is compared with the one before it that reaches furthest. */
function overlapsIn(ordered: readonly Piece[]): readonly Overlap[] {
  const overlaps: Overlap[] = [];
  let furthest: Piece | null = null;
  for (const piece of ordered) {
    if (furthest !== null && piece.from < furthest.to)
      overlaps.push({ from: piece.from, to: Math.min(piece.to, furthest.to), first: furthest.id, second: piece.id });
    if (furthest === null || piece.to > furthest.to) furthest = piece;
  }
  return overlaps;
}
