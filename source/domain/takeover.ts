import type { BulkPlan, Change } from './bulk-actions.ts';
import { hasMark } from './mark.ts';
import { type Observation, usualGap } from './observation.ts';
import { isLive, type Operation, operationKey, type Status } from './operation.ts';
import { sessionsIn } from './sessions.ts';
import { hasLostWorker, stallsOf } from './stalled-operations.ts';
import { standingStillOf } from './standing-still.ts';
import { stillSeconds } from './still-seconds.ts';
import { trackFor } from './tracks.ts';
import { withoutPauses } from './unexplained-time.ts';

/** Whether the worker of an operation is known to be dead or alive, before a take over. */
export type TakeOver =
  /** Its worker named its connections, is not behind a pooler, and has no connection now. */
  | { readonly kind: 'dead' }
  /** Nothing proves that it is dead, nor that it is alive. */
  | {
      readonly kind: 'unproven';
      readonly why: string;
      /** After how many more seconds without progress and without a connection it is proven that it is dead; absent if never. */
      readonly provenInSeconds?: number;
    }
  | { readonly kind: 'alive'; readonly why: string }
  | { readonly kind: 'wrong status'; readonly status: Status };

/** For how many seconds `migtop takeover` watches without `--timeout` whether a worker is dead. */
export const watchesSeconds = 600;

/** A worker that reported less than this many of its usual gaps ago is alive, and at least this many seconds. */
const aliveGaps = 3;
const aliveSeconds = 15;

/** A worker that has lost its connection is dead after this many usual gaps without progress, and at least `aliveSeconds`. */
const deadGaps = 2;
/** A worker whose batches take an unknown time counts as dead after this many seconds without progress. */
const unknownBatchSeconds = 600;

/**
 * Judges by the polls whether an operation can be taken into the queue again without two workers running it. A worker that
 * migtop/worker does not name may always be alive.
 */
export function judgeTakeOver(observation: Observation, operation: Operation): TakeOver {
  const { status } = operation;
  if (!isLive(status)) return { kind: 'wrong status', status };
  const { snapshot, tracks, memo } = observation;
  const sessions = memo(sessionsIn, snapshot)(operation);
  const [own] = sessions ?? [];
  if (own !== undefined) return alive(`its worker is connected (pid ${own.pid})`);
  const { session } = standingStillOf(observation, operation);
  if (session !== null) {
    const name = session.application === null ? '' : ` ${session.application}`;
    return alive(`a session works on it (pid ${session.pid}${name})`);
  }
  const track = trackFor(tracks, operation);
  if (track !== undefined && track.lastProgressAt !== null) {
    const seconds = stillSeconds(track, snapshot.takenAt);
    const gap = usualGap(observation, operation) ?? 0;
    if (seconds < Math.max(aliveSeconds, aliveGaps * gap))
      return alive(`it made progress ${Math.round(seconds)}s ago${gap > 0 ? `, usually every ${gapText(gap)}` : ''}`);
  }
  if (snapshot.hasSessions === false) return unproven('the server does not show which sessions there are');
  if (sessions === null) return unproven('several operations have this id and worker');
  if (hasLostWorker(observation, operation)) {
    const seconds = secondsToProve(observation, operation);
    if (seconds <= 0) return { kind: 'dead' };
    const why = `its worker has no connection, but it may be between two: ${gapText(seconds)} more without progress prove it dead`;
    return { kind: 'unproven', why, provenInSeconds: seconds };
  }
  if (hasMark(operation))
    return unproven('its worker is behind a pooler: its connections do not show whether it is alive');
  return unproven('its worker does not name its connections: it may be alive');
}

/**
 * For how many more seconds a worker that has lost its connection must make no progress to be dead. A worker may close its connection
 * for a moment, and during a batch: its usual gap has to pass several times.
 */
function secondsToProve(observation: Observation, operation: Operation): number {
  const { takenAt } = observation.snapshot;
  const track = trackFor(observation.tracks, operation);
  if (operation.status === 'paused') return aliveSeconds - (takenAt - (track?.firstSeenAt ?? takenAt));
  const stall = stallsOf(observation).of(operation);
  const gap = usualGap(observation, operation);
  const needed = gap === null ? unknownBatchSeconds : Math.max(aliveSeconds, deadGaps * gap);
  // A pause gave the worker no time to make progress.
  const stalled = withoutPauses(stall?.seconds ?? 0, operation, observation.snapshot, track);
  const still = Math.max(track === undefined ? 0 : stillSeconds(track, takenAt), stalled);
  return stall?.kind === 'no session' ? needed - still : Math.max(1, needed - still);
}

function alive(why: string): TakeOver {
  return { kind: 'alive', why };
}

function unproven(why: string): TakeOver {
  return { kind: 'unproven', why };
}

function gapText(seconds: number): string {
  if (seconds >= 120) return `${Math.ceil(seconds / 60)}m`;
  return seconds < 10 ? `${seconds.toFixed(1)}s` : `${Math.round(seconds)}s`;
}

/**
 * Which operations a take over puts into the queue, and which it refuses and why. Each change requires the version of the row
 * that was judged: a worker that writes in the meantime is alive.
 *
 * @param isUnproven whether operations of which nothing is proven are put into the queue too
 */
export function planTakeOver(observation: Observation, members: readonly Operation[], isUnproven: boolean): BulkPlan {
  const newest = new Map(observation.snapshot.operations.map((one) => [operationKey(one), one]));
  const changes: Change[] = [];
  const refused: BulkPlan['refused'][number][] = [];
  for (const [key, member] of new Map(members.map((one) => [operationKey(one), one]))) {
    const operation = newest.get(key) ?? member;
    const { id, tableName, version, identity, status } = operation;
    const known = judgeTakeOver(observation, operation);
    if (known.kind === 'dead' || (known.kind === 'unproven' && isUnproven))
      changes.push({
        transition: { id, from: status, to: 'pending', completedAt: 'clear', version, identity },
        tableName,
        seenVersion: version,
        rewrite: { kind: 'requeue', before: null },
      });
    else {
      const reason = known.kind === 'wrong status' ? { kind: 'wrong-status' as const, status: known.status } : known;
      refused.push({ id, tableName, reason });
    }
  }
  return { changes, refused };
}
