import { type Operation, type Phase, type Status, statuses, type Unreadable } from './operation.ts';
import type { RangeCount } from './range-count.ts';
import { joinSamples, putRow, type Sample, type SampleLimits, takeRow, totalWithRows } from './samples.ts';
import type { Total } from './snapshot.ts';
import {
  addTally,
  emptyTally,
  firstExtreme,
  hasOneTotal,
  mayShrink,
  operationsOf,
  type Tally,
  tallyOf,
  tallyOfCount,
  untouchedPending,
  widen,
} from './tally.ts';
import { type EvidenceRow, evidenceOf } from './works.ts';

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

/** The operations of a group in one slice. */
interface Part {
  readonly tally: Tally;
  readonly sample: Sample;
}

interface Held {
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

/** @param mostTallies more than this are not worth their memory: neighbours are put together */
export function createSlices(mostTallies: number, sampleLimits: SampleLimits): Slices {
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

  function partIn(slice: Held, group: Group): Part {
    let part = slice.parts.get(group);
    if (part === undefined) {
      part = { tally: emptyTally(), sample: new Map() };
      slice.parts.set(group, part);
    }
    return part;
  }

  function change(group: Group, tally: Tally, sign: 1 | -1): void {
    addTally(group.sum, tally, sign);
    addTally(grand, tally, sign);
    group.total = null;
  }

  function subtract(slice: Held, group: Group, { tally }: Part, taken: Tally): void {
    addTally(tally, taken, -1);
    change(group, taken, -1);
    if (operationsOf(tally) !== 0) return;
    // What is left of a group without operations is what was wrong with it.
    change(group, tally, -1);
    slice.parts.delete(group);
    group.isNarrower = true;
  }

  function put(slice: Held, { counts, rows }: RangeCount): void {
    for (const count of counts) {
      const group = groupOf(count);
      const tally = tallyOfCount(count);
      addTally(partIn(slice, group).tally, tally, 1);
      change(group, tally, 1);
    }
    for (const counted of rows) {
      const group = groupOf(counted);
      const part = slice.parts.get(group);
      if (part === undefined) continue;
      part.sample.set(counted.row.id, counted.row);
      group.total = null;
    }
  }

  function clear(slice: Held): void {
    for (const [group, { tally }] of slice.parts) {
      change(group, tally, -1);
      group.isNarrower = true;
    }
    slice.parts = new Map();
  }

  /** Neighbours that were counted become one, until there is room again. */
  function thin(): void {
    if (slices.reduce((all, slice) => all + slice.parts.size, 0) <= mostTallies) return;
    const thinner: Held[] = [];
    const merged = new Set<Held>();
    for (const slice of slices) {
      const before = thinner.at(-1);
      // Every second one, so that all stay of a size.
      if (before === undefined || before.countedAt === null || slice.countedAt === null || merged.has(before)) {
        thinner.push(slice);
        continue;
      }
      for (const [group, { tally, sample }] of slice.parts) {
        const into = partIn(before, group);
        addTally(into.tally, tally, 1);
        joinSamples(into.sample, sample, operationsOf(into.tally), sampleLimits);
        group.total = null;
      }
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
      const tally = slice.parts.get(group)?.tally;
      if (tally !== undefined) widen(group.sum, tally);
    }
  }

  function* rowsOf(group: Group): Iterable<EvidenceRow> {
    for (const slice of slices) {
      yield* slice.parts.get(group)?.sample.values() ?? [];
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
      const part = partIn(slice as Held, group);
      addTally(part.tally, tally, 1);
      putRow(part.sample, evidenceOf(operation), operationsOf(part.tally), sampleLimits);
      change(group, tally, 1);
    },
    remove(slice, operation, becomes) {
      const held = slice as Held;
      const group = groupOf(operation);
      const part = held.parts.get(group);
      const taken = tallyOf(operation);
      if (part === undefined || (part.tally[statuses.indexOf(operation.status)] ?? 0) < 1) {
        held.isStale = true;
        return;
      }
      const after = becomes !== null && groupOf(becomes) === group ? becomes : null;
      const rowAfter = after === null ? null : evidenceOf(after);
      if (!takeRow(part.sample, evidenceOf(operation), rowAfter, part.tally, sampleLimits)) held.isStale = true;
      if (operationsOf(part.tally) > 1 && mayShrink(part.tally, taken, after === null ? null : tallyOf(after)))
        held.isStale = true;
      subtract(held, group, part, taken);
    },
    removePending(slice, operation, isGuess) {
      const held = slice as Held;
      const group = groupOf(operation);
      const part = held.parts.get(group);
      if (part === undefined || (untouchedPending(part.tally) ?? 0) < 1) return false;
      const known = part.sample.get(operation.id);
      // Of a row that is not kept nothing says that it had the same total when it was pending, but that all have it.
      held.isGuessed ||= isGuess || (known === undefined && !hasOneTotal(part.tally, operation));
      const { totalRecords, batchSize } = known ?? operation;
      const pending = { ...operation, status: 'pending' as const, recordsProcessed: null, totalRecords, batchSize };
      const row = { ...pending, startedAt: null, completedAt: null };
      if (!takeRow(part.sample, evidenceOf(row), evidenceOf(operation), part.tally, sampleLimits)) return false;
      subtract(held, group, part, tallyOf(row));
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
      Object.assign(held, { isStale: false, isGuessed: false });
      held.unreadable = counted.unreadable;
      put(held, counted);
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
        group.total ??= totalWithRows(group, group.sum, () => rowsOf(group), sampleLimits);
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
      const parts = slice === undefined ? [{ tally: grand }] : (slice as Held).parts.values();
      let operations = 0;
      for (const { tally } of parts) operations += tally[index] ?? 0;
      for (const { unreadable } of slice === undefined ? slices : [slice as Held])
        for (const group of unreadable) if (group.status === status) operations += group.operations;
      return operations;
    },
    thin,
  };
}

function empty(first: bigint, last: bigint, countedAt: number | null): Held {
  return { first, last, countedAt, isStale: false, isGuessed: false, parts: new Map(), unreadable: [] };
}
