import type { Span } from './snapshot.ts';

/**
 * Records moved over time, in slices of `sliceSeconds` on the database's clock. Slices before `since` were never
 * observed; one that is missing after it moved nothing.
 */
export interface Throughput {
  readonly since: number;
  /** Which slice the first of `slices` is, counted from 1970. */
  readonly first: number;
  readonly slices: readonly number[];
}

export const sliceSeconds = 10;

/** What a rate speaks of, in seconds: long enough to be calm, short enough to notice a stop. */
export const rateWindowSeconds = 60;

const keptSeconds = 3700;

export function emptyThroughput(since: number): Throughput {
  return { since, first: Math.floor(since / sliceSeconds), slices: [] };
}

/** Adds records that were moved evenly over a stretch of time; old slices fall off. */
export function addSpans(throughput: Throughput, spans: readonly Span[], takenAt: number): Throughput {
  if (spans.length === 0) return throughput;
  const oldest = Math.max(throughput.since, takenAt - keptSeconds);
  const first = Math.max(throughput.first, Math.floor(oldest / sliceSeconds));
  const slices = throughput.slices.slice(first - throughput.first);
  for (const span of spans) spread(slices, first, span, oldest, takenAt);
  return { since: throughput.since, first, slices };
}

function spread(slices: number[], first: number, span: Span, oldest: number, newest: number): void {
  const from = Math.min(span.from, newest);
  const to = Math.min(Math.max(span.to, from), newest);
  if (to < oldest) return;
  const length = to - from;
  // What was moved before `oldest` stays out, also of the slice that it lies in: a rate counts no seconds for it.
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

/** Records moved from one slice to another, both included. */
function recordsIn({ first, slices }: Throughput, from: number, to: number): number {
  let records = 0;
  for (let slice = Math.max(from, first); slice <= to; slice++) records += slices[slice - first] ?? 0;
  return records;
}

/**
 * Records a second over the last `windowSeconds`, or over what was observed of it.
 * `null` before anything was observed long enough (a second) to be a rate.
 */
export function recordsPerSecond(throughput: Throughput, takenAt: number, windowSeconds: number): number | null {
  // Whole slices, so that no part of one is counted without the records in it.
  const firstSlice = Math.max(
    Math.floor((takenAt - windowSeconds) / sliceSeconds),
    Math.floor(throughput.since / sliceSeconds),
  );
  const start = Math.max(firstSlice * sliceSeconds, throughput.since);
  const seconds = takenAt - start;
  if (seconds < 1) return null;
  return recordsIn(throughput, firstSlice, Math.floor(takenAt / sliceSeconds)) / seconds;
}

/** The rates of `count` equal stretches of the last `seconds`, oldest first; null for those never observed. */
export function rateHistory(
  throughput: Throughput,
  takenAt: number,
  seconds: number,
  count: number,
): (number | null)[] {
  const width = Math.max(1, Math.round(seconds / count / sliceSeconds));
  const current = Math.floor(takenAt / sliceSeconds);
  return Array.from({ length: count }, (_, index) => {
    // The slice under way is not over: it would always read low. History ends with the last whole one.
    const last = current - 1 - (count - 1 - index) * width;
    const first = last - width + 1;
    if ((last + 1) * sliceSeconds <= throughput.since) return null;
    return recordsIn(throughput, first, last) / (width * sliceSeconds);
  });
}

/** When the rest will be done, in seconds from now: the soonest and the latest that recent rates allow. */
export interface Eta {
  readonly lowSeconds: number;
  readonly highSeconds: number;
}

/** Further away than this is a guess that helps nobody. */
const absurdSeconds = 99 * 86_400;

/** A stretch that went so much slower than now says nothing of what is to come: the work had stopped, or had not begun. */
const idleShare = 0.1;

/**
 * The range in which the rest will be done, from the rates of the last minute, five and fifteen minutes.
 * Absent (null) where nothing moves now, nothing is left, the total is unknown, or the guess would be absurd.
 *
 * @param now the rate of the last minute, where the caller knows it better than this throughput does
 */
export function etaOf(
  throughput: Throughput,
  takenAt: number,
  remaining: number | null,
  now: number | null = recordsPerSecond(throughput, takenAt, rateWindowSeconds),
): Eta | null {
  const observed = takenAt - throughput.since;
  if (remaining === null || remaining <= 0 || now === null || now <= 0 || observed < 5) return null;
  const earlier = [300, 900]
    .filter((window) => observed >= window / 2)
    .map((window) => recordsPerSecond(throughput, takenAt, window) ?? 0)
    .filter((rate) => rate >= now * idleShare);
  const highSeconds = remaining / Math.min(now, ...earlier);
  if (highSeconds > absurdSeconds) return null;
  return { lowSeconds: remaining / Math.max(now, ...earlier), highSeconds };
}
