import { type Operation, type Phase, type Status, statuses, type Unreadable } from './operation.ts';
import type { Total } from './snapshot.ts';
import {
  addTally,
  type Count,
  emptyTally,
  firstExtreme,
  mayShrink,
  operationsOf,
  type Tally,
  tallyOf,
  tallyOfCount,
  totalOf,
  untouchedPending,
  widen,
} from './tally.ts';

/** A range of ids, both ends in it, and what was counted in it. */
export interface Slice {
  readonly first: bigint;
  readonly last: bigint;
  /** On the database's clock; null before it was counted. What it holds is kept true from then on. */
  readonly countedAt: number | null;
  /** It is known that what it holds is not what the table holds. */
  readonly isStale: boolean;
  /** What became of one of its operations was guessed, and no count of a status would say that it was guessed wrong. */
  readonly isGuessed: boolean;
}

/** What one range of the table holds (sql/queries/range.sql). */
export interface RangeCount {
  readonly counts: readonly Count[];
  /** Groups whose phase or status the specification does not have. */
  readonly unreadable: readonly (Unreadable & { readonly status: string | null })[];
  /** The first id that was counted, where the range was longer than what was asked for; null where all of it was. */
  readonly reachedId: bigint | null;
}

/** The totals of the table, held by ranges of ids so that a part of them can be counted again by itself. */
export interface Slices {
  all(): readonly Slice[];
  /** The slice that an id lies in. */
  at(id: number | bigint): Slice;
  add(slice: Slice, operation: Operation): void;
  /** @param becomes what the operation is now, or null where it is gone */
  remove(slice: Slice, operation: Operation, becomes: Operation | null): void;
  /** Takes one pending operation of the same phase and table out. False where the slice holds none that did nothing yet. */
  removePending(slice: Slice, operation: Operation, isGuess: boolean): boolean;
  markStale(slice: Slice): void;
  /** Takes in what was counted in a slice, from its last id downwards. */
  count(slice: Slice, counted: RangeCount, takenAt: number): void;
  /** Ids above this one, of which there are none yet, are a slice of their own from now on. */
  cutAbove(id: bigint, takenAt: number): void;
  totals(): readonly Total[];
  unreadable(): Unreadable[];
  /** How many operations of a status a slice holds, or all of them do; those with an unknown phase too. */
  inStatus(status: Status, slice?: Slice): number;
  /** Puts neighbours together where there are too many slices to hold. */
  thin(): void;
}

interface Group {
  readonly phase: Phase;
  readonly tableName: string;
  readonly sum: Tally;
  /** Of `sum`; null after a change. */
  total: Total | null;
  /** An extreme of `sum` may be one that no slice holds any more. */
  isNarrower: boolean;
}

interface Held {
  first: bigint;
  last: bigint;
  countedAt: number | null;
  isStale: boolean;
  isGuessed: boolean;
  tallies: Map<Group, Tally>;
  unreadable: RangeCount['unreadable'];
}

export const lowestId = -(2n ** 63n);
export const highestId = 2n ** 63n - 1n;

/** @param mostTallies more than this are not worth their memory: neighbours are put together */
export function createSlices(mostTallies: number): Slices {
  const groups = new Map<string, Group>();
  /** Of all groups. Only its sums are kept. */
  const grand = emptyTally();
  let slices: Held[] = [empty(lowestId, highestId, null)];

  function groupOf({ phase, tableName }: Pick<Operation, 'phase' | 'tableName'>): Group {
    const key = `${phase} ${tableName}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = { phase, tableName, sum: emptyTally(), total: null, isNarrower: false };
      groups.set(key, group);
    }
    return group;
  }

  function tallyIn(slice: Held, group: Group): Tally {
    let tally = slice.tallies.get(group);
    if (tally === undefined) {
      tally = emptyTally();
      slice.tallies.set(group, tally);
    }
    return tally;
  }

  function change(group: Group, tally: Tally, sign: 1 | -1): void {
    addTally(group.sum, tally, sign);
    addTally(grand, tally, sign);
    group.total = null;
  }

  function subtract(slice: Held, group: Group, tally: Tally, part: Tally): void {
    addTally(tally, part, -1);
    change(group, part, -1);
    if (operationsOf(tally) !== 0) return;
    // What is left of a group without operations is what was wrong with it.
    change(group, tally, -1);
    slice.tallies.delete(group);
    group.isNarrower = true;
  }

  function put(slice: Held, counts: readonly Count[]): void {
    for (const count of counts) {
      const group = groupOf(count);
      const tally = tallyOfCount(count);
      addTally(tallyIn(slice, group), tally, 1);
      change(group, tally, 1);
    }
  }

  function clear(slice: Held): void {
    for (const [group, tally] of slice.tallies) {
      change(group, tally, -1);
      group.isNarrower = true;
    }
    slice.tallies = new Map();
  }

  /** Neighbours that were counted become one, until there is room again. */
  function thin(): void {
    if (slices.reduce((all, slice) => all + slice.tallies.size, 0) <= mostTallies) return;
    const thinner: Held[] = [];
    const merged = new Set<Held>();
    for (const slice of slices) {
      const before = thinner.at(-1);
      // Every second one, so that all stay of a size.
      if (before === undefined || before.countedAt === null || slice.countedAt === null || merged.has(before)) {
        thinner.push(slice);
        continue;
      }
      for (const [group, tally] of slice.tallies) addTally(tallyIn(before, group), tally, 1);
      before.last = slice.last;
      before.countedAt = Math.min(before.countedAt, slice.countedAt);
      before.isStale ||= slice.isStale;
      before.isGuessed ||= slice.isGuessed;
      before.unreadable = [...before.unreadable, ...slice.unreadable];
      merged.add(before);
    }
    slices = thinner;
  }

  /** Extremes that were taken out of a slice may live on in another. */
  function extremesOf(group: Group): void {
    group.isNarrower = false;
    group.sum.fill(Number.NEGATIVE_INFINITY, firstExtreme);
    for (const slice of slices) {
      const tally = slice.tallies.get(group);
      if (tally !== undefined) widen(group.sum, tally);
    }
  }

  return {
    all: () => slices,
    at(id) {
      let low = 0;
      let high = slices.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((slices[middle] as Held).first <= id) low = middle;
        else high = middle - 1;
      }
      return slices[low] as Held;
    },
    add(slice, operation) {
      const group = groupOf(operation);
      const tally = tallyOf(operation);
      addTally(tallyIn(slice as Held, group), tally, 1);
      change(group, tally, 1);
    },
    remove(slice, operation, becomes) {
      const held = slice as Held;
      const group = groupOf(operation);
      const tally = held.tallies.get(group);
      const part = tallyOf(operation);
      if (tally === undefined || (tally[statuses.indexOf(operation.status)] ?? 0) < 1) {
        held.isStale = true;
        return;
      }
      const after = becomes !== null && groupOf(becomes) === group ? tallyOf(becomes) : null;
      if (operationsOf(tally) > 1 && mayShrink(tally, part, after)) held.isStale = true;
      subtract(held, group, tally, part);
    },
    removePending(slice, operation, isGuess) {
      const group = groupOf(operation);
      const tally = (slice as Held).tallies.get(group);
      if (tally === undefined || (untouchedPending(tally) ?? 0) < 1) return false;
      const part = emptyTally();
      part[statuses.indexOf('pending')] = 1;
      (slice as Held).isGuessed ||= isGuess;
      subtract(slice as Held, group, tally, part);
      return true;
    },
    markStale(slice) {
      (slice as Held).isStale = true;
    },
    count(slice, counted, takenAt) {
      const held = slice as Held;
      clear(held);
      if (counted.reachedId !== null && counted.reachedId > held.first) {
        const rest = empty(held.first, counted.reachedId - 1n, null);
        held.first = counted.reachedId;
        slices.splice(slices.indexOf(held), 0, rest);
      }
      held.countedAt = takenAt;
      held.isStale = false;
      held.isGuessed = false;
      held.unreadable = counted.unreadable;
      put(held, counted.counts);
    },
    cutAbove(id, takenAt) {
      const top = slices.at(-1) as Held;
      if (id < top.first || id >= top.last) return;
      slices.push(empty(id + 1n, top.last, takenAt));
      top.last = id;
    },
    totals() {
      const totals: Total[] = [];
      for (const group of groups.values()) {
        if (operationsOf(group.sum) === 0) continue;
        if (group.isNarrower) extremesOf(group);
        group.total ??= totalOf(group.phase, group.tableName, group.sum);
        totals.push(group.total);
      }
      return totals;
    },
    unreadable() {
      const problems = new Map<string, number>();
      for (const slice of slices) {
        for (const { problem, operations } of slice.unreadable)
          problems.set(problem, (problems.get(problem) ?? 0) + operations);
      }
      return [...problems].map(([problem, operations]) => ({ id: null, operations, problem }));
    },
    inStatus(status, slice) {
      const index = statuses.indexOf(status);
      const tallies = slice === undefined ? [grand] : (slice as Held).tallies.values();
      let operations = 0;
      for (const tally of tallies) operations += tally[index] ?? 0;
      for (const { unreadable } of slice === undefined ? slices : [slice as Held])
        for (const group of unreadable) if (group.status === status) operations += group.operations;
      return operations;
    },
    thin,
  };
}

function empty(first: bigint, last: bigint, countedAt: number | null): Held {
  return { first, last, countedAt, isStale: false, isGuessed: false, tallies: new Map(), unreadable: [] };
}
