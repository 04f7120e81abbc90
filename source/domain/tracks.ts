import { repeatedIds } from './audited-results.ts';
import { knownOf, type Operation, operationKey } from './operation.ts';
import type { PausedReports } from './paused-reports.ts';
import type { UsualReport, Worked } from './report-times.ts';
import type { Resume } from './resumes.ts';
import type { Snapshot, Span } from './snapshot.ts';

/** The history of one operation while migtop watches it. */
export interface Track {
  readonly operation: Operation;
  /** When it was first seen, and its last progress, on the database's clock; null if no progress was seen. */
  readonly firstSeenAt: number;
  readonly lastProgressAt: number | null;
  /** The worker that had it last, also after it was put back into the queue; null if none is known. */
  readonly lastWorkerId?: number | null;
  /** When a poll read it last, on the database's clock, and the table's files then. */
  readonly seenAt: number;
  readonly files?: string | undefined;
  /** For how many seconds since its last progress (or since it was first seen) it was not running: it was paused, for example. */
  readonly haltedSeconds: number;
  /** Whether it was not running when it was first seen: for how long it was paused before is unknown. */
  readonly beganHalted: boolean;
  /** Its pauses since its start that polls saw; absent if they saw none. */
  readonly watchedPause?: Resume;
  /** The reports of its worker since it is paused; absent without one. */
  readonly pausedReports?: PausedReports;
  /** Since when its worker processes the records of its next report; null if it is not running, or that is unknown. */
  readonly workingSince: number | null;
  /** For how long it worked on that report before it was paused; absent or null if it was not, or if that is unknown. */
  readonly earlier?: Worked | null;
  /** Its first gain that was seen, if it had records before, until its next gain. */
  readonly firstGain: Gain | null;
  /** Its usual report: how many records, and in how many seconds. */
  readonly usualReport: UsualReport | null;
  /** If its batch size was changed since its last report: by how much less it reports from the next report on; at most 1. */
  readonly shrinksBy?: number;
  /** The longest time between two of its last progresses, in seconds; 0 before the second progress. */
  readonly gapSeconds: number;
  /** How far its writer's clock is ahead of the database's, in seconds (a writer in another time zone). */
  readonly writerOffset: number;
  /** The tracks of other operations with the same id. */
  readonly others?: readonly Track[];
}

/** Records that one operation gained. */
export interface Gain extends Span {
  readonly operation: Operation;
  /** Their duration is an estimate: only the next gain of the operation shows it. */
  readonly isFirst: boolean;
  /** Whether the operation had ended when a poll saw it for the first time. */
  readonly isOfEnded: boolean;
  /** The work on these records before the operation was paused. */
  readonly earlier?: Worked | null;
  /** Whether its worker stood still for most of the time since its last report. */
  readonly isLate?: boolean;
}

export type Tracks = ReadonlyMap<number, Track>;

/** The track of an operation; several operations may share its id. */
export function trackFor(
  tracks: Tracks,
  operation: Pick<Operation, 'id' | 'identity'> & Partial<Pick<Operation, 'version'>>,
): Track | undefined {
  return knownOf(sameAs(tracks, operation), operation);
}

/** All tracks, including those of operations that share an id. */
export const everyTrack = (tracks: Tracks): readonly Track[] => [...tracks.values()].flatMap(tracksOfId);

/** The tracks of all operations with this id; mostly one. */
export function tracksWithId(tracks: Tracks, id: number): readonly Track[] {
  const track = tracks.get(id);
  return track === undefined ? [] : tracksOfId(track);
}

/** A track and the others of its id. */
export function tracksOfId(track: Track): readonly Track[] {
  return track.others === undefined ? [track] : [track, ...track.others];
}

/** The tracks of all rows with the same id, phase, table and operation; mostly one. */
function sameAs(tracks: Tracks, { id, identity }: Pick<Operation, 'id' | 'identity'>): readonly Track[] {
  return tracksWithId(tracks, id).filter(({ operation }) => operation.identity === identity);
}

/**
 * The track of each operation. Of rows with the same id, phase, table and operation, those with an unchanged version keep
 * the track of that version; the others get theirs in the order of their records, since counters grow.
 */
export function tracksOf(before: Tracks, snapshot: Snapshot): ReadonlyMap<Operation, Track> {
  const known = new Map<Operation, Track>();
  const repeated = repeatedIds(snapshot.operations);
  const byRecords = (a: Operation, b: Operation): number => (a.recordsProcessed ?? 0) - (b.recordsProcessed ?? 0);
  for (const same of Map.groupBy(snapshot.operations, operationKey).values()) {
    const [first] = same;
    if (first === undefined) continue;
    const tracks = sameAs(before, first);
    // If only one operation has the id, it may have been renamed, or loaded again.
    const renamed =
      tracks.length === 0 && same.length === 1 && !repeated.has(first.id) ? before.get(first.id) : undefined;
    if (renamed !== undefined) known.set(first, renamed);
    const [only] = tracks;
    if (same.length === 1 && tracks.length <= 1) {
      if (only !== undefined) known.set(first, only);
      continue;
    }
    for (const operation of same) {
      const track = tracks.filter((one) => one.operation.version === operation.version);
      if (track.length === 1 && track[0] !== undefined) known.set(operation, track[0]);
    }
    const taken = new Set(known.values());
    const left = tracks.filter((track) => !taken.has(track)).sort((a, b) => byRecords(a.operation, b.operation));
    for (const operation of same.filter((one) => !known.has(one)).sort(byRecords)) {
      const track = left.shift();
      if (track !== undefined) known.set(operation, track);
    }
  }
  return known;
}

/** Adds a track to those of its id. */
export function addTrack(tracks: Map<number, Track>, { others: _, ...track }: Track): void {
  const first = tracks.get(track.operation.id);
  tracks.set(track.operation.id, first === undefined ? track : { ...first, others: [...(first.others ?? []), track] });
}
