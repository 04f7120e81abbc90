import { type Eta, etaOf } from './eta.ts';
import { type Left, unreportedLeft } from './left.ts';
import { addSpans, emptyThroughput, rateWindowSeconds, secondsRunning, type Throughput } from './throughput.ts';

/** How many reports a rate needs before most operations have reported, and in how many polls. */
const leastReports = 8;
const leastPolls = 4;

/** A count of n independent reports is off by the square root of n: the margin of the ETA is this many of them. */
const deviations = 1.5;

/** A rate before most operations have reported, in records a second, and how far it may be off, as a share of it. */
export interface EarlyRate {
  readonly recordsPerSecond: number;
  readonly margin: number;
  /** Its records, and since when it covers them. */
  readonly records: number;
  readonly from: number;
}

/**
 * The rate before most operations have reported: the records of the reports that polls saw, for the time watched, at most the last
 * minute. The usual rate covers that minute too, so the figure does not jump when one replaces the other. Operations report
 * at different moments, so with enough reports the rate is known, although it is not known how long each of them took.
 * Null with too few reports, or if they came at once.
 */
export function earlyRate(throughput: Throughput, takenAt: number): EarlyRate | null {
  const { gaps, watchedSince } = throughput;
  const seen = throughput.reports.filter(({ to }) => to > takenAt - rateWindowSeconds);
  const from = seen[0] === undefined ? watchedSince : Math.min(seen[0].from, takenAt - rateWindowSeconds);
  const since = Math.max(watchedSince, from);
  const reports = seen.reduce((sum, { operations }) => sum + operations, 0);
  const records = seen.reduce((sum, one) => sum + one.records, 0);
  const seconds = secondsRunning(throughput, since, takenAt);
  if (reports < leastReports || gaps.length < leastPolls || seconds <= 0) return null;
  return { recordsPerSecond: records / seconds, margin: deviations / Math.sqrt(reports), records, from: since };
}

/** The ETA by an early rate; null without one. */
export function earlyEta(throughput: Throughput, takenAt: number, left: Left): Eta | null {
  const rate = earlyRate(throughput, takenAt);
  if (rate === null) return null;
  const { progressAt, gaps, pauses } = throughput;
  const even = addSpans(
    { ...emptyThroughput(rate.from), progressAt, gaps, pauses },
    [{ from: rate.from, to: takenAt, records: rate.records }],
    takenAt,
  );
  return etaOf({
    throughput: even,
    takenAt,
    ...unreportedLeft(left, 0),
    plans: null,
    now: rate.recordsPerSecond,
    isDue: true,
    margin: rate.margin,
  });
}
