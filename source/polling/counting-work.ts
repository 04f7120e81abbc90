import type { Status } from '../domain/operation.ts';
import type { Coverage } from '../domain/snapshot.ts';
import type { CountingWork } from './changes.ts';
import type { IdRange } from './id-range.ts';

/** A slice that was counted less than this ago is not counted again without a reason. */
const restSeconds = 30;

/**
 * What is to be counted next, or null: first what never was, from the newest ids downwards; then what is known to be
 * wrong; then what is in doubt; then what was guessed; then what was counted longest ago.
 *
 * @param doubts a status that has to be probed, and the moment before which counts are in doubt
 */
export function nextWork(
  ranges: readonly IdRange[],
  takenAt: number,
  sliceRows: number,
  doubts: { readonly probe: Status | undefined; readonly hintAt: number },
): CountingWork | null {
  const uncounted = ranges.findLast(({ countedAt }) => countedAt === null);
  if (uncounted !== undefined) return { kind: 'range', range: uncounted, limit: sliceRows, urgency: 'hurried' };
  const wrong = oldestOf(ranges.filter(({ isStale }) => isStale));
  if (wrong !== undefined) return { kind: 'range', range: wrong, limit: null, urgency: 'hinted' };
  if (doubts.probe !== undefined) return { kind: 'probe', status: doubts.probe, ranges: ranges };
  const next = oldestOf(ranges);
  if (next === undefined || next.countedAt === null) return null;
  const isHinted = next.countedAt < doubts.hintAt;
  if (isHinted) return { kind: 'range', range: next, limit: null, urgency: 'hinted' };
  const rested = (range: IdRange | undefined): range is IdRange =>
    range !== undefined && takenAt - (range.countedAt ?? 0) >= restSeconds;
  const calm = [oldestOf(ranges.filter(({ isGuessed }) => isGuessed)), next].find(rested);
  return calm === undefined ? null : { kind: 'range', range: calm, limit: null, urgency: 'calm' };
}

/** When the slice was counted that was counted longest ago; null where one never was. */
export function oldestCount(ranges: readonly IdRange[]): number | null {
  if (ranges.some(({ countedAt }) => countedAt === null)) return null;
  return oldestOf(ranges)?.countedAt ?? null;
}

/**
 * How much of the table is counted, and how old the oldest count is.
 *
 * @param carriedAt when the totals were counted that are shown until all is counted anew
 */
export function coverageOf(
  ranges: readonly IdRange[],
  ids: { readonly bottom: bigint; readonly top: bigint },
  { carriedAt, isDoubted }: { readonly carriedAt: number | null; readonly isDoubted: boolean },
): Coverage {
  const countedAt = oldestCount(ranges);
  const isStale = isDoubted || ranges.some((range) => range.isStale);
  if (countedAt !== null) return { share: 1, countedAt, isStale };
  return { share: shareCounted(ranges, ids.bottom, ids.top), countedAt: carriedAt, isStale };
}

/** How much of the ids from `bottom` to `top` lies in slices that were counted: 0 to 0.99. */
function shareCounted(ranges: readonly IdRange[], bottom: bigint, top: bigint): number {
  const span = (first: bigint, last: bigint): number => (last < first ? 0 : Number(last - first) + 1);
  const within = ({ first, last }: IdRange): number => span(first > bottom ? first : bottom, last < top ? last : top);
  const counted = ranges.reduce((all, range) => all + (range.countedAt === null ? 0 : within(range)), 0);
  return Math.min(0.99, counted / Math.max(1, span(bottom, top)));
}

function oldestOf(ranges: readonly IdRange[]): IdRange | undefined {
  return ranges.reduce<IdRange | undefined>(
    (oldest, range) => (oldest !== undefined && (oldest.countedAt ?? 0) <= (range.countedAt ?? 0) ? oldest : range),
    undefined,
  );
}
