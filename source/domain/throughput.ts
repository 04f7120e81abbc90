import type { Pause } from './resumes.ts';
import type { Span } from './snapshot.ts';

/**
 * Records processed over time, in slices of `sliceSeconds` on the database's clock. Slices before `since` were not observed;
 * in a missing slice after it nothing was processed.
 */
export interface Throughput {
  readonly since: number;
  /** The number of the first of `slices`, counted from 1970. */
  readonly first: number;
  readonly slices: readonly number[];
  /** When nothing was running, oldest first. Rates leave this time out. */
  readonly pauses: readonly WatchedPause[];
  /** The partial pause that lasts; absent if there is none. */
  readonly partialPause?: PartialPause;
  /** Since when polls watch it; `since` may be earlier, if the table has data of the time before. */
  readonly watchedSince: number;
  /** The last progress that a poll saw; null if none did. */
  readonly progressAt: number | null;
  /** The last progress by operations alone that no poll saw running; null if there is none. */
  readonly unseenAt: number | null;
  /** The seconds between its last progresses, the newest last. */
  readonly gaps: readonly number[];
  /** How many operations were at work, each time from the moment when that changed, oldest first. */
  readonly atWork: readonly AtWork[];
  /** The reports that polls saw during the last minute of these polls, oldest first. */
  readonly reports: readonly Reports[];
}

/** A time in which nothing was running. */
export interface WatchedPause extends Pause {
  /** Whether an operation was paused, and whether one ran again after that; absent between two operations, for example. */
  readonly by?: 'paused' | 'resumed';
  /** How many records a second those processed that went on in a pause of most; absent of other pauses. */
  readonly others?: number;
}

/** How many operations gained records between two polls, and how many records. */
export interface Reports {
  readonly from: number;
  readonly to: number;
  readonly operations: number;
  readonly records: number;
}

/** How many operations are at work since `from`: those that run and whose next report is not late. */
export interface AtWork {
  readonly from: number;
  readonly operations: number;
}

/** The time since most operations that had begun are paused, while a few go on (domain/partial-pause.ts). */
export interface PartialPause {
  readonly from: number;
  /** How many went on at most. */
  readonly running: number;
  /** The most operations that were paused, of all tables. */
  readonly halted: number;
  /** The records of the slice of `from` when it began. */
  readonly recordsBefore: number;
}

export const sliceSeconds = 10;

/** The time span of a rate, in seconds: long enough to be steady, short enough to show a stop. */
export const rateWindowSeconds = 60;

/** How much running time is kept, and how much paused time, in seconds. */
const keptSeconds = 3700;
const keptPausedSeconds = 12 * 3600;
const keptPauses = 100;
const keptGaps = 6;
const keptAtWork = 300;

/** After how many usual gaps, and minimum seconds, without records there is no progress any more. */
const overdueGaps = 1.6;
const overdueSeconds = 10;

/**
 * Returns a throughput without records.
 *
 * @param since from this moment on, in seconds, all progress is known
 * @param watchedSince since when polls watch it
 */
export function emptyThroughput(since: number, watchedSince = since): Throughput {
  return {
    since,
    first: Math.floor(since / sliceSeconds),
    slices: [],
    pauses: [],
    watchedSince,
    progressAt: null,
    unseenAt: null,
    gaps: [],
    atWork: [],
    reports: [],
  };
}

/** The throughput since an earlier moment. */
export function widened(known: Throughput | undefined, since: number): Throughput {
  const empty = emptyThroughput(since);
  if (known === undefined) return empty;
  const missing = Array.from({ length: Math.max(0, known.first - empty.first) }, () => 0);
  return { ...known, since, first: empty.first, slices: [...missing, ...known.slices] };
}

/**
 * Records how many operations are at work from now on.
 *
 * @param stopped since when operations have not been at work that counted until now, and have stalled
 */
export function working(
  throughput: Throughput,
  operations: number,
  takenAt: number,
  stopped: readonly number[] = [],
): Throughput {
  const whole = withoutStalled(throughput, stopped);
  const { atWork } = whole;
  if (atWork.at(-1)?.operations === operations) return whole;
  return { ...whole, atWork: [...atWork, { from: takenAt, operations }].slice(-keptAtWork) };
}

function withoutStalled(throughput: Throughput, since: readonly number[]): Throughput {
  let { atWork } = throughput;
  for (const stop of since)
    atWork = atWork.flatMap((one, index): AtWork[] => {
      if ((atWork[index + 1]?.from ?? Number.POSITIVE_INFINITY) <= stop) return [one];
      const less = { from: Math.max(one.from, stop), operations: Math.max(0, one.operations - 1) };
      return one.from < stop ? [one, less] : [less];
    });
  return since.length === 0 ? throughput : { ...throughput, atWork: atWork.slice(-keptAtWork) };
}

/** How many operations were at work from one moment to another, on average. */
export function meanAtWork(atWork: readonly AtWork[], from: number, to: number): number {
  let sum = 0;
  let until = to;
  for (let index = atWork.length - 1; index >= 0 && until > from; index--) {
    const one = atWork[index];
    const since = Math.max(from, one?.from ?? from);
    if (since >= until) continue;
    sum += (one?.operations ?? 0) * (until - since);
    until = since;
  }
  return to > from ? sum / (to - from) : (atWork.at(-1)?.operations ?? 0);
}

/** Adds records, evenly over the time of each span; old slices are dropped. */
export function addSpans(throughput: Throughput, spans: readonly Span[], takenAt: number): Throughput {
  if (spans.length === 0) return throughput;
  const paused = Math.min(
    keptPausedSeconds,
    throughput.pauses.reduce((seconds, { from, to }) => seconds + to - from, 0),
  );
  const oldest = Math.max(throughput.since, takenAt - keptSeconds - paused);
  const first = Math.max(throughput.first, Math.floor(oldest / sliceSeconds));
  const slices = throughput.slices.slice(first - throughput.first);
  for (const span of spans) spread(slices, first, span, oldest, takenAt);
  return { ...throughput, first, slices };
}

/**
 * Records a progress: the gap before it shows when the next one is overdue.
 *
 * @param operations how many operations reported, and `records` their records
 */
export function progressed(throughput: Throughput, takenAt: number, operations = 0, records = 0): Throughput {
  const from = throughput.progressAt ?? throughput.watchedSince;
  const gap = secondsRunning(throughput, from, takenAt);
  return {
    ...throughput,
    progressAt: takenAt,
    gaps: [...throughput.gaps.slice(1 - keptGaps), gap],
    reports: [
      ...throughput.reports.filter(({ to }) => to > takenAt - rateWindowSeconds),
      { from, to: takenAt, operations, records },
    ],
  };
}

/** The longest usual time between two progresses, in seconds: one stop among several gaps is not usual. */
export function gapSecondsOf({ gaps }: Pick<Throughput, 'gaps'>): number {
  let longest = 0;
  let second = 0;
  for (const gap of gaps) {
    second = Math.max(second, Math.min(gap, longest));
    longest = Math.max(longest, gap);
  }
  return gaps.length < 3 ? longest : second;
}

/** Records that nothing was running from one poll to the next. @param isPaused whether an operation was paused */
export function paused(throughput: Throughput, from: number, to: number, isPaused = false): Throughput {
  const last = throughput.pauses.at(-1);
  const by = isPaused ? ({ by: 'paused' } as const) : {};
  if (last !== undefined && from <= last.to && last.by === by.by)
    return { ...throughput, pauses: throughput.pauses.with(-1, { from: last.from, to, ...by }) };
  return { ...throughput, pauses: [...throughput.pauses, { from, to, ...by }].slice(-keptPauses) };
}

/** Records that an operation runs: if it was paused before, it was resumed. */
export function resumed(throughput: Throughput): Throughput {
  const last = throughput.pauses.at(-1);
  if (last?.by !== 'paused') return throughput;
  return { ...throughput, pauses: throughput.pauses.with(-1, { ...last, by: 'resumed' }) };
}

/**
 * Whether there is progress now: nothing is paused, and the next progress is not overdue.
 *
 * @param isDue whether the current batch of a running operation has not taken longer than usual
 */
export function isProgressing(throughput: Throughput, takenAt: number, isDue = false): boolean {
  const { progressAt, pauses } = throughput;
  // After a resume, a poll must see progress again.
  if (progressAt === null || (pauses.at(-1)?.to ?? Number.NEGATIVE_INFINITY) >= progressAt) return false;
  return (
    isDue ||
    secondsRunning(throughput, progressAt, takenAt) <= Math.max(overdueSeconds, overdueGaps * gapSecondsOf(throughput))
  );
}

/** Seconds between two moments without the pauses. */
export function secondsRunning({ pauses }: Pick<Throughput, 'pauses'>, from: number, to: number): number {
  let seconds = to - from;
  for (const pause of pauses) seconds -= Math.max(0, Math.min(to, pause.to) - Math.max(from, pause.from));
  return Math.max(0, seconds);
}

/** The records of the slice in which a moment is. */
export function recordsOfSlice({ first, slices }: Pick<Throughput, 'first' | 'slices'>, at: number): number {
  return slices[Math.floor(at / sliceSeconds) - first] ?? 0;
}

function spread(slices: number[], first: number, span: Span, oldest: number, newest: number): void {
  const from = Math.min(span.from, newest);
  const to = Math.min(Math.max(span.to, from), newest);
  if (to < oldest) return;
  const length = to - from;
  // Records before `oldest` are left out, also in its own slice: a rate counts no seconds for them.
  const begin = Math.max(from, oldest);
  const firstSlice = Math.floor(begin / sliceSeconds);
  const lastSlice = Math.floor(to / sliceSeconds);
  for (let slice = firstSlice; slice <= lastSlice; slice++) {
    const start = Math.max(begin, slice * sliceSeconds);
    const end = Math.min(to, (slice + 1) * sliceSeconds);
    const share = length === 0 ? 1 : (end - start) / length;
    if (share <= 0) continue;
    while (slices.length <= slice - first) slices.push(0);
    slices[slice - first] = (slices[slice - first] ?? 0) + span.records * share;
  }
}
