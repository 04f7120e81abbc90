import { addTally, emptyTally, operationsOf } from '../domain/tally.ts';
import { maxKept } from './attempts.ts';
import { highestId, lowestId } from './id-range.ts';
import type { KeptGroupInRange, KeptRanges } from './kept-ranges.ts';
import { joinSamples, type SampleLimits } from './samples.ts';

/**
 * The id ranges of a kept ledger as a single one, without the digests and the sums of batches: a tenth of the text. The totals are
 * the same, and polls keep them up to date. Null if a range was not counted, or if one id range does not hold all attempts.
 */
export function previewOf({ groups, keys, ranges }: KeptRanges, limits: SampleLimits): KeptRanges | null {
  const merged = new Map<number, { -readonly [field in keyof KeptGroupInRange]: KeptGroupInRange[field] }>();
  let countedAt = Number.POSITIVE_INFINITY;
  for (const range of ranges) {
    if (range.countedAt === null) return null;
    countedAt = Math.min(countedAt, range.countedAt);
    for (const { group, tally, sample, attempts } of range.groups) {
      const into = merged.get(group) ?? {
        group,
        tally: emptyTally(),
        sample: [],
        attempts: [],
        keys: new Map(),
        batches: new Map(),
      };
      merged.set(group, into);
      addTally(into.tally, tally, 1);
      into.sample = [...into.sample, ...sample];
      into.attempts = [...into.attempts, ...attempts];
    }
  }
  for (const group of merged.values()) {
    const rows = new Map(group.sample.map((row) => [row.id, row]));
    joinSamples(rows, new Map(), operationsOf(group.tally), limits);
    group.sample = [...rows.values()];
    if (group.attempts.length > maxKept) return null;
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
        unreadable: ranges.flatMap(({ unreadable }) => unreadable),
        groups: [...merged.values()],
      },
    ],
  };
}
