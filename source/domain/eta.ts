import { type BatchesEnd, type BatchesLeft, endByBatches } from './batches-left.ts';
import { coursesOf, type Point } from './courses.ts';
import { largest, smallest } from './extremes.ts';
import { type RateSlice, recordsPerSecond, visitRunning } from './rates.ts';
import { type Busy, jointPlans, lastEndOf, type TablePlans, type WorkPlan } from './schedule.ts';
import { sum } from './sum.ts';
import { gapSecondsOf, isProgressing, meanAtWork, rateWindowSeconds, type Throughput } from './throughput.ts';

/** The earliest and the latest end that the rates up to now predict, in seconds from now. */
export interface Eta {
  readonly lowSeconds: number;
  readonly highSeconds: number;
  /** The table that alone makes the latest end so late; absent if none does. */
  readonly lastTable?: string;
  /** Whether the ETA that was shown before it was vague: then it stays so for a while. */
  readonly wasVague?: boolean;
}

/** A range is vague from this many seconds on if its latest end is this many times as far away as its earliest one. */
const vagueSeconds = 300;
const vagueTimes = 4;

/** A range that was vague stays so down to this share of these limits: its text does not change its form from poll to poll. */
const vagueShare = 0.7;

/** Whether an ETA says little about its earliest end: that it may be over in a minute says nothing. */
export function isVague({ lowSeconds, highSeconds, wasVague = false }: Eta): boolean {
  const share = wasVague ? vagueShare : 1;
  return (
    highSeconds - lowSeconds >= share * vagueSeconds && highSeconds >= share * vagueTimes * Math.max(0, lowSeconds)
  );
}

export interface EtaOptions {
  readonly throughput: Throughput;
  readonly takenAt: number;
  /** How many records are left; null if unknown. */
  readonly remaining: number | null;
  /** The fewest records that may be left, if the total may be too high (domain/fewest-records.ts). */
  readonly fewest?: number;
  /** The time until the last worker ends, as a multiple of the time if all ended at once (domain/left.ts). */
  readonly unevenness?: Unevenness;
  /** How the operations of each table may go on, if that is known (domain/own-works.ts): then the time of each is known. */
  readonly plans?: readonly TablePlans[] | null;
  /** The open batches by the time that batches take, if it is known. */
  readonly batches?: BatchesLeft | null;
  /** When each running batch will end, if nothing else is left. */
  readonly last?: readonly Busy[] | null;
  /** How many records were done before; if it is unknown, those of the throughput. */
  readonly done?: number;
  /** How the workers report, if it is known more precisely than by the throughput. */
  readonly reporting?: Reporting | null;
  /** The rate of the last minute, if the polls know it more precisely than this throughput. */
  readonly now?: number | null;
  /** Whether the current batch of a running operation has not taken longer than usual. */
  readonly isDue?: boolean;
  /** Whether the throughput is that of several tables. */
  readonly isMixed?: boolean;
  /** Whether the throughput is the mean of a time, which is one point. */
  readonly isMean?: boolean;
  /** Since when workers are paused that were at work before: only the others go on. */
  readonly stoppedSince?: number | null;
  /** The minimum margin of the range, if the rate is less certain than usual. */
  readonly margin?: number;
}

/** The least and the most that a time may be longer, as a factor. */
export interface Unevenness {
  readonly least: number;
  readonly most: number;
}

export const even: Unevenness = { least: 1, most: 1 };

/** How the workers report. */
export interface Reporting {
  /** In how many seconds all workers together report once. */
  readonly gapSeconds: number;
  /** How much later the last batch ends than if all workers ended at once. */
  readonly lastSeconds: number;
}

/** How much later the last of some batches ends, by the seconds that each takes: they end one after the other. */
export function lastBatchSeconds(batchSeconds: readonly number[]): number {
  return batchSeconds.length === 0 ? 0 : sum(batchSeconds) / batchSeconds.length - gapOf(batchSeconds);
}

/** In how many seconds one of several workers reports, by the seconds of each. */
export const gapOf = (seconds: readonly number[]): number => 1 / sum(seconds.map((one) => 1 / one));

/** An ETA further away than this many seconds is not shown. */
const longestEtaSeconds = 99 * 86_400;

/** A slice with less than this share of the current rate is left out: the work had stopped, or had not begun. */
const idleShare = 0.1;

/** The minimum margin of the range, as a share of the estimate: before it and after it. */
const leastMarginBefore = 0.07;
const leastMarginAfter = 0.08;

/** If the reports differ so much that the margin is larger than the time itself, this share of it is the earliest end. */
const leastBefore = 0.1;
const shareBefore = (margin: number): number => Math.max(leastBefore, 1 - margin);

/** How many standard deviations the range includes. */
const deviations = 1.5;

/** How far the time of one report of a batch is from the mean, squared, as a share of it: few of them show the speed of its worker. */
const batchVariance = 0.25 ** 2;

/**
 * How far the rate of the first seconds may be from the mean, as a share of it. If nothing is known of the time before, the rate is
 * better than the records of these seconds: the first report includes records of earlier ones.
 */
const briefDeviation = 0.2;

/** The minimum seconds of a point, and how many reports it has at least. */
const pointSeconds = 30;
const pointReports = 2;

/**
 * The range of time in which the work will end: by each of the ways in which it may go on (`coursesOf`), with a margin for what
 * the reports do not show. Time in which nothing was running or nothing progressed is left out.
 *
 * Null if nothing progresses now, nothing is left, the total is unknown, or the end is more than 99 days away.
 */
export function etaOf({ throughput, takenAt, remaining, ...given }: EtaOptions): Eta | null {
  if (remaining === null || remaining <= 0 || !isProgressing(throughput, takenAt, given.isDue)) return null;
  const now = given.now ?? recordsPerSecond(throughput, takenAt, rateWindowSeconds);
  if (now === null || now <= 0) return null;
  const plans = jointPlans(given.plans ?? []);
  if (plans.length > 0) return etaByPlans(plans, given.margin ?? 0);
  const { last: busy = null } = given;
  if (busy !== null && busy.length > 0)
    return etaByPlans([{ busy, waiting: [], variance: batchVariance }], given.margin ?? 0);
  const reporting = given.reporting ?? reportingBy(throughput);
  const leastSeconds = Math.max(pointSeconds, pointReports * reporting.gapSeconds);
  const points = pointsOf(throughput, takenAt, now, given.isMean === true ? Number.POSITIVE_INFINITY : leastSeconds);
  const done = given.done ?? sum(points.map(({ records }) => records));
  const [newest] = points;
  // Only of workers that are known to report often: a start on another clock makes a report as long as the clocks are apart.
  const isBrief =
    newest !== undefined &&
    points.length === 1 &&
    newest.seconds < pointSeconds / 2 &&
    given.reporting != null &&
    leastSeconds === pointSeconds &&
    given.isMean !== true;
  // The points are still those of the workers that are paused now; the rate is not.
  const isStopped = takenAt - (given.stoppedSince ?? Number.NEGATIVE_INFINITY) < rateWindowSeconds;
  const deviation = newest === undefined ? leastMarginAfter : isBrief || isStopped ? briefDeviation : null;
  const courses =
    deviation !== null
      ? [{ seconds: remaining / now, deviation }]
      : coursesOf(points, {
          done,
          remaining,
          gapSeconds: Math.max(1, reporting.gapSeconds),
          isMixed: given.isMixed === true,
        });
  const few = Math.min(1, (given.fewest ?? remaining) / remaining);
  const uneven = given.unevenness ?? even;
  const unevenness = isStopped ? uneven : withEnded(uneven, throughput, takenAt);
  const marginOf = (least: number, deviation: number): number =>
    Math.max(Math.hypot(least, deviations * deviation), given.margin ?? 0);
  const atPeak = isStopped ? 0 : remaining * secondsAtPeak(points);
  const low = Math.min(
    ...courses.map(({ seconds, deviation }) => {
      const before = seconds * shareBefore(marginOf(leastMarginBefore, deviation));
      return few * unevenness.least * Math.max(before, Math.min(seconds, atPeak) * (1 - leastMarginBefore));
    }),
  );
  const high = Math.max(
    ...courses.map(({ seconds, deviation }) => unevenness.most * seconds * (1 + marginOf(leastMarginAfter, deviation))),
  );
  // The last batches end one after the other, and the last reports arrive in steps.
  const { gapSeconds, lastSeconds } = reporting;
  const step = Math.min(gapSeconds, high);
  const byBatches = endByBatches(given.batches ?? null);
  const byRecords = { low: Math.max(low - step / 2, low / 10), high: high + lastSeconds + step / 2 + 1 };
  const { low: lowSeconds, high: highSeconds } = joined(byRecords, byBatches);
  return highSeconds > longestEtaSeconds || !(lowSeconds > 0) ? null : { lowSeconds, highSeconds };
}

interface Ends {
  readonly low: number;
  readonly high: number;
}

/** The ends by records, and by batches if those may be right too, or are. */
function joined(byRecords: Ends, byBatches: BatchesEnd | null): Ends {
  if (byBatches === null) return byRecords;
  if (byBatches.isProven) return byBatches;
  return { low: Math.min(byRecords.low, byBatches.low), high: Math.max(byRecords.high, byBatches.high) };
}

/**
 * The time of a record in the fastest of the points; 0 if they are too few to show how fast the work can be. An end is not earlier than that
 * of the records left at this speed, however much the points differ.
 */
function secondsAtPeak(points: readonly Point[]): number {
  return points.length < peakPoints ? 0 : smallest(points.map(({ seconds, records }) => seconds / records));
}

const peakPoints = 4;

/** The ETA by the ends of the last operations, each at the speed of its worker and its place in the table. */
function etaByPlans(plans: readonly WorkPlan[], margin: number): Eta | null {
  const marginOf = (least: number, deviation: number): number =>
    Math.max(Math.hypot(least, deviations * deviation), margin);
  const ends = plans.flatMap((plan) => lastEndOf(plan) ?? []);
  const low = smallest(
    plans.flatMap((plan) => {
      const end = lastEndOf(plan, 'fewest');
      return end === null ? [] : [end.seconds * shareBefore(marginOf(leastMarginBefore, end.deviation))];
    }),
  );
  const high = largest(
    ends.map(({ seconds, deviation, later }) => seconds * (1 + later + marginOf(leastMarginAfter, deviation))),
  );
  const step = Math.min(high, largest(ends.map(({ gapSeconds }) => gapSeconds))) / 2;
  const lowSeconds = Math.max(low - step / 2, low / 10);
  const highSeconds = high + step / 2 + 1;
  return highSeconds > longestEtaSeconds || !(lowSeconds > 0) ? null : { lowSeconds, highSeconds };
}

/**
 * The unevenness among the workers that are at work now: those that ended their last operation in the last minute do no more
 * work.
 */
function withEnded(unevenness: Unevenness, { atWork }: Throughput, takenAt: number): Unevenness {
  const now = atWork.at(-1)?.operations ?? 0;
  const since = Math.max(atWork[0]?.from ?? takenAt, takenAt - rateWindowSeconds);
  if (unevenness.most <= 1 || now === 0) return unevenness;
  return { ...unevenness, most: unevenness.most * Math.max(1, meanAtWork(atWork, since, takenAt) / now) };
}

function reportingBy(throughput: Throughput): Reporting {
  return { gapSeconds: gapSecondsOf(throughput), lastSeconds: 0 };
}

/** The points of a throughput, the newest first. Slices without progress are left out. */
export function pointsOf(throughput: Throughput, takenAt: number, now: number, leastSeconds: number): Point[] {
  const points: Point[] = [];
  let behind = 0;
  let records = 0;
  let seconds = 0;
  let worked = 0;
  const close = (): void => {
    if (records > 0 && worked > 0) points.push({ at: -behind - records / 2, records, seconds: worked });
    behind += records;
    records = 0;
    seconds = 0;
    worked = 0;
  };
  const workers = workersOf(throughput, takenAt);
  const { watchedSince } = throughput;
  visitRunning(throughput, takenAt, (whole) => {
    let slice = whole;
    if (whole.from < watchedSince && watchedSince < whole.to) {
      // Before the first poll, nobody may have seen what was processed: this slice counts only if there are few others.
      if (points.length > 0 || seconds >= leastSeconds / 2) {
        behind += whole.records;
        return false;
      }
      slice = { ...whole, from: watchedSince, seconds: Math.min(whole.seconds, whole.to - watchedSince) };
    }
    if (slice.records < now * idleShare * slice.seconds && !(seconds === 0 && points.length === 0)) return false;
    records += slice.records;
    seconds += slice.seconds;
    worked += slice.seconds * workers(slice);
    if (seconds >= leastSeconds) close();
    return false;
  });
  if (seconds >= leastSeconds / 2 || points.length === 0) close();
  return points;
}

/** How many workers were at work in a slice, as a multiple of those of the last minute. */
function workersOf({ atWork }: Throughput, takenAt: number): (slice: RateSlice) => number {
  const since = atWork[0]?.from ?? takenAt;
  // After a pause or a standstill, those that have come back.
  const now = Math.max(
    meanAtWork(atWork, Math.max(since, takenAt - rateWindowSeconds), takenAt),
    atWork.at(-1)?.operations ?? 0,
  );
  if (!(now > 0)) return () => 1;
  // Before the first polls, as many as in the first minutes.
  const first = meanAtWork(atWork, since, Math.min(takenAt, since + firstSeconds));
  return ({ from, to }) => {
    if (to <= from) return 1;
    const known = Math.max(0, to - Math.max(from, since));
    const before = to - from - known;
    return (first * before + meanAtWork(atWork, to - known, to) * known) / (to - from) / now;
  };
}

const firstSeconds = 300;
