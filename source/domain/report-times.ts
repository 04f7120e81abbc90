import { lateSeconds } from './first-seen.ts';
import type { Operation } from './operation.ts';
import type { Span } from './snapshot.ts';
import { batchSizeOf } from './works.ts';

/** The records of one report, and the seconds in which they were processed. */
export interface UsualReport {
  readonly records: number;
  readonly seconds: number;
  /** How many reports since took much longer; absent: none. */
  readonly late?: number;
  /** How far the time of a record is from its mean, squared, as a share of it; absent before two reports. */
  readonly variance?: number;
}

/** The usual report of an operation's worker or table, before a poll. */
export interface KnownReport {
  readonly usual: UsualReport;
  readonly isOfTable: boolean;
}

/** For how long an operation worked on its next report before it was paused, and from when on. */
export interface Worked {
  readonly from: number;
  readonly seconds: number;
}

/** The weighted mean of a new report and the ones before it: newer ones weigh more. */
export function usually(before: UsualReport | null, report: UsualReport): UsualReport {
  if (before === null) return report;
  return {
    records: before.records + newestWeight * (report.records - before.records),
    seconds: before.seconds + newestWeight * (report.seconds - before.seconds),
    variance: varianceAfter(before, report),
  };
}

const newestWeight = 0.4;

function varianceAfter(before: UsualReport, report: UsualReport): number {
  const known = varianceOf(before);
  const taken = (report.seconds * before.records) / (before.seconds * report.records);
  // One report may be of another kind: as the first one of a worker whose clock is an hour behind.
  if (!(taken < mostTimes && taken > 1 / mostTimes)) return known;
  // The mean of the reports before is off too.
  const squared = (taken - 1) ** 2 / (1 + newestWeight / (2 - newestWeight));
  return known + newestVarianceWeight * (squared - known);
}

/** How far the time of a record is from its mean, squared, as a share of it. */
export const varianceOf = ({ variance = firstVariance }: UsualReport): number => variance;

const firstVariance = 0.25 ** 2;
const newestVarianceWeight = 0.1;
const mostTimes = 2.5;

/** By which factor the batch size of an operation has changed since it was read before; 1 if it has not, or if that is unknown. */
export function resizedBy(before: Operation | undefined, now: Operation): number {
  const [old, size] = [before === undefined ? null : batchSizeOf(before), batchSizeOf(now)];
  return old === null || size === null ? 1 : size / old;
}

/**
 * The batch that is running when the batch size changes has the size before: a larger size is expected at once, so that nothing seems
 * to be late, and a smaller one after the next report.
 *
 * @param before what is still to be applied of earlier changes
 */
export function shrinking(before: number | undefined, factor: number): { readonly shrinksBy?: number } {
  if (factor === 1) return before === undefined ? {} : { shrinksBy: before };
  return { shrinksBy: (before ?? 1) * Math.min(1, factor) };
}

/** The usual report after the batch size has changed: a batch of more records takes longer. */
export function resized(usual: UsualReport | null, factor: number): UsualReport | null {
  return usual === null || factor === 1
    ? usual
    : { ...usual, records: usual.records * factor, seconds: usual.seconds * factor };
}

/** The work before a pause, and the work until now; null if there is none, or if nobody saw when it began. */
function workedUntil(earlier: Worked | null, workingSince: number | null, takenAt: number): Worked | null {
  if (workingSince === null) return earlier;
  const seconds = Math.max(0, takenAt - workingSince);
  return earlier === null ? { from: workingSince, seconds } : { ...earlier, seconds: earlier.seconds + seconds };
}

/** The work on the next report before the operation was paused, now that it may have been paused. */
export function earlierOf(
  earlier: Worked | null,
  wasRunning: boolean,
  { status }: Operation,
  workingSince: number | null,
  takenAt: number,
): Worked | null {
  if (status === 'running') return earlier;
  return status === 'paused' && wasRunning ? workedUntil(earlier, workingSince, takenAt) : earlier;
}

/** Seconds in which the records of a report were processed. */
export function reportSeconds({ from, to, earlier }: Span & { readonly earlier?: Worked | null }): number {
  return to - from + (earlier?.seconds ?? 0);
}

/** A report that took this many times as long as usual, and this many seconds longer, was not worked on for all of the time. */
const standstillReports = 4;
const standstillSeconds = 30;

/** After this many such reports of a worker, or of a table without workers, they are usual. */
const mostLate = 2;
const mostLateOfTable = 20;

/**
 * For how many seconds before its end a report was worked on; null if all the time. A worker that comes back after a standstill
 * processed the records at about its usual speed, shortly before its report.
 */
export function reportWorkSeconds(
  report: Span & { readonly earlier?: Worked | null },
  usual: UsualReport | null,
  isOfTable: boolean,
): number | null {
  if (usual === null || usual.records <= 0 || usual.seconds <= 0) return null;
  if ((usual.late ?? 0) >= (isOfTable ? mostLateOfTable : mostLate)) return null;
  const expected = usual.seconds * Math.max(1, report.records / usual.records);
  return reportSeconds(report) > standstillReports * expected + standstillSeconds ? expected : null;
}

/** Returns the usual report after one that took much longer. */
export const withLate = (usual: UsualReport): UsualReport => ({ ...usual, late: (usual.late ?? 0) + 1 });

/** When an operation began or resumed: at its start if that is after the last poll, else at the last poll. */
export function startOf(startedAt: number | null, since: number | null, takenAt: number): number {
  if (since === null) return takenAt;
  return startedAt !== null && startedAt >= since - lateSeconds ? startedAt : since;
}

/** A poll that saw an operation with new records, and what is known of it from before. */
interface SeenGain {
  readonly operation: Operation;
  readonly records: number;
  readonly workingSince: number | null;
  /** Whether it was paused for a time since its last report, as far as known. */
  readonly wasHalted: boolean;
  readonly startedAt: number | null;
  /** For how many seconds it was paused since its start, as far as the actions of operators show it. */
  readonly pausedSeconds: number;
  readonly offset: number;
  readonly since: number;
  readonly takenAt: number;
  readonly watchedSince: number;
}

/** The new records of an operation, and the time in which they were processed (after its last pause, if it was paused). */
export function gainSpan(seen: SeenGain): Span {
  const {
    operation,
    records,
    workingSince,
    wasHalted,
    startedAt,
    offset,
    since,
    takenAt,
    watchedSince,
    pausedSeconds,
  } = seen;
  const isEnded = operation.status === 'completed' || operation.status === 'failed';
  const endedAt = isEnded ? clockTime(operation.completedAt, offset, takenAt) : null;
  const to = endedAt !== null && endedAt >= since - lateSeconds ? endedAt : takenAt;
  const earlierRecords = (operation.recordsProcessed ?? 0) - records;
  // All records in one report: the operation's own timestamps give the duration.
  if (earlierRecords <= 0 && isEnded && startedAt !== null && startedAt < to && !wasHalted)
    return { records, from: startedAt, to };
  if (workingSince !== null) return { records, from: Math.min(workingSince, to), to };
  const worked = startedAt === null ? 0 : Math.max(0, to - startedAt - pausedSeconds);
  // The first report that was seen of a row that had records before: it took at least the time that the row was watched, and
  // about as long as the row's average rate says.
  const usual = earlierRecords <= 0 ? 0 : (records * worked) / (earlierRecords + records);
  return { records, from: Math.min(since, watchedSince, to - usual), to };
}

/** A writer's timestamp on the database's clock; null if it is missing, infinite or in the future. */
export function clockTime(timestamp: number | null, offset: number, takenAt: number): number | null {
  if (timestamp === null || !Number.isFinite(timestamp)) return null;
  const at = timestamp - offset;
  return at > takenAt + lateSeconds ? null : Math.min(at, takenAt);
}
