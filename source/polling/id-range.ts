import type { BatchSums, BatchTallies } from '../domain/batch-tally.ts';
import { type Operation, type Phase, type Status, statuses, type Unreadable } from '../domain/operation.ts';
import type { RangeCount } from '../domain/range-count.ts';
import type { Total } from '../domain/snapshot.ts';
import { emptyTally, type Tally } from '../domain/tally.ts';
import { type AttemptQueries, type Attempts, noAttemptQueries, type RepeatedRows } from './attempts.ts';
import type { Expected } from './expected-updates.ts';
import type { KeptRanges } from './kept-ranges.ts';
import { emptyGroupKeys, type GroupKeys, type Keys, type KeysAsked } from './range-keys.ts';
import type { KnownEvidence, Sample } from './samples.ts';

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
  /** The phases and tables of which its last count found other sums than those that it had. */
  readonly different: readonly TableName[];
  /** The phases and tables of its operations. */
  readonly groups: { keys(): Iterable<TableName> };
  /** Whether it was counted in brief (brief-counts.ts). */
  readonly isBrief: boolean;
  /** Whether a second connection is counting it for the first time (counting-beside.ts). */
  readonly isElsewhere: boolean;
}

/** A phase and table. */
export type TableName = Pick<Operation, 'phase' | 'tableName'>;

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
  /** The rows of a poll are all taken: marks the ranges of which rows are needed that were not when they were counted. */
  judgeShared(): void;
  markStale(range: IdRange): void;
  /** Marks the ranges as stale that were counted before this time. */
  markOlder(countedAt: number): void;
  /** Sets the sums of a range to its count, which goes from its last id downwards. */
  count(range: IdRange, counted: RangeCount, takenAt: number): void;
  /** Adds the count of new rows to the highest range. */
  append(counted: RangeCount): void;
  /**
   * Makes a new range of the ids above this one.
   *
   * @param countedAt when the table had none of them yet; null if it has rows that have to be counted
   */
  cutAbove(id: bigint, countedAt: number | null): void;
  /** Cuts blocks of this many ids off the top of the highest range that was never counted. @param bottom the lowest id */
  cutBlocks(ids: number, bottom: bigint): void;
  /** Cuts ids off the lowest range, which was never counted (`cutAtBlocks`). */
  cutAtBlocks(bits: bigint, first: bigint): ReadonlyMap<bigint, IdRange>;
  setElsewhere(range: IdRange, isElsewhere: boolean): void;
  totals(): readonly Total[];
  /** The inserts and updates that explain the rows of the ranges above this id, if all of them are new. */
  expectedAbove(id: bigint): Expected;
  unreadable(): Unreadable[];
  /** The completed execution batches by table and batch size. */
  batchSums(): BatchSums[];
  /** How many operations of a status a range has, or all ranges; including those with an unknown phase. */
  inStatus(status: Status, range?: IdRange): number;
  /** Which digests of source queries the count of a range has to return. */
  keys(): KeysAsked;
  /** The evidence of the highest range. */
  evidence(): KnownEvidence;
  /** Marks the ranges as stale that were counted in brief and of which more is needed. */
  readMissing(): void;
  /** Whether a large table needs more than counts in brief, by what is counted: then they would be made for nothing. */
  lacksRows(): boolean;
  /** Merges neighbours if there are too many tallies. */
  mergeNeighbours(): void;
  /** The ranges, for a later run. */
  keep(): KeptRanges;
}

/** A phase and table, in all ranges. */
export interface TableGroup {
  readonly phase: Phase;
  readonly tableName: string;
  readonly sum: Tally;
  /** The total from `sum`; null after a change. */
  total: Total | null;
  /** The last total: an equal one is the same object, so that nothing is computed from it again. */
  lastTotal: Total | null;
  /** Whether an extreme of `sum` may be one that no range has any more. */
  hasOldExtremes: boolean;
  /** Whether `migtop/worker` marked any of its rows. */
  isMarked: boolean;
  /** Whether other rows of it have a status that the specification does not have (`unreadable` of ranges). */
  hasUnreadable: boolean;
  readonly attemptQueries: AttemptQueries;
  /** The attempts of works with several of them, since the attempts last changed; null before. */
  repeated: RepeatedRows | null;
  readonly keys: GroupKeys;
}

/** The operations of a group in one id range. */
export interface GroupInRange {
  readonly tally: Tally;
  readonly sample: Sample;
  readonly attempts: Attempts;
  readonly keys: Keys;
  readonly batches: BatchTallies;
  /** How many of its rows the count in full could not read, for example because of their ids: `sample` never has them. */
  unread: number;
}

/** An id range as `createIdRanges` changes it. */
export interface MutableRange {
  first: bigint;
  last: bigint;
  countedAt: number | null;
  isStale: boolean;
  isGuessed: boolean;
  different: readonly TableGroup[];
  isBrief: boolean;
  isElsewhere: boolean;
  /** Whether it was cut off to be counted, after the ranges below it had been counted. */
  isAdded: boolean;
  groups: Map<TableGroup, GroupInRange>;
  unreadable: RangeCount['unreadable'];
}

/** The record ranges of each group that were given up in an id range. */
export type GivenUp = Map<TableGroup, ReadonlySet<string>>;

export const lowestId = -(2n ** 63n);
export const highestId = 2n ** 63n - 1n;

/** Returns a range without rows; both ids belong to it. `countedAt` null: it was never counted. */
export function emptyRange(first: bigint, last: bigint, countedAt: number | null): MutableRange {
  return {
    first,
    last,
    countedAt,
    isStale: false,
    isGuessed: false,
    different: [],
    isBrief: false,
    isElsewhere: false,
    isAdded: false,
    groups: new Map(),
    unreadable: [],
  };
}

/** Makes a new range of the ids above one (`IdRanges.cutAbove`). */
export function cutAbove(ranges: MutableRange[], id: bigint, countedAt: number | null): void {
  const top = ranges.at(-1) as MutableRange;
  if (id >= top.first && id < top.last) {
    const isAdded = countedAt === null && top.countedAt !== null;
    ranges.push({ ...emptyRange(id + 1n, top.last, countedAt), isAdded });
    top.last = id;
  } else if (countedAt === null) {
    // The rows of the last ranges were deleted: what is above the id now is not known.
    for (const range of ranges) range.isStale ||= range.last > id && range.countedAt !== null;
  }
}

/** How many blocks are cut at a time: the ids below them may have larger gaps. */
const mostBlocks = 8;

/** Cuts blocks off the highest range that was never counted (`IdRanges.cutBlocks`), so that two of them can be counted at once. */
export function cutBlocks(ranges: MutableRange[], ids: number, bottom: bigint): void {
  const index = ranges.findLastIndex(({ countedAt, isElsewhere }) => countedAt === null && !isElsewhere);
  const whole = ranges[index];
  // The ids above the highest one are in the last range.
  if (whole === undefined || whole.last === highestId) return;
  const blocks: MutableRange[] = [];
  for (let last = whole.last; blocks.length < mostBlocks; ) {
    const first = last - BigInt(ids) + 1n;
    if (first <= whole.first || first <= bottom) break;
    blocks.unshift({ ...emptyRange(first, last, null), isAdded: whole.isAdded });
    last = first - 1n;
  }
  if (blocks[0] === undefined) return;
  whole.last = blocks[0].first - 1n;
  ranges.splice(index + 1, 0, ...blocks);
}

/**
 * Cuts the ids from one on off the lowest range, which was never counted, at multiples of 2 to the power of `bits`. Returns the new
 * ranges by block.
 */
export function cutAtBlocks(ranges: MutableRange[], bits: bigint, first: bigint): Map<bigint, MutableRange> {
  const blocks = new Map<bigint, MutableRange>();
  const whole = ranges[0] as MutableRange;
  for (let { last } = whole; last >= first; ) {
    const block = last >> bits;
    const start = block << bits;
    blocks.set(block, emptyRange(start < first ? first : start, last, null));
    last = start - 1n;
  }
  if (first <= whole.last) whole.last = first - 1n;
  ranges.splice(1, 0, ...[...blocks.values()].reverse());
  return blocks;
}

/** Returns a group without operations; its `sum` and maps are changed in place. */
export function emptyGroup(phase: Phase, tableName: string): TableGroup {
  return {
    phase,
    tableName,
    sum: emptyTally(),
    total: null,
    lastTotal: null,
    hasOldExtremes: false,
    isMarked: false,
    hasUnreadable: false,
    attemptQueries: noAttemptQueries(),
    repeated: null,
    keys: emptyGroupKeys(),
  };
}

/** Returns new empty tallies and maps, which are changed in place. */
export function emptyGroupInRange(): GroupInRange {
  return {
    tally: emptyTally(),
    sample: new Map(),
    attempts: new Map(),
    keys: new Map(),
    batches: new Map(),
    unread: 0,
  };
}

/**
 * Merges pairs of neighbours that are counted: only pairs, so that all ranges keep a similar size.
 *
 * @param merge adds the groups of the second range to the first
 */
export function mergedPairs(
  ranges: readonly MutableRange[],
  merge: (into: MutableRange, range: MutableRange) => void,
): MutableRange[] {
  const left: MutableRange[] = [];
  const merged = new Set<MutableRange>();
  for (const range of ranges) {
    const before = left.at(-1);
    if (before === undefined || before.countedAt === null || range.countedAt === null || merged.has(before)) {
      left.push(range);
      continue;
    }
    merge(before, range);
    before.last = range.last;
    before.countedAt = Math.min(before.countedAt, range.countedAt);
    before.isStale ||= range.isStale;
    before.isGuessed ||= range.isGuessed;
    before.isBrief ||= range.isBrief;
    before.unreadable = [...before.unreadable, ...range.unreadable];
    merged.add(before);
  }
  return left;
}

/** The phases and tables of an id range that had other sums before it was counted again. */
export function differentSums(before: MutableRange['groups'], after: MutableRange['groups']): TableGroup[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((group) => {
    const [known, now] = [before.get(group)?.tally, after.get(group)?.tally];
    return known === undefined || now === undefined || now.some((value, index) => value !== known[index]);
  });
}

/** How many operations have a status: by the tallies of groups, and of the rows of these ranges that cannot be read. */
export function operationsInStatus(
  status: Status,
  groups: Iterable<{ readonly tally: Tally }>,
  ranges: readonly MutableRange[],
): number {
  const index = statuses.indexOf(status);
  let operations = 0;
  for (const { tally } of groups) operations += tally[index] ?? 0;
  for (const { unreadable } of ranges)
    for (const group of unreadable) if (group.status === status) operations += group.operations;
  return operations;
}
