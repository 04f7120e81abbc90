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
import {
  emptyRange,
  type GroupInRange,
  highestId,
  type IdRanges,
  lowestId,
  type MutableRange,
  type TableGroup,
} from './id-range.ts';
import { joinSamples, type KeptRows, putRow, type SampleLimits, takeRow, totalWithRows } from './samples.ts';

/** @param maxTallies if there are more, neighbouring ranges are merged to save memory */
export function createIdRanges(maxTallies: number, sampleLimits: SampleLimits): IdRanges {
  const tableGroups = new Map<string, TableGroup>();
  /** The sums of all groups, without extremes. */
  const grand = emptyTally();
  let ranges: MutableRange[] = [emptyRange(lowestId, highestId, null)];

  function groupOf({ phase, tableName }: Pick<Operation, 'phase' | 'tableName'>): TableGroup {
    const key = `${phase} ${tableName}`;
    let group = tableGroups.get(key);
    if (group === undefined) {
      group = {
        phase,
        tableName,
        sum: emptyTally(),
        total: null,
        hasOldExtremes: false,
        isMarked: false,
        givenUp: new Map(),
      };
      tableGroups.set(key, group);
    }
    return group;
  }

  function groupIn(range: MutableRange, group: TableGroup): GroupInRange {
    let inRange = range.groups.get(group);
    if (inRange === undefined) {
      inRange = { tally: emptyTally(), sample: new Map(), attempts: new Map() };
      range.groups.set(group, inRange);
    }
    return inRange;
  }

  function change(group: TableGroup, tally: Tally, sign: 1 | -1): void {
    addTally(group.sum, tally, sign);
    addTally(grand, tally, sign);
    group.total = null;
  }

  function subtract(range: MutableRange, group: TableGroup, { tally, attempts }: GroupInRange, taken: Tally): void {
    addTally(tally, taken, -1);
    change(group, taken, -1);
    if (operationsOf(tally) !== 0) return;
    // Sums that are left without operations were wrong: subtract them from the totals too.
    change(group, tally, -1);
    clearAttempts(attempts, group.givenUp);
    range.groups.delete(group);
    group.hasOldExtremes = true;
  }

  /** A record range was given up for the first time: other id ranges may have rows of it that were not read when they were counted. */
  function guessAttempts(group: TableGroup, except: MutableRange | null): void {
    if (operationsOf(group.sum) <= sampleLimits.fewRows) return;
    for (const range of ranges) if (range !== except && range.groups.has(group)) range.isGuessed = true;
  }

  function put(range: MutableRange, { counts, rows, attempts }: RangeCount, isWhole: boolean): void {
    for (const count of counts) {
      const group = groupOf(count);
      const tally = tallyOfCount(count);
      addTally(groupIn(range, group).tally, tally, 1);
      change(group, tally, 1);
    }
    for (const counted of rows) {
      const group = groupOf(counted);
      const inRange = range.groups.get(group);
      if (inRange === undefined) continue;
      inRange.sample.set(counted.row.id, counted.row);
      group.isMarked ||= counted.row.mark !== null;
      group.total = null;
    }
    for (const [group, counted] of Map.groupBy(attempts, groupOf)) {
      const inRange = range.groups.get(group);
      if (inRange === undefined) continue;
      const isNew = putCounted(
        inRange.attempts,
        group.givenUp,
        counted.map(({ row }) => row),
      );
      // The first count of the table reads such rows in every id range.
      if (isNew && isWhole) guessAttempts(group, range);
    }
  }

  function clear(range: MutableRange): void {
    for (const [group, { tally, attempts }] of range.groups) {
      change(group, tally, -1);
      clearAttempts(attempts, group.givenUp);
      group.hasOldExtremes = true;
    }
    range.groups = new Map();
  }

  /** Merges counted neighbours, each range at most once. */
  function mergeNeighbours(): void {
    if (ranges.reduce((all, range) => all + range.groups.size, 0) <= maxTallies) return;
    const left: MutableRange[] = [];
    const merged = new Set<MutableRange>();
    for (const range of ranges) {
      const before = left.at(-1);
      // Merge pairs only, so that all ranges keep a similar size.
      if (before === undefined || before.countedAt === null || range.countedAt === null || merged.has(before)) {
        left.push(range);
        continue;
      }
      for (const [group, { tally, sample, attempts }] of range.groups) {
        const into = groupIn(before, group);
        addTally(into.tally, tally, 1);
        joinAttempts(into.attempts, attempts);
        joinSamples(into.sample, sample, operationsOf(into.tally), sampleLimits);
        group.total = null;
      }
      before.last = range.last;
      before.countedAt = Math.min(before.countedAt, range.countedAt);
      before.isStale ||= range.isStale;
      before.isGuessed ||= range.isGuessed;
      before.unreadable = [...before.unreadable, ...range.unreadable];
      merged.add(before);
    }
    ranges = left;
  }

  /** Takes the extremes of a group again from all ranges. */
  function refreshExtremes(group: TableGroup): void {
    group.hasOldExtremes = false;
    group.sum.fill(Number.NEGATIVE_INFINITY, firstExtreme);
    for (const range of ranges) {
      const tally = range.groups.get(group)?.tally;
      if (tally !== undefined) widen(group.sum, tally);
    }
  }

  function keptOf(group: TableGroup): KeptRows {
    const each = (rowsOf: (inRange: GroupInRange) => Map<number, EvidenceRow>): EvidenceRow[] =>
      ranges.flatMap((range) => {
        const inRange = range.groups.get(group);
        return inRange === undefined ? [] : [...rowsOf(inRange).values()];
      });
    return {
      sample: () => each(({ sample }) => sample),
      attempts: () => (group.givenUp.size === 0 && !group.isMarked ? [] : each(({ attempts }) => attempts)),
      mayBeMarked: group.isMarked,
    };
  }

  return {
    all: () => ranges,
    at(id) {
      let low = 0;
      let high = ranges.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((ranges[middle] as MutableRange).first <= id) low = middle;
        else high = middle - 1;
      }
      return ranges[low] as MutableRange;
    },
    add(range, operation) {
      const group = groupOf(operation);
      const tally = tallyOf(operation);
      const inRange = groupIn(range as MutableRange, group);
      addTally(inRange.tally, tally, 1);
      const row = evidenceOf(operation);
      putRow(inRange.sample, row, operationsOf(inRange.tally), sampleLimits);
      group.isMarked ||= row.mark !== null;
      change(group, tally, 1);
      if (putAttempt(inRange.attempts, group.givenUp, row)) guessAttempts(group, null);
    },
    remove(range, operation, becomes) {
      const mutable = range as MutableRange;
      const group = groupOf(operation);
      const inRange = mutable.groups.get(group);
      const taken = tallyOf(operation);
      if (inRange === undefined || (inRange.tally[statuses.indexOf(operation.status)] ?? 0) < 1) {
        mutable.isStale = true;
        return;
      }
      const after = becomes !== null && groupOf(becomes) === group ? becomes : null;
      const row = evidenceOf(operation);
      const rowAfter = after === null ? null : evidenceOf(after);
      if (!takeRow(inRange.sample, row, rowAfter, inRange.tally, sampleLimits)) mutable.isStale = true;
      if (!takeAttempt(inRange.attempts, group.givenUp, row)) mutable.isStale = true;
      if (operationsOf(inRange.tally) > 1 && mayShrink(inRange.tally, taken, after === null ? null : tallyOf(after)))
        mutable.isStale = true;
      subtract(mutable, group, inRange, taken);
    },
    removePending(range, operation, isGuess) {
      const mutable = range as MutableRange;
      const group = groupOf(operation);
      const inRange = mutable.groups.get(group);
      if (inRange === undefined || (untouchedPending(inRange.tally) ?? 0) < 1) return false;
      const known = inRange.sample.get(operation.id);
      // The total of a row that is not kept is known only if all rows have the same.
      mutable.isGuessed ||= isGuess || (known === undefined && !hasOneTotal(inRange.tally, operation));
      const { totalRecords, batchSize } = known ?? operation;
      const pending = { ...operation, status: 'pending' as const, recordsProcessed: null, totalRecords, batchSize };
      const row = { ...pending, startedAt: null, completedAt: null };
      if (!takeRow(inRange.sample, evidenceOf(row), evidenceOf(operation), inRange.tally, sampleLimits)) return false;
      inRange.attempts.delete(operation.id);
      subtract(mutable, group, inRange, tallyOf(row));
      return true;
    },
    markStale(range) {
      (range as MutableRange).isStale = true;
    },
    count(range, counted, takenAt) {
      const mutable = range as MutableRange;
      const isWhole = ranges.every((one) => one.countedAt !== null);
      clear(mutable);
      if (counted.reachedId !== null && counted.reachedId > mutable.first) {
        const rest = emptyRange(mutable.first, counted.reachedId - 1n, null);
        mutable.first = counted.reachedId;
        ranges.splice(ranges.indexOf(mutable), 0, rest);
      }
      mutable.countedAt = takenAt;
      Object.assign(mutable, { isStale: false, isGuessed: false });
      mutable.unreadable = counted.unreadable;
      put(mutable, counted, isWhole);
    },
    cutAbove(id, takenAt) {
      const top = ranges.at(-1) as MutableRange;
      if (id < top.first || id >= top.last) return;
      ranges.push(emptyRange(id + 1n, top.last, takenAt));
      top.last = id;
    },
    totals() {
      const totals: Total[] = [];
      for (const group of tableGroups.values()) {
        if (operationsOf(group.sum) === 0) continue;
        if (group.hasOldExtremes) refreshExtremes(group);
        group.total ??= totalWithRows(group, group.sum, keptOf(group), sampleLimits);
        totals.push(group.total);
      }
      return totals;
    },
    unreadable() {
      const problems = new Map<string, number>();
      for (const range of ranges) {
        for (const { problem, operations } of range.unreadable)
          problems.set(problem, (problems.get(problem) ?? 0) + operations);
      }
      return [...problems].map(([problem, operations]) => ({ kind: 'rows', operations, problem }));
    },
    inStatus(status, range) {
      const index = statuses.indexOf(status);
      const groups = range === undefined ? [{ tally: grand }] : (range as MutableRange).groups.values();
      let operations = 0;
      for (const { tally } of groups) operations += tally[index] ?? 0;
      for (const { unreadable } of range === undefined ? ranges : [range as MutableRange])
        for (const group of unreadable) if (group.status === status) operations += group.operations;
      return operations;
    },
    mergeNeighbours,
  };
}
