import type { ForeignStarts } from './foreign-starts.ts';
import { workedSince } from './operation.ts';
import type { PooledWorkers } from './pooled-workers.ts';
import type { UsualReport } from './report-times.ts';
import type { Snapshot } from './snapshot.ts';
import { type ProvenStall, provenStalls, type StallEvidence } from './stalled-operations.ts';
import { type Track, type Tracks, tracksWithId } from './tracks.ts';

/**
 * Facts about single operations that earlier polls found. They stay true while `S` shows other operations: an operation that has
 * the same counter and version after an hour has made no progress in that hour. Totals and rates are of all operations that are
 * shown, so they are not carried.
 */
export interface Carried {
  /** When the last of these polls was, on the database's clock. */
  readonly takenAt: number;
  readonly tracks: Tracks;
  readonly reports: ReadonlyMap<string, UsualReport>;
  readonly named: ReadonlySet<string>;
  readonly pooled: PooledWorkers;
  readonly proven: ReadonlyMap<string, ProvenStall>;
  readonly foreignStarts: ForeignStarts;
}

type Evidence = StallEvidence & Pick<Carried, 'reports' | 'foreignStarts'>;

/** Returns the facts about all operations that were watched: those of the last observation, and those that it does not show. */
export function carriedAfter(before: Carried | null, latest: Evidence | null): Carried | null {
  if (latest === null) return before;
  const tracks = new Map([...(before?.tracks ?? []), ...latest.tracks]);
  return {
    takenAt: latest.snapshot.takenAt,
    tracks,
    reports: new Map([...(before?.reports ?? []), ...latest.reports]),
    foreignStarts: latest.foreignStarts,
    named: new Set([...(before?.named ?? []), ...latest.named]),
    pooled: {
      names: new Map([...(before?.pooled.names ?? []), ...latest.pooled.names]),
      runOf: new Map([...(before?.pooled.runOf ?? []), ...latest.pooled.runOf]),
      runs: new Set([...(before?.pooled.runs ?? []), ...latest.pooled.runs]),
    },
    proven: new Map([...stillProven(before?.proven ?? new Map(), tracks), ...provenStalls(latest, tracks)]),
  };
}

/** The stalls of operations that have made no progress since. */
export function stillProven(
  proven: ReadonlyMap<string, ProvenStall>,
  tracks: Tracks,
): ReadonlyMap<string, ProvenStall> {
  return new Map(
    [...proven].filter(([, { operation, lastProgressAt }]) =>
      tracksWithId(tracks, operation.id).some(
        (track) => track.operation.identity === operation.identity && track.lastProgressAt === lastProgressAt,
      ),
    ),
  );
}

/**
 * The tracks for the first poll of other operations. When an operation made progress while no poll saw it is unknown, and so is
 * when its next report began.
 */
export function carriedTracks({ tracks }: Carried, { operations, takenAt, files }: Snapshot): Tracks {
  const now = new Map(operations.map((operation) => [`${operation.id} ${operation.identity}`, operation]));
  const adapted = (track: Track): Track => {
    const operation = now.get(`${track.operation.id} ${track.operation.identity}`);
    const isSame = operation === undefined || !workedSince(track.operation, operation, { ...track, filesNow: files });
    if (isSame) return track;
    return {
      ...track,
      operation,
      firstSeenAt: takenAt,
      seenAt: takenAt,
      lastProgressAt: null,
      haltedSeconds: 0,
      beganHalted: operation.status !== 'running',
      workingSince: null,
      earlier: null,
      firstGain: null,
    };
  };
  return new Map(
    [...tracks].map(([id, track]) => [
      id,
      track.others === undefined ? adapted(track) : { ...adapted(track), others: track.others.map(adapted) },
    ]),
  );
}
