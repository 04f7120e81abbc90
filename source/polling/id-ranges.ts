import { batchSumsOf } from '../domain/batch-tally.ts';
import { utc, type Zone } from '../domain/zone.ts';
import { expectedIn } from './expected-updates.ts';
import {
  cutAbove,
  cutAtBlocks,
  cutBlocks,
  differentSums,
  emptyRange,
  highestId,
  type IdRanges,
  lowestId,
  type MutableRange,
  mergedPairs,
  operationsInStatus,
} from './id-range.ts';
import type { KeptRanges } from './kept-ranges.ts';
import type { LedgerLimits } from './ledger-limits.ts';
import { createRangeSums } from './range-sums.ts';
import { unreadableIn } from './unreadable-rows.ts';

/**
 * With more than `maxTallies` tallies, neighbouring ranges are merged to save memory.
 *
 * @param kept the ranges of an earlier run
 * @param zone of the table's writers
 */
export function createIdRanges(
  limits: Pick<LedgerLimits, 'maxTallies' | 'maxKeys' | 'sample'>,
  kept: KeptRanges | null = null,
  zone: () => Zone = () => utc,
): IdRanges {
  let ranges: MutableRange[] = [emptyRange(lowestId, highestId, null)];
  const sums = createRangeSums(limits, () => ranges, zone);
  if (kept !== null) ranges = sums.resume(kept);

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
    add: (range, operation) => sums.add(range as MutableRange, operation),
    remove: (range, operation, becomes) => sums.remove(range as MutableRange, operation, becomes),
    removePending: (range, operation, isGuess) => sums.removePending(range as MutableRange, operation, isGuess),
    judgeShared: sums.judgeShared,
    markStale(range) {
      (range as MutableRange).isStale = range.countedAt !== null;
    },
    markOlder(time) {
      for (const range of ranges) range.isStale ||= range.countedAt !== null && range.countedAt < time;
    },
    count(range, counted, takenAt) {
      const mutable = range as MutableRange;
      const before = mutable.groups;
      const isWhole = mutable.isAdded || ranges.every((one) => one.countedAt !== null);
      const known = sums.clear(mutable);
      if (counted.reachedId !== null && counted.reachedId > mutable.first) {
        const rest = { ...emptyRange(mutable.first, counted.reachedId - 1n, null), isAdded: mutable.isAdded };
        mutable.first = counted.reachedId;
        ranges.splice(ranges.indexOf(mutable), 0, rest);
      }
      mutable.countedAt = takenAt;
      const isBrief = counted.brief !== undefined;
      const isStale = counted.brief?.isShort === true;
      Object.assign(mutable, { isStale, isGuessed: false, isBrief, isAdded: false, isElsewhere: false });
      mutable.unreadable = counted.unreadable;
      sums.put(mutable, counted, isWhole ? known : null);
      if (!isBrief) sums.noteUnread(mutable);
      sums.readFew(known.keys());
      mutable.different = differentSums(before, mutable.groups);
    },
    append(counted) {
      const top = ranges.at(-1) as MutableRange;
      sums.append(top, counted);
      top.unreadable = [...top.unreadable, ...counted.unreadable];
    },
    cutAbove: (id, countedAt) => cutAbove(ranges, id, countedAt),
    cutBlocks: (ids, bottom) => cutBlocks(ranges, ids, bottom),
    cutAtBlocks: (bits, first) => cutAtBlocks(ranges, bits, first),
    setElsewhere: (range, isElsewhere) => void Object.assign(range, { isElsewhere }),
    totals: sums.totals,
    expectedAbove: (id) =>
      expectedIn(
        ranges.filter(({ first }) => first > id),
        sums.totals,
      ),
    unreadable: () => unreadableIn(ranges),
    batchSums: () =>
      batchSumsOf(
        ranges.flatMap(({ groups }) => [...groups].map(([group, { batches }]) => [group.tableName, batches] as const)),
      ),
    inStatus: (status, range) =>
      range === undefined
        ? operationsInStatus(status, [{ tally: sums.grand }], ranges)
        : operationsInStatus(status, (range as MutableRange).groups.values(), [range as MutableRange]),
    readMissing: sums.readMissing,
    lacksRows: sums.lacksRows,
    keys: sums.keys,
    evidence: () => sums.evidence(ranges.at(-1)),
    keep: sums.keep,
    mergeNeighbours() {
      if (ranges.reduce((all, range) => all + range.groups.size, 0) > limits.maxTallies)
        ranges = mergedPairs(ranges, sums.join);
    },
  };
}
