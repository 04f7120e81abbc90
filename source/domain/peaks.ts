import { rateWindowSeconds } from './throughput.ts';

/** The highest rates that were shown: of each time, only if no later one is as high. */
export interface Peaks {
  /** Oldest and highest first. */
  readonly rates: readonly { readonly at: number; readonly recordsPerSecond: number }[];
}

/** For how long a rate counts, in seconds. */
const keptSeconds = 3600;

/**
 * The highest rates of the last hour after a poll. A rate may cover more than a minute, or include what running batches are
 * expected to have done: the slices of the hour alone would show a lower peak than the rate that was shown. The rates of the first
 * minute are too uncertain to be kept for an hour. They stay when rates start over.
 */
export function peaksAfter(
  before: Peaks | undefined,
  {
    watchedSince,
    takenAt,
    recordsPerSecond,
  }: { watchedSince: number; takenAt: number; recordsPerSecond: number | null },
): Peaks {
  const isCertain = recordsPerSecond !== null && takenAt - watchedSince >= rateWindowSeconds;
  const kept = (before?.rates ?? []).filter(
    (one) => takenAt - one.at <= keptSeconds && !(isCertain && one.recordsPerSecond <= recordsPerSecond),
  );
  // The clock may have been set back.
  const past = kept.map((one) => (one.at > takenAt ? { ...one, at: takenAt } : one));
  return { rates: isCertain ? [...past, { at: takenAt, recordsPerSecond }] : past };
}

/** The highest rates of both: the later ones are of a part of the operations that the earlier ones are of. */
export function joinedPeaks(earlier: Peaks | null, later: Peaks | null): Peaks | null {
  if (earlier === null || later === null) return earlier ?? later;
  const highest = later.rates[0]?.recordsPerSecond ?? 0;
  return { rates: [...earlier.rates.filter((one) => one.recordsPerSecond > highest), ...later.rates] };
}
