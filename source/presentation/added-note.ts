import type { Phase } from '../domain/operation.ts';
import type { WatchedEvent } from '../domain/watched-events.ts';
import { count, duration } from './figures.ts';

/** How long it is said that work was added, in seconds: the percentage of before is remembered for about as long. */
const shownSeconds = 3600;

/**
 * Why the percentage of a phase fell in the last hour: `600k records added 4m 05s ago`; '' if nothing was added. Of several additions
 * the sum, and the age of the last one.
 */
export function addedNote(events: readonly WatchedEvent[], phase: Phase | null, takenAt: number): string {
  const added = events.flatMap(({ what, at }) =>
    what.kind === 'added' && what.phase === phase && what.of === 'records' && at !== null && takenAt - at < shownSeconds
      ? [{ records: what.to - what.from, at }]
      : [],
  );
  const records = added.reduce((sum, one) => sum + one.records, 0);
  if (records <= 0) return '';
  const last = Math.max(...added.map(({ at }) => at));
  return `${count(records, 5)} records added ${duration(Math.max(0, Math.floor(takenAt - last)))} ago`;
}
