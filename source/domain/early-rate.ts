import { type Eta, etaOf } from './eta.ts';
import { addSpans, emptyThroughput, secondsRunning, type Throughput } from './throughput.ts';

/** How many reports a rate needs before most operations have reported, and in how many polls. */
const leastReports = 8;
const leastPolls = 4;

/** A count of n independent reports is off by the square root of n: the margin of the ETA is this many of them. */
const deviations = 1.5;

/** A rate before most operations have reported, in records a second, and how far it may be off, as a share of it. */
export interface EarlyRate {
  readonly recordsPerSecond: number;
  readonly margin: number;
}

/**
 * The rate before most operations have reported: the records of the reports that polls saw, for the time watched. Operations report
 * at different moments, so many reports show the rate, although for each operation it is not known how long its report took.
 * Null with too few reports, or if they came at once.
 */
export function earlyRate(throughput: Throughput, takenAt: number): EarlyRate | null {
  const { reports, reported, gaps, watchedSince } = throughput;
  const seconds = secondsRunning(throughput, watchedSince, takenAt);
  if (reports < leastReports || gaps.length < leastPolls || seconds <= 0) return null;
  return { recordsPerSecond: reported / seconds, margin: deviations / Math.sqrt(reports) };
}

/** The ETA by an early rate; null without one, or if `remaining` is unknown. */
export function earlyEta(throughput: Throughput, takenAt: number, remaining: number | null): Eta | null {
  const rate = earlyRate(throughput, takenAt);
  if (rate === null) return null;
  const { watchedSince, progressAt, gaps, pauses, reported } = throughput;
  const even = addSpans(
    { ...emptyThroughput(watchedSince), progressAt, gaps, pauses },
    [{ from: watchedSince, to: takenAt, records: reported }],
    takenAt,
  );
  return etaOf({
    throughput: even,
    takenAt,
    remaining,
    now: rate.recordsPerSecond,
    isDue: true,
    margin: rate.margin,
  });
}

/** A range that includes both; null if both are. */
export function widest(a: Eta | null, b: Eta | null): Eta | null {
  if (a === null || b === null) return a ?? b;
  return {
    lowSeconds: Math.min(a.lowSeconds, b.lowSeconds),
    highSeconds: Math.max(a.highSeconds, b.highSeconds),
  };
}
