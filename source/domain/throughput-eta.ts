import { type Ahead, unreportedIn } from './ahead.ts';
import { type Eta, type EtaOptions, etaOf, gapOf, lastBatchSeconds, type Reporting } from './eta.ts';
import { type Left, unreportedLeft } from './left.ts';
import { knownSeconds } from './paused-workers.ts';
import { type Rate, rateOver, recordsPerSecond, windowOf } from './rates.ts';
import type { Span } from './snapshot.ts';
import { sum } from './sum.ts';
import { addSpans, type Throughput } from './throughput.ts';

/** A rate in records a second over the last minute or the last batches (null if unknown), and an ETA. */
export interface RateAndEta {
  readonly recordsPerSecond: number | null;
  readonly eta: Eta | null;
  /** Over how many seconds the rate is the mean; absent if it is 0 or unknown, or that of a few reports. */
  readonly rateSeconds?: number;
}

/**
 * The rate and the ETA of one throughput.
 *
 * @param ahead estimates of the records processed since the last reports
 * @param left how many records are left by the last reports; null if unknown
 * @param now the rate, if it is known more precisely, and since when workers are paused that were at work before
 */
export function rateAndEtaFrom(
  throughput: Throughput,
  ahead: readonly Ahead[],
  takenAt: number,
  left: Left | null,
  { now = null, stoppedSince = null, isMixed = false }: Pick<EtaOptions, 'now' | 'stoppedSince' | 'isMixed'> = {},
): RateAndEta {
  const whole = addSpans(throughput, ahead, takenAt);
  const rate = now ?? recordsPerSecond(whole, takenAt, windowSeconds(throughput, ahead));
  if (left === null || left.records <= 0) return { recordsPerSecond: rate, eta: null };
  // Reported records are not in `left`.
  const eta = etaOf({
    throughput: whole,
    takenAt,
    ...unreportedLeft(left, unreportedIn(ahead)),
    reporting: reportingOf(ahead),
    now: rate,
    stoppedSince,
    isMixed,
    isDue: isDue(ahead),
  });
  return { recordsPerSecond: rate, eta };
}

/** The rate of a throughput, without workers that are paused now. @param stopped their records (domain/stopped-work.ts) */
export function rateOf(
  throughput: Throughput,
  ahead: readonly Ahead[],
  stopped: readonly Span[],
  takenAt: number,
): Rate | null {
  const whole = windowSeconds(throughput, ahead);
  // The earlier work of a paused worker on other tables is known for this long. The others are as many in all of that time.
  const seconds = stopped.length === 0 ? whole : Math.min(whole, knownSeconds);
  const spans = addSpans(throughput, [...ahead, ...stopped], takenAt);
  const rate = rateOver(spans, takenAt, seconds, stopped.length > 0);
  return rate && { ...rate, recordsPerSecond: Math.max(0, rate.recordsPerSecond) };
}

/** How the operations report that are at work; null if it is unknown. */
function reportingOf(ahead: readonly Ahead[]): Reporting | null {
  const reports = ahead.flatMap(({ reportSeconds }) => reportSeconds ?? []);
  if (reports.length === 0) return null;
  const batches = ahead.flatMap(({ batchSeconds }) => batchSeconds ?? []);
  return { gapSeconds: gapOf(reports), lastSeconds: lastBatchSeconds(batches) };
}

/**
 * The time span of a rate in seconds: a minute, or longer if the workers together need longer for some batches, or if what the running
 * batches have done may be off by more than a few percent of the records in it.
 */
function windowSeconds({ gaps }: Throughput, ahead: readonly Ahead[]): number {
  const perSecond = sum(ahead.map(({ reportSeconds }) => (reportSeconds === null ? 0 : 1 / reportSeconds)));
  // Between two operations of the only worker nothing runs.
  const usual = sum(gaps) / Math.max(1, gaps.length);
  const seconds = windowOf(perSecond > 0 ? 1 / perSecond : usual);
  const offBy = Math.sqrt(sum(ahead.map((one) => (one.usual?.offBy ?? 0) ** 2)));
  const rate = sum(ahead.map((one) => one.usual?.recordsPerSecond ?? 0));
  return rate <= 0 ? seconds : Math.max(seconds, Math.min(longestRateSeconds, offBy / (mostOff * rate)));
}

/** By which share of a rate the estimates in it may be off: two standard deviations are 5 %. */
const mostOff = 0.025;
const longestRateSeconds = 1800;

/** Whether the current batch of a running operation has not taken longer than usual. */
export const isDue = (ahead: readonly Ahead[]): boolean => ahead.some((one) => one.isDue);
