import { type Operation, statuses } from '../domain/operation.ts';
import type { RangeCount } from '../domain/range-count.ts';
import type { Total } from '../domain/snapshot.ts';
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
} from '../domain/tally.ts';
import { type EvidenceRow, evidenceOf } from '../domain/works.ts';
import { clearAttempts, joinAttempts, putAttempt, putCounted, takeAttempt } from './attempts.ts';
import { emptyRange, type Group, type Held, highestId, type IdRanges, lowestId, type Part } from './id-range.ts';
import { joinSamples, type Kept, putRow, type SampleLimits, takeRow, totalWithRows } from './samples.ts';

/** @param mostTallies more than this are not worth their memory: neighbours are put together */
export function createIdRanges(mostTallies: number, sampleLimits: SampleLimits): IdRanges {
  const groups = new Map<string, Group>();
  /** Of all groups. Only its sums are kept. */
  const grand = emptyTally();
  let slices: Held[] = [emptyRange(lowestId, highestId, null)];

  function groupOf({ phase, tableName }: Pick<Operation, 'phase' | 'tableName'>): Group {
    const key = `${phase} ${tableName}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = {
        phase,
        tableName,
        sum: emptyTally(),
        total: null,
        isNarrower: false,
        isMarked: false,
        givenUp: new Map(),
      };
      groups.set(key, group);
    }
    return group;
  }

  function partIn(slice: Held, group: Group): Part {
    let part = slice.parts.get(group);
    if (part === undefined) {
      part = { tally: emptyTally(), sample: new Map(), attempts: new Map() };
      slice.parts.set(group, part);
    }
    return part;
  }

  function change(group: Group, tally: Tally, sign: 1 | -1): void {
    addTally(group.sum, tally, sign);
    addTally(grand, tally, sign);
    group.total = null;
  }

  function subtract(slice: Held, group: Group, { tally, attempts }: Part, taken: Tally): void {
    addTally(tally, taken, -1);
    change(group, taken, -1);
    if (operationsOf(tally) !== 0) return;
    // What is left of a group without operations is what was wrong with it.
    change(group, tally, -1);
    clearAttempts(attempts, group.givenUp);
    slice.parts.delete(group);
    group.isNarrower = true;
  }

  /** Rows of a range that has just been given up may be in id ranges that were counted without a view to it. */
  function guessAttempts(group: Group, except: Held | null): void {
    if (operationsOf(group.sum) <= sampleLimits.fewRows) return;
    for (const slice of slices) if (slice !== except && slice.parts.has(group)) slice.isGuessed = true;
  }

  function put(slice: Held, { counts, rows, attempts }: RangeCount, isWhole: boolean): void {
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
      group.isMarked ||= counted.row.mark !== null;
      group.total = null;
    }
    for (const [group, counted] of Map.groupBy(attempts, groupOf)) {
      const part = slice.parts.get(group);
      if (part === undefined) continue;
      const isNew = putCounted(
        part.attempts,
        group.givenUp,
        counted.map(({ row }) => row),
      );
      // While the table is counted for the first time every id range is read with a view to all that failed.
      if (isNew && isWhole) guessAttempts(group, slice);
    }
  }

  function clear(slice: Held): void {
    for (const [group, { tally, attempts }] of slice.parts) {
      change(group, tally, -1);
      clearAttempts(attempts, group.givenUp);
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
      for (const [group, { tally, sample, attempts }] of slice.parts) {
        const into = partIn(before, group);
        addTally(into.tally, tally, 1);
        joinAttempts(into.attempts, attempts);
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

  function keptOf(group: Group): Kept {
    const each = (rowsOf: (part: Part) => Map<number, EvidenceRow>): EvidenceRow[] =>
      slices.flatMap((slice) => {
        const part = slice.parts.get(group);
        return part === undefined ? [] : [...rowsOf(part).values()];
      });
    return {
      sample: () => each(({ sample }) => sample),
      attempts: () => (group.givenUp.size === 0 && !group.isMarked ? [] : each(({ attempts }) => attempts)),
      mayBeMarked: group.isMarked,
    };
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
    add(range, operation) {
      const group = groupOf(operation);
      const tally = tallyOf(operation);
      const part = partIn(range as Held, group);
      addTally(part.tally, tally, 1);
      const row = evidenceOf(operation);
      putRow(part.sample, row, operationsOf(part.tally), sampleLimits);
      group.isMarked ||= row.mark !== null;
      change(group, tally, 1);
      if (putAttempt(part.attempts, group.givenUp, row)) guessAttempts(group, null);
    },
    remove(range, operation, becomes) {
      const held = range as Held;
      const group = groupOf(operation);
      const part = held.parts.get(group);
      const taken = tallyOf(operation);
      if (part === undefined || (part.tally[statuses.indexOf(operation.status)] ?? 0) < 1) {
        held.isStale = true;
        return;
      }
      const after = becomes !== null && groupOf(becomes) === group ? becomes : null;
      const row = evidenceOf(operation);
      const rowAfter = after === null ? null : evidenceOf(after);
      if (!takeRow(part.sample, row, rowAfter, part.tally, sampleLimits)) held.isStale = true;
      if (!takeAttempt(part.attempts, group.givenUp, row)) held.isStale = true;
      if (operationsOf(part.tally) > 1 && mayShrink(part.tally, taken, after === null ? null : tallyOf(after)))
        held.isStale = true;
      subtract(held, group, part, taken);
    },
    removePending(range, operation, isGuess) {
      const held = range as Held;
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
      part.attempts.delete(operation.id);
      subtract(held, group, part, tallyOf(row));
      return true;
    },
    markStale(range) {
      (range as Held).isStale = true;
    },
    count(range, counted, takenAt) {
      const held = range as Held;
      const isWhole = slices.every((one) => one.countedAt !== null);
      clear(held);
      if (counted.reachedId !== null && counted.reachedId > held.first) {
        const rest = emptyRange(held.first, counted.reachedId - 1n, null);
        held.first = counted.reachedId;
        slices.splice(slices.indexOf(held), 0, rest);
      }
      held.countedAt = takenAt;
      Object.assign(held, { isStale: false, isGuessed: false });
      held.unreadable = counted.unreadable;
      put(held, counted, isWhole);
    },
    cutAbove(id, takenAt) {
      const top = slices.at(-1) as Held;
      if (id < top.first || id >= top.last) return;
      slices.push(emptyRange(id + 1n, top.last, takenAt));
      top.last = id;
    },
    totals() {
      const totals: Total[] = [];
      for (const group of groups.values()) {
        if (operationsOf(group.sum) === 0) continue;
        if (group.isNarrower) extremesOf(group);
        group.total ??= totalWithRows(group, group.sum, keptOf(group), sampleLimits);
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
      return [...problems].map(([problem, operations]) => ({ kind: 'rows', operations, problem }));
    },
    inStatus(status, range) {
      const index = statuses.indexOf(status);
      const parts = range === undefined ? [{ tally: grand }] : (range as Held).parts.values();
      let operations = 0;
      for (const { tally } of parts) operations += tally[index] ?? 0;
      for (const { unreadable } of range === undefined ? slices : [range as Held])
        for (const group of unreadable) if (group.status === status) operations += group.operations;
      return operations;
    },
    thin,
  };
}
