import type { Phase } from './operation.ts';
import { everyTrack, type Tracks } from './tracks.ts';

/** In each phase the earliest start that a writer in another time zone wrote, as far as it shows in the rows that polls watched. */
export type ForeignStarts = ReadonlyMap<Phase, number>;

/** @param before those of earlier polls: the row may have ended since */
export function foreignStarts(before: ForeignStarts | null, tracks: Tracks): ForeignStarts {
  const starts = new Map(before);
  for (const { writerOffset, operation } of everyTrack(tracks)) {
    const { phase, startedAt } = operation;
    if (writerOffset === 0 || startedAt === null) continue;
    starts.set(phase, Math.min(starts.get(phase) ?? startedAt, startedAt));
  }
  return before !== null && starts.size === before.size && [...starts].every(([phase, at]) => before.get(phase) === at)
    ? before
    : starts;
}

/** Whether the start of a phase is one that a writer in another time zone wrote: nobody knows how long the phase has lasted. */
export function beganElsewhere(starts: ForeignStarts, phase: Phase, startedAt: number | null): boolean {
  return startedAt !== null && Math.abs(startedAt - (starts.get(phase) ?? Number.POSITIVE_INFINITY)) < 0.001;
}
