import {
  gapSecondsOf,
  isProgressing,
  rateWindowSeconds,
  recordsPerSecond,
  runningSlices,
  type Throughput,
} from './throughput.ts';

/** When the rest will be done, in seconds from now: the soonest and the latest that the work so far lets expect. */
export interface Eta {
  readonly lowSeconds: number;
  readonly highSeconds: number;
}

export interface EtaOptions {
  readonly throughput: Throughput;
  readonly takenAt: number;
  /** Records that are left; null where that is not known. */
  readonly remaining: number | null;
  /** The rate of the last minute, where the polls know it better than this throughput does. */
  readonly now?: number | null;
  /** Whether a running operation is at a batch that has not taken longer than usual. */
  readonly isDue?: boolean;
}

/** Further away than this is a guess that helps nobody. */
const absurdSeconds = 99 * 86_400;

/** A slice so much slower than now says nothing of what is to come: the work had stopped, or had not begun. */
const idleShare = 0.1;

/** The range is at least so much wider, to both sides, than one figure. */
const leastMargin = 0.16;

/** A trend is followed down to this share of the time that the present rate needs, and up to this many times it. */
const least = 0.5;
const most = 8;

/** How many slices are put together to a point of the trend, and how many points a trend needs. */
const pointSlices = 3;
const leastPoints = 6;

/**
 * The range of time in which the rest will be done. Each record takes longer, the more were done before it, where the
 * workers read with a growing OFFSET (the specification's examples do): the time a record takes is fitted as a line over
 * the records done, and the line is continued to the end. Where no such trend shows, the rates of the last minute, five
 * and fifteen minutes give the range. Time in which nothing was running or nothing progressed is left out.
 *
 * Absent (null) where nothing progresses now, nothing is left, the total is unknown, or the guess would be absurd.
 */
export function etaOf({ throughput, takenAt, remaining, ...given }: EtaOptions): Eta | null {
  if (remaining === null || remaining <= 0 || !isProgressing(throughput, takenAt, given.isDue)) return null;
  const now = given.now ?? recordsPerSecond(throughput, takenAt, rateWindowSeconds);
  if (now === null || now <= 0) return null;
  const points = pointsOf(throughput, takenAt, now);
  const trend = trendOf(points);
  const [low, high] = trend === null ? even(points, remaining, now) : continued(trend, remaining);
  // Reports come in steps: the end may be a whole step away from where the rates see it.
  const gap = gapSecondsOf(throughput);
  const step = Math.min(gap, high);
  // A rate of a few reports is as uncertain as one report is long.
  const margin = leastMargin + 0.3 * Math.min(1, gap / sum(points.map(({ seconds }) => seconds)));
  const lowSeconds = Math.max(low * (1 - margin) - step / 2, low / 10);
  const highSeconds = high * (1 + 1.2 * margin) + step / 2 + 1;
  return highSeconds > absurdSeconds || !(lowSeconds > 0) ? null : { lowSeconds, highSeconds };
}

/** Some slices put together: how many records before now their middle lies (negative), and what a record took. */
interface Point {
  readonly at: number;
  readonly records: number;
  readonly seconds: number;
}

/** The newest first. Work that has stood still is left out. */
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
  /** How sure the line is: the variance where its points are, of its slope, and where their middle lies. */
  readonly variance: number;
  readonly slopeVariance: number;
  readonly middle: number;
}

/** The weighted line through the points; newer points weigh more. Null where the slope may be nothing but noise. */
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
  // Few points say little of how far they scatter.
  const doubt = 1 + 6 / (points.length - 2);
  if (!(mean - slope * middle > 0)) return null;
  if (slope ** 2 < 12 * doubt * slopeVariance) return null;
  return {
    now: mean - slope * middle,
    slope,
    variance: (doubt * variance) / points.length,
    slopeVariance: doubt * slopeVariance,
    middle,
  };
}

/** What is left by the line: the time of the record in the middle of it, for each of them. */
function continued({ now, slope, variance, slopeVariance, middle }: Trend, left: number): readonly [number, number] {
  const half = left / 2;
  const deviation = 2 * Math.sqrt(variance + slopeVariance * (half - middle) ** 2);
  const each = Math.max(least * now, Math.min(most * now, now + slope * half));
  return [
    left * Math.max(each - deviation, least * now, each / 2),
    left * Math.min(each + deviation, most * now, 2 * each),
  ];
}

/** What is left at the rates of the last minute, five and fifteen minutes. */
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
