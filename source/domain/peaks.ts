import { rateWindowSeconds } from './throughput.ts';

/** The highest rates that were shown: of each time, only if no later one is as high. */
export interface Peaks {
  /** Since when polls watch these operations. */
  readonly watchedSince: number;
  /** Oldest and highest first. */
  readonly rates: readonly { readonly at: number; readonly recordsPerSecond: number }[];
}

/** For how long a rate counts, in seconds. */
const keptSeconds = 3600;

/**
 * The highest rates of the last hour after a poll. A rate may cover more than a minute, or include what running batches are
 * expected to have done: the slices of the hour alone would show a lower peak than the rate that was shown. The rates of the first
 * minute are too uncertain to be kept for an hour.
 */
export function peaksAfter(
  before: Peaks | undefined,
  {
    watchedSince,
    takenAt,
    recordsPerSecond,
  }: { watchedSince: number; takenAt: number; recordsPerSecond: number | null },
): Peaks {
  const known = before?.watchedSince === watchedSince ? before.rates : [];
  const isCertain = recordsPerSecond !== null && takenAt - watchedSince >= rateWindowSeconds;
  const kept = known.filter(
    (one) => takenAt - one.at <= keptSeconds && !(isCertain && one.recordsPerSecond <= recordsPerSecond),
  );
  return { watchedSince, rates: isCertain ? [...kept, { at: takenAt, recordsPerSecond }] : kept };
}
