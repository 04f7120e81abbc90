import type { Operation, Status } from '../domain/operation.ts';
import { tableKey } from '../domain/rate-keys.ts';
import type { Coverage } from '../domain/snapshot.ts';
import type { CountingResult, CountingWork } from './changes.ts';
import type { Patient, RestUrgency } from './counting-rest.ts';
import type { IdRange, TableName } from './id-range.ts';

/** Minimum age in seconds of a count that is repeated as a routine check. */
const minAgeSeconds = 30;

/**
 * The next step of counting, or null. Order: ranges that were never counted, newest ids first; stale ranges; a probe; ranges counted
 * before the drift hint; guessed ranges; the range with the oldest count.
 *
 * @param drift a status to probe, and the time before which counts may be stale
 */
export function nextWork(
  ranges: readonly IdRange[],
  takenAt: number,
  rangeRows: number,
  drift: { readonly probe: Status | undefined; readonly hintAt: number },
): CountingWork | null {
  const uncounted = ranges.findLast(({ countedAt, isElsewhere }) => countedAt === null && !isElsewhere);
  if (uncounted !== undefined) return { kind: 'range', range: uncounted, limit: rangeRows, urgency: 'hurried' };
  const stale = oldestOf(ranges.filter(({ isStale }) => isStale));
  // A count in brief that is not enough is no whole first count.
  if (stale !== undefined)
    return { kind: 'range', range: stale, limit: null, urgency: stale.isBrief ? 'hurried' : 'hinted' };
  if (drift.probe !== undefined) return { kind: 'probe', status: drift.probe, ranges };
  const next = oldestOf(ranges);
  if (next === undefined || next.countedAt === null) return null;
  const isHinted = next.countedAt < drift.hintAt;
  if (isHinted) return { kind: 'range', range: next, limit: null, urgency: 'hinted' };
  const isDue = (range: IdRange | undefined): range is IdRange =>
    range !== undefined && takenAt - (range.countedAt ?? 0) >= minAgeSeconds;
  const calm = [oldestOf(ranges.filter(({ isGuessed }) => isGuessed)), next].find(isDue);
  return calm === undefined ? null : { kind: 'range', range: calm, limit: null, urgency: 'calm' };
}

/** Whether a step counts what is not counted yet, or what is known or likely to be wrong. */
export function isNeeded(work: CountingWork | null): boolean {
  return work !== null && (work.kind === 'probe' || work.urgency !== 'calm');
}

/**
 * How a step can wait: a routine check, if nothing makes it likely that its sums are wrong, or a guess. Undefined if it counts what is
 * missing, or what is known to be wrong.
 */
export function patientKind(work: CountingWork): Patient | undefined {
  if (work.kind !== 'range' || work.urgency !== 'calm') return undefined;
  return work.range.isGuessed ? 'guess' : 'check';
}

/** Whether a step counts a range whose sums are missing, or may be wrong. A count in brief has the sums of a whole one. */
export function mayBeWrong(work: CountingWork): boolean {
  return work.kind === 'range' && (work.range.countedAt === null || work.range.isStale || work.range.isGuessed);
}

/**
 * Returns whether the count of a range that was not known to be wrong shows changes that polls did not see. Tables with rows that
 * changed since the last poll cannot be compared: null if there are no others.
 *
 * @param changed the rows that the poll of the same snapshot read
 */
export function checkOf(
  worked: CountingResult,
  changed: readonly (Pick<Operation, 'id'> & TableName)[],
): 'same' | 'different' | null {
  if (worked.kind === 'probe') return 'different';
  const { range } = worked;
  const keyOf = ({ phase, tableName }: TableName): string => tableKey(phase, tableName);
  const uncertain = new Set(changed.filter(({ id }) => id >= range.first && id <= range.last).map(keyOf));
  const isCertain = (group: TableName): boolean => !uncertain.has(keyOf(group));
  if (range.different.some(isCertain)) return 'different';
  return uncertain.size === 0 || [...range.groups.keys()].some(isCertain) ? 'same' : null;
}

/** The time of the oldest count; null if a range was never counted. */
export function oldestCount(ranges: readonly IdRange[]): number | null {
  if (ranges.some(({ countedAt }) => countedAt === null)) return null;
  return oldestOf(ranges)?.countedAt ?? null;
}

/**
 * How much of the table is counted, and how old the oldest count is.
 *
 * @param carriedAt when the totals were counted that are shown until all ranges are counted again
 */
export function coverageOf(
  ranges: readonly IdRange[],
  ids: { readonly bottom: bigint; readonly top: bigint },
  { carriedAt, hasDrift }: { readonly carriedAt: number | null; readonly hasDrift: boolean },
): Coverage {
  const countedAt = oldestCount(ranges);
  const isStale = hasDrift || ranges.some((range) => range.isStale);
  if (countedAt !== null) return { share: 1, countedAt, isStale };
  const isCarried = carriedAt !== null;
  return {
    share: shareCounted(ranges, ids.bottom, ids.top),
    countedAt: carriedAt,
    // Totals from before are not those of this moment.
    isStale: isStale || isCarried,
    ...(isCarried && { isCarried }),
  };
}

/** The share of the ids from `bottom` to `top` that lie in counted ranges: 0 to 0.99. */
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

/** With which share of the time a step is done. */
export function restUrgencyOf(work: CountingWork): RestUrgency {
  if (work.kind === 'probe') return 'hinted';
  return patientKind(work) === 'guess' ? 'guessed' : work.urgency;
}
