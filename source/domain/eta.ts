import {
  gapSecondsOf,
  isProgressing,
  rateWindowSeconds,
  recordsPerSecond,
  runningSlices,
  type Throughput,
} from './throughput.ts';

/** The earliest and the latest end that the rates up to now predict, in seconds from now. */
export interface Eta {
  readonly lowSeconds: number;
  readonly highSeconds: number;
}

/**
 * The ETA of several tables. Their workers may or may not continue with other tables when one is done: the range includes both
 * ends.
 *
 * @param whole the ETA if all workers go on until everything is done
 * @param single the ETAs of tables that are worked on; at least one
 * @param isEachWorkedOn whether these are all tables: those that nobody works on are not done when the others are
 */
export function etaOfEach(whole: Eta, single: readonly Eta[], isEachWorkedOn: boolean): Eta {
  const last = lastOf(single);
  return {
    lowSeconds: isEachWorkedOn ? Math.min(whole.lowSeconds, last.lowSeconds) : whole.lowSeconds,
    highSeconds: Math.max(whole.highSeconds, last.highSeconds),
  };
}

/** When the last of some works will end. */
export function lastOf(etas: readonly Eta[]): Eta {
  return {
    lowSeconds: Math.max(...etas.map(({ lowSeconds }) => lowSeconds)),
    highSeconds: Math.max(...etas.map(({ highSeconds }) => highSeconds)),
  };
}

export interface EtaOptions {
  readonly throughput: Throughput;
  readonly takenAt: number;
  /** How many records are left; null if unknown. */
  readonly remaining: number | null;
  /** The rate of the last minute, if the polls know it more precisely than this throughput. */
  readonly now?: number | null;
  /** Whether the current batch of a running operation has not taken longer than usual. */
  readonly isDue?: boolean;
  /** The minimum margin of the range, if the rate is less certain than usual. */
  readonly margin?: number;
}

/** An ETA further away than this many seconds is not shown. */
const longestEtaSeconds = 99 * 86_400;

/** A slice with less than this share of the current rate is left out: the work had stopped, or had not begun. */
const idleShare = 0.1;

/** The minimum margin of the range, on both sides, as a share of the estimate. */
const leastMargin = 0.16;

/** The minimum and the maximum time of a record by the trend, as multiples of the current time of a record. */
const least = 0.5;
const most = 8;

/** How many slices make a point of the trend, and how many points a trend needs. */
const pointSlices = 3;
const leastPoints = 6;

/**
 * The range of time in which the work will end. If workers read with a growing OFFSET, as in the specification's examples, each
 * record takes longer than the ones before it: a line is fitted to the time of a record over the records done, and extended
 * to the end. Without such a trend, the rates of the last minute, five and fifteen minutes give the range. Time in which
 * nothing was running or nothing progressed is left out.
 *
 * Null if nothing progresses now, nothing is left, the total is unknown, or the end is more than 99 days away.
 */
export function etaOf({ throughput, takenAt, remaining, ...given }: EtaOptions): Eta | null {
  if (remaining === null || remaining <= 0 || !isProgressing(throughput, takenAt, given.isDue)) return null;
  const now = given.now ?? recordsPerSecond(throughput, takenAt, rateWindowSeconds);
  if (now === null || now <= 0) return null;
  const points = pointsOf(throughput, takenAt, now);
  const trend = trendOf(points);
  const [low, high] = trend === null ? even(points, remaining, now) : continued(trend, remaining);
  // Reports arrive in steps: the end may be a whole step away from the end by the rates.
  const gap = gapSecondsOf(throughput);
  const step = Math.min(gap, high);
  // A rate of a few reports is as uncertain as one report is long.
  const margin =
    Math.max(leastMargin, given.margin ?? 0) + 0.3 * Math.min(1, gap / sum(points.map(({ seconds }) => seconds)));
  const lowSeconds = Math.max(low * (1 - margin) - step / 2, low / 10);
  const highSeconds = high * (1 + 1.2 * margin) + step / 2 + 1;
  return highSeconds > longestEtaSeconds || !(lowSeconds > 0) ? null : { lowSeconds, highSeconds };
}

/** Several slices: `at` is how many records before now their middle is, as a negative number. */
interface Point {
  readonly at: number;
  readonly records: number;
  readonly seconds: number;
}

/** The newest first. Slices without progress are left out. */
function pointsOf(throughput: Throughput, takenAt: number, now: number): Point[] {
  const points: Point[] = [];
  let behind = 0;
  let records = 0;
  let seconds = 0;
  let count = 0;
  const close = (): void => {
    if (records > 0 && seconds > 0) points.push({ at: -behind - records / 2, records, seconds });
    behind += records;
    records = 0;
    seconds = 0;
    count = 0;
  };
  for (const slice of runningSlices(throughput, takenAt)) {
    if (slice.records < now * idleShare * slice.seconds && !(count === 0 && points.length === 0)) continue;
    records += slice.records;
    seconds += slice.seconds;
    if (++count > (points.length === 0 ? pointSlices : pointSlices - 1)) close();
  }
  close();
  return points;
}

interface Trend {
  /** Seconds a record takes now, and how much more for each record done. */
  readonly now: number;
  readonly slope: number;
  /** The variance at the middle of the points, the variance of the slope, and the middle itself. */
  readonly variance: number;
  readonly slopeVariance: number;
  readonly middle: number;
}

/** The weighted line through the points; newer points weigh more. Null if the slope may be noise. */
function trendOf(points: readonly Point[]): Trend | null {
  if (points.length < leastPoints) return null;
  const weights = points.map(({ records }, index) => records * 0.97 ** index);
  const total = sum(weights);
  const taken = points.map(({ seconds, records }) => seconds / records);
  const middle = sum(points.map(({ at }, index) => at * (weights[index] ?? 0))) / total;
  const mean = sum(taken.map((one, index) => one * (weights[index] ?? 0))) / total;
  const spread = sum(points.map(({ at }, index) => (at - middle) ** 2 * (weights[index] ?? 0)));
  if (!(spread > 0)) return null;
  const slope =
    sum(points.map(({ at }, index) => (at - middle) * ((taken[index] ?? 0) - mean) * (weights[index] ?? 0))) / spread;
  const residual = sum(
    points.map(({ at }, index) => ((taken[index] ?? 0) - mean - slope * (at - middle)) ** 2 * (weights[index] ?? 0)),
  );
  const variance = residual / (total * (1 - 2 / points.length));
  const slopeVariance = (variance * total) / spread / points.length;
  // A few points underestimate the variance.
  const correction = 1 + 6 / (points.length - 2);
  if (!(mean - slope * middle > 0)) return null;
  if (slope ** 2 < 12 * correction * slopeVariance) return null;
  return {
    now: mean - slope * middle,
    slope,
    variance: (correction * variance) / points.length,
    slopeVariance: correction * slopeVariance,
    middle,
  };
}

/** The remaining time by the line: the time of the record in the middle of the remaining ones, for each of them. */
function continued({ now, slope, variance, slopeVariance, middle }: Trend, left: number): readonly [number, number] {
  const half = left / 2;
  const deviation = 2 * Math.sqrt(variance + slopeVariance * (half - middle) ** 2);
  const each = Math.max(least * now, Math.min(most * now, now + slope * half));
  return [
    left * Math.max(each - deviation, least * now, each / 2),
    left * Math.min(each + deviation, most * now, 2 * each),
  ];
}

/** The remaining time at the rates of the last minute, five and fifteen minutes. */
function even(points: readonly Point[], left: number, now: number): readonly [number, number] {
  const rates = [now];
  for (const window of [300, 900]) {
    let seconds = 0;
    let records = 0;
    for (const point of points) {
      if (seconds >= window) break;
      seconds += point.seconds;
      records += point.records;
    }
    if (seconds >= window / 2) rates.push(records / seconds);
  }
  return [left / Math.max(...rates), left / Math.min(...rates)];
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
