import { addTally, operationsOf } from '../domain/tally.ts';
import { maxKept } from './attempts.ts';
import { emptyGroupInRange, type GroupInRange, highestId, lowestId } from './id-range.ts';
import { keptGroup } from './keep-ranges.ts';
import type { KeptRanges } from './kept-ranges.ts';
import { joinSamples, type SampleLimits } from './samples.ts';

/**
 * The id ranges of a kept ledger as a single one, without the digests and the sums of batches: a tenth of the text. The totals are
 * the same, and polls keep them up to date. Null if a range was not counted, or if one id range does not hold all attempts.
 */
export function previewOf({ groups, keys, ranges }: KeptRanges, limits: SampleLimits): KeptRanges | null {
  const merged = new Map<number, GroupInRange>();
  let countedAt = Number.POSITIVE_INFINITY;
  for (const range of ranges) {
    if (range.countedAt === null) return null;
    countedAt = Math.min(countedAt, range.countedAt);
    for (const { group, tally, sample, attempts } of range.groups) {
      const into = merged.get(group) ?? emptyGroupInRange();
      merged.set(group, into);
      addTally(into.tally, tally, 1);
      for (const row of sample) into.sample.set(row.id, row);
      for (const row of attempts) into.attempts.set(row.id, row);
    }
  }
  for (const { tally, sample, attempts } of merged.values()) {
    if (attempts.size > maxKept) return null;
    joinSamples(sample, new Map(), operationsOf(tally), limits);
  }
  return {
    groups,
    keys: { mask: keys.mask, others: [] },
    ranges: [
      {
        first: lowestId,
        last: highestId,
        countedAt,
        isStale: ranges.some(({ isStale }) => isStale),
        isGuessed: ranges.some(({ isGuessed }) => isGuessed),
        isAdded: false,
        // The rest is read before anything is counted.
        isBrief: false,
        unreadable: ranges.flatMap(({ unreadable }) => unreadable),
        groups: [...merged].map(([group, inRange]) => keptGroup(group, inRange)),
      },
    ],
  };
}
