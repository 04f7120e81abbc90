import type { Operation, Phase, Status, Unreadable } from '../domain/operation.ts';
import type { RangeCount } from '../domain/range-count.ts';
import type { Total } from '../domain/snapshot.ts';
import type { Tally } from '../domain/tally.ts';
import type { Attempts, GivenUp } from './attempts.ts';
import type { Sample } from './samples.ts';

/** A range of ids, both ends in it, and what was counted in it. */
export interface IdRange {
  readonly first: bigint;
  readonly last: bigint;
  /** On the database's clock; null before it was counted. What it holds is kept true from then on. */
  readonly countedAt: number | null;
  /** It is known that what it holds is not what the table holds. */
  readonly isStale: boolean;
  /** What became of one of its operations was guessed, and no count of a status would say that it was guessed wrong. */
  readonly isGuessed: boolean;
}

/** The totals of the table, held by ranges of ids so that a part of them can be counted again by itself. */
export interface IdRanges {
  all(): readonly IdRange[];
  /** The slice that an id lies in. */
  at(id: number | bigint): IdRange;
  add(range: IdRange, operation: Operation): void;
  /** @param becomes what the operation is now, or null where it is gone */
  remove(range: IdRange, operation: Operation, becomes: Operation | null): void;
  /** Takes one pending operation of the same phase and table out. False where the slice holds none that did nothing yet. */
  removePending(range: IdRange, operation: Operation, isGuess: boolean): boolean;
  markStale(range: IdRange): void;
  /** Takes in what was counted in a slice, from its last id downwards. */
  count(range: IdRange, counted: RangeCount, takenAt: number): void;
  /** Ids above this one, of which there are none yet, are a slice of their own from now on. */
  cutAbove(id: bigint, takenAt: number): void;
  totals(): readonly Total[];
  unreadable(): Unreadable[];
  /** How many operations of a status a slice holds, or all of them do; those with an unknown phase too. */
  inStatus(status: Status, range?: IdRange): number;
  /** Puts neighbours together where there are too many slices to hold. */
  thin(): void;
}

export interface Group {
  readonly phase: Phase;
  readonly tableName: string;
  readonly sum: Tally;
  /** Of `sum`; null after a change. */
  total: Total | null;
  /** An extreme of `sum` may be one that no slice holds any more. */
  isNarrower: boolean;
  /** Whether `migtop/worker` marked any of its rows. */
  isMarked: boolean;
  readonly givenUp: GivenUp;
}

/** The operations of a group in one slice. */
export interface Part {
  readonly tally: Tally;
  readonly sample: Sample;
  readonly attempts: Attempts;
}

export interface Held {
  first: bigint;
  last: bigint;
  countedAt: number | null;
  isStale: boolean;
  isGuessed: boolean;
  parts: Map<Group, Part>;
  unreadable: RangeCount['unreadable'];
}

export const lowestId = -(2n ** 63n);
export const highestId = 2n ** 63n - 1n;

export function emptyRange(first: bigint, last: bigint, countedAt: number | null): Held {
  return { first, last, countedAt, isStale: false, isGuessed: false, parts: new Map(), unreadable: [] };
}
