import type { Operation, Phase, Status, Unreadable } from '../domain/operation.ts';
import type { RangeCount } from '../domain/range-count.ts';
import type { Total } from '../domain/snapshot.ts';
import type { Tally } from '../domain/tally.ts';
import type { Attempts, GivenUp } from './attempts.ts';
import type { Sample } from './samples.ts';

/** A range of ids, including both ends, and the state of its count. */
export interface IdRange {
  readonly first: bigint;
  readonly last: bigint;
  /** When it was counted, on the database's clock; null before. Each poll keeps its sums up to date from then on. */
  readonly countedAt: number | null;
  /** Whether its sums are known to be wrong. */
  readonly isStale: boolean;
  /** Whether a change was attributed to it by a guess that no count of a status can disprove. */
  readonly isGuessed: boolean;
}

/** The totals of the table, divided into id ranges that can be counted again one by one. */
export interface IdRanges {
  all(): readonly IdRange[];
  /** The range that an id lies in. */
  at(id: number | bigint): IdRange;
  /** Adds an operation to the sums of a range. */
  add(range: IdRange, operation: Operation): void;
  /**
   * Subtracts an operation from the sums of a range.
   *
   * @param becomes its new version; null if it is gone
   */
  remove(range: IdRange, operation: Operation, becomes: Operation | null): void;
  /** Subtracts one pending operation of the same phase and table. False if the range has none without progress. */
  removePending(range: IdRange, operation: Operation, isGuess: boolean): boolean;
  markStale(range: IdRange): void;
  /** Sets the sums of a range to its count, which goes from its last id downwards. */
  count(range: IdRange, counted: RangeCount, takenAt: number): void;
  /** Makes a new range of the ids above this one. None of them is in the table yet. */
  cutAbove(id: bigint, takenAt: number): void;
  totals(): readonly Total[];
  unreadable(): Unreadable[];
  /** How many operations of a status a range has, or all ranges; including those with an unknown phase. */
  inStatus(status: Status, range?: IdRange): number;
  /** Merges neighbours if there are too many tallies. */
  mergeNeighbours(): void;
}

/** A phase and table, in all ranges. */
export interface TableGroup {
  readonly phase: Phase;
  readonly tableName: string;
  readonly sum: Tally;
  /** The total made of `sum`; null after a change. */
  total: Total | null;
  /** Whether an extreme of `sum` may be one that no range has any more. */
  hasOldExtremes: boolean;
  /** Whether `migtop/worker` marked any of its rows. */
  isMarked: boolean;
  readonly givenUp: GivenUp;
}

/** The operations of a group in one id range. */
export interface GroupInRange {
  readonly tally: Tally;
  readonly sample: Sample;
  readonly attempts: Attempts;
}

/** An id range as `createIdRanges` changes it. */
export interface MutableRange {
  first: bigint;
  last: bigint;
  countedAt: number | null;
  isStale: boolean;
  isGuessed: boolean;
  groups: Map<TableGroup, GroupInRange>;
  unreadable: RangeCount['unreadable'];
}

export const lowestId = -(2n ** 63n);
export const highestId = 2n ** 63n - 1n;

export function emptyRange(first: bigint, last: bigint, countedAt: number | null): MutableRange {
  return { first, last, countedAt, isStale: false, isGuessed: false, groups: new Map(), unreadable: [] };
}
