import type { Work } from './changes.ts';
import type { Status } from './operation.ts';
import type { Slice } from './slice.ts';
import type { Coverage } from './snapshot.ts';

/** A slice that was counted less than this ago is not counted again without a reason. */
const restSeconds = 30;

/**
 * What is to be counted next, or null: first what never was, from the newest ids downwards; then what is known to be
 * wrong; then what is in doubt; then what was guessed; then what was counted longest ago.
 *
 * @param doubts a status that has to be probed, and the moment before which counts are in doubt
 */
export function nextWork(
  slices: readonly Slice[],
  takenAt: number,
  sliceRows: number,
  doubts: { readonly probe: Status | undefined; readonly hintAt: number },
): Work | null {
  const uncounted = slices.findLast(({ countedAt }) => countedAt === null);
  if (uncounted !== undefined) return { kind: 'range', slice: uncounted, limit: sliceRows, urgency: 'hurried' };
  const wrong = oldestOf(slices.filter(({ isStale }) => isStale));
  if (wrong !== undefined) return { kind: 'range', slice: wrong, limit: null, urgency: 'hinted' };
  if (doubts.probe !== undefined) return { kind: 'probe', status: doubts.probe, slices };
  const next = oldestOf(slices);
  if (next === undefined || next.countedAt === null) return null;
  const isHinted = next.countedAt < doubts.hintAt;
  if (isHinted) return { kind: 'range', slice: next, limit: null, urgency: 'hinted' };
  const rested = (slice: Slice | undefined): slice is Slice =>
    slice !== undefined && takenAt - (slice.countedAt ?? 0) >= restSeconds;
  const calm = [oldestOf(slices.filter(({ isGuessed }) => isGuessed)), next].find(rested);
  return calm === undefined ? null : { kind: 'range', slice: calm, limit: null, urgency: 'calm' };
}

/** When the slice was counted that was counted longest ago; null where one never was. */
export function oldestCount(slices: readonly Slice[]): number | null {
  if (slices.some(({ countedAt }) => countedAt === null)) return null;
  return oldestOf(slices)?.countedAt ?? null;
}

/**
 * How much of the table is counted, and how old the oldest count is.
 *
 * @param carriedAt when the totals were counted that are shown until all is counted anew
 */
export function coverageOf(
  slices: readonly Slice[],
  ids: { readonly bottom: bigint; readonly top: bigint },
  { carriedAt, isDoubted }: { readonly carriedAt: number | null; readonly isDoubted: boolean },
): Coverage {
  const countedAt = oldestCount(slices);
  const isStale = isDoubted || slices.some((slice) => slice.isStale);
  if (countedAt !== null) return { share: 1, countedAt, isStale };
  return { share: shareCounted(slices, ids.bottom, ids.top), countedAt: carriedAt, isStale };
}

/** How much of the ids from `bottom` to `top` lies in slices that were counted: 0 to 0.99. */
function shareCounted(slices: readonly Slice[], bottom: bigint, top: bigint): number {
  const span = (first: bigint, last: bigint): number => (last < first ? 0 : Number(last - first) + 1);
  const within = ({ first, last }: Slice): number => span(first > bottom ? first : bottom, last < top ? last : top);
  const counted = slices.reduce((all, slice) => all + (slice.countedAt === null ? 0 : within(slice)), 0);
  return Math.min(0.99, counted / Math.max(1, span(bottom, top)));
}

function oldestOf(slices: readonly Slice[]): Slice | undefined {
  return slices.reduce<Slice | undefined>(
    (oldest, slice) => (oldest !== undefined && (oldest.countedAt ?? 0) <= (slice.countedAt ?? 0) ? oldest : slice),
    undefined,
  );
}
