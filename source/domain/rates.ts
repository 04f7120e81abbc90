import {
  meanAtWork,
  rateWindowSeconds,
  secondsRunning,
  sliceSeconds,
  type Throughput,
  type WatchedPause,
} from './throughput.ts';

/** The time span of a rate, in seconds: at least four times that of a report or a batch. */
export const windowOf = (seconds: number): number => Math.max(rateWindowSeconds, 4 * seconds);

/** Minimum time span of a rate in seconds. */
const shortestRateSeconds = 0.4;

/** Records a second, and over how many seconds they are the mean. */
export interface Rate {
  readonly recordsPerSecond: number;
  readonly seconds: number;
}

/** One slice: its records, and how many of its seconds were observed and not paused. */
export interface RateSlice {
  readonly from: number;
  readonly to: number;
  readonly records: number;
  readonly seconds: number;
}

/**
 * Visits the slices that were running, the newest first, including the current one. (A generator would make an object more for each.)
 *
 * @param visit returns whether that is enough
 */
export function visitRunning(throughput: Throughput, takenAt: number, visit: (slice: RateSlice) => boolean): void {
  const { since, first, slices, pauses } = throughput;
  const oldest = Math.max(Math.floor(since / sliceSeconds), slices.length === 0 ? Number.NEGATIVE_INFINITY : first);
  let pause = pauses.length - 1;
  for (let slice = Math.floor(takenAt / sliceSeconds); slice >= oldest; slice--) {
    const start = Math.max(since, slice * sliceSeconds);
    const end = Math.min(takenAt, (slice + 1) * sliceSeconds);
    while (pause >= 0 && (pauses[pause]?.from ?? 0) >= end) pause--;
    const before = pauses[pause];
    if (before !== undefined && before.from <= start && before.to >= end) continue;
    const seconds = before !== undefined && before.to > start ? secondsRunning(throughput, start, end) : end - start;
    const records = Math.max(
      0,
      (slices[slice - first] ?? 0) - (before === undefined ? 0 : othersIn(before, start, end)),
    );
    if ((seconds > 0 || records > 0) && visit({ from: start, to: end, records, seconds })) return;
  }
}

/** The records between two moments of those that went on in a pause of most. */
function othersIn({ from, to, others }: WatchedPause, start: number, end: number): number {
  return others === undefined ? 0 : others * Math.max(0, Math.min(end, to) - Math.max(start, from));
}

/** Returns the records a second of `rateOver`. */
export function recordsPerSecond(throughput: Throughput, takenAt: number, windowSeconds: number): number | null {
  return rateOver(throughput, takenAt, windowSeconds)?.recordsPerSecond ?? null;
}

/**
 * Records a second over the last `windowSeconds` of running time, or over the observed time in it. Over more than a minute, it
 * is the mean of one operation times how many were at work in the last minute: these may have become more or fewer.
 * It does not reach back beyond a time in which nothing was at work.
 * `null` before the minimum time span was observed; 0 during a pause.
 *
 * @param isOfSame whether the records are those of the workers that are at work now alone
 */
export function rateOver(
  throughput: Throughput,
  takenAt: number,
  windowSeconds: number,
  isOfSame = false,
): Rate | null {
  let seconds = 0;
  let records = 0;
  const slices: RateSlice[] = [];
  let hasResumed = false;
  // Only whole slices: the records within a slice have no more precise time.
  visitRunning(throughput, takenAt, (slice) => {
    if (records > 0 && isIdle(throughput, slice)) {
      // Work that has started again since has its own rate. It began within the slice before this one.
      hasResumed = true;
      const first = slices.at(-1);
      if (first !== undefined && seconds - first.seconds >= rateWindowSeconds / 2) {
        slices.pop();
        seconds -= first.seconds;
        records -= first.records;
      }
      return true;
    }
    seconds += slice.seconds;
    records += slice.records;
    slices.push(slice);
    return seconds >= windowSeconds;
  });
  if ((throughput.pauses.at(-1)?.to ?? Number.NEGATIVE_INFINITY) >= takenAt) return { recordsPerSecond: 0, seconds };
  if (seconds < shortestRateSeconds) return null;
  // The first report after a standstill includes records of a time for which nothing seemed to be at work.
  const factor = windowSeconds > rateWindowSeconds && !hasResumed && !isOfSame ? growth(throughput, slices) : 1;
  return { recordsPerSecond: (records / seconds) * factor, seconds };
}

/** Whether nothing was at work in a slice: all operations had stalled. (Nobody sees when rows begin that are written when they have ended.) */
function isIdle({ atWork, unseenAt }: Throughput, { from, to, records }: RateSlice): boolean {
  if (records > 0 || unseenAt !== null || to - from < sliceSeconds) return false;
  return (atWork[0]?.from ?? Number.POSITIVE_INFINITY) <= from && meanAtWork(atWork, from, to) === 0;
}

/** How many operations were at work in the last minute of running time, as a multiple of those in all of these slices. */
function growth({ atWork }: Throughput, slices: readonly RateSlice[]): number {
  const known = atWork[0]?.from ?? Number.POSITIVE_INFINITY;
  let seconds = 0;
  let worked = 0;
  let last: number | null = null;
  for (const slice of slices) {
    if (slice.from < known) return 1;
    seconds += slice.seconds;
    // Nothing was at work in the paused part of a slice. The first report after a standstill shows that one was that seemed not to be.
    const mean = meanAtWork(atWork, slice.from, slice.to);
    worked += (mean === 0 && slice.records > 0 ? 1 : mean) * (slice.to - slice.from);
    if (last === null && seconds >= rateWindowSeconds) last = worked / seconds;
  }
  return last === null || worked <= 0 ? 1 : last / (worked / seconds);
}
