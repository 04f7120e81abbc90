import { largest, smallest } from '../domain/extremes.ts';
import type { Phase } from '../domain/operation.ts';
import type { WatchedEvent } from '../domain/watched-events.ts';
import { count, duration } from './figures.ts';

/** How long it is said that work was added, in seconds: the percentage of before is remembered for about as long. */
const shownSeconds = 3600;

/** Additions this many seconds apart or more are not said as one. */
const apartSeconds = 60;

/**
 * Why the percentage of a phase fell in the last hour: `600k records added 4m 05s ago`; '' if nothing was added. Of several additions
 * the sum, with the age of the last one, or if they lie apart: `1.28M records added in the last 20 min`.
 */
export function addedNote(events: readonly WatchedEvent[], phase: Phase | null, takenAt: number): string {
  const added = events.flatMap(({ what, at }) =>
    what.kind === 'added' && what.phase === phase && what.of === 'records' && at !== null && takenAt - at < shownSeconds
      ? [{ records: what.to - what.from, at }]
      : [],
  );
  const records = added.reduce((sum, one) => sum + one.records, 0);
  if (records <= 0) return '';
  const times = added.map(({ at }) => at);
  const [first, last] = [smallest(times), largest(times)];
  if (last - first >= apartSeconds)
    return `${count(records, 5)} records added in the last ${Math.ceil((takenAt - first) / 60)} min`;
  return `${count(records, 5)} records added ${duration(Math.max(0, Math.floor(takenAt - last)))} ago`;
}
