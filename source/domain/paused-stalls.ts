import { knownOf, type Operation, operationKey, type Status } from './operation.ts';
import { tableKey } from './rate-keys.ts';
import { sessionsIn } from './sessions.ts';
import {
  isProven,
  provenSeconds,
  type StallEvidence,
  type Stalls,
  sessionOf,
  sinceProgressOf,
  stallsOf,
  usualBatches,
} from './stalled-operations.ts';
import { isOverdue, type Stall } from './stalls.ts';
import { trackFor } from './tracks.ts';
import { unexplainedWithPauses } from './unexplained-time.ts';

/**
 * The stall of a paused operation, as of now: its worker still waits for a lock; or it had stalled before it was paused, which a pause
 * does not end. Undefined if neither is so, if it has progressed since, if its worker waits until it is resumed, as its session says, or if
 * it has no worker: it was put back into the queue before the pause.
 */
export function pausedStallOf(evidence: StallEvidence, operation: Operation): Stall | undefined {
  if (operation.status !== 'paused' || (operation.startedAt === null && operation.workerId === null)) return undefined;
  const { snapshot, memo } = evidence;
  const usualSeconds = memo(usualBatches, snapshot).get(tableKey(operation.phase, operation.tableName)) ?? null;
  const known = knownStall(evidence, operation);
  if ((sessionOf(evidence, operation)?.blockedBy ?? []).length > 0)
    return { kind: 'blocked', seconds: known?.seconds ?? sinceProgressOf(evidence, operation) ?? 0, usualSeconds };
  const isHeld = (memo(sessionsIn, snapshot)(operation) ?? []).some(({ paused }) => paused);
  if (isHeld) return undefined;
  // Nothing holds up a worker whose lock was released before it had waited for long.
  if (known !== undefined && (known.isProven || known.kind !== 'blocked')) {
    const { isProven: _, ...stall } = known;
    return stall;
  }
  return stalledBefore(evidence, operation, usualSeconds);
}

/** The stall that an earlier poll found, if the operation has not progressed since. */
function knownStall(
  { snapshot, tracks, proven }: StallEvidence,
  operation: Operation,
): (Stall & { readonly isProven: boolean }) | undefined {
  const track = trackFor(tracks, operation);
  const known = proven.get(operationKey(operation));
  if (known === undefined || track === undefined) return undefined;
  const seconds = provenSeconds(known, track, snapshot.takenAt);
  return { ...known.stall, seconds, isProven: isProven(known.stall) };
}

/** The stall that the records of an operation show until the pause, if the audit has that pause, and no poll saw it before. */
function stalledBefore(
  { snapshot, tracks }: StallEvidence,
  operation: Operation,
  usualSeconds: number | null,
): Stall | undefined {
  const pausedAt = snapshot.pausedAt?.get(operation.id);
  const track = trackFor(tracks, operation);
  const hasProgressed = track !== undefined && track.lastProgressAt !== null;
  if (pausedAt === undefined || hasProgressed || track?.beganHalted === false) return undefined;
  const all = unexplainedWithPauses(operation, snapshot, track, usualSeconds);
  if (all === null) return undefined;
  const before = all - (snapshot.takenAt - pausedAt) - (snapshot.resumes?.get(operation.id)?.pausedSeconds ?? 0);
  return isOverdue(before, usualSeconds) ? { kind: 'suspected', seconds: all, usualSeconds } : undefined;
}

/** The stalled operations of an observation, and those that had stalled before they were paused: the stalls that are counted. */
export function countedStallsOf(evidence: StallEvidence): Stalls {
  return evidence.memo(findCounted, evidence);
}

/** Those of the stalls whose operations have this status. */
export function stalledIn({ all }: Pick<Stalls, 'all'>, status: Status): Pick<Stalls, 'size' | 'all'> {
  const own = all.filter(({ operation }) => operation.status === status);
  return { size: own.length, all: own };
}

function findCounted(evidence: StallEvidence): Stalls {
  const running = stallsOf(evidence);
  const paused = evidence.snapshot.operations.flatMap((operation) => {
    const stall = pausedStallOf(evidence, operation);
    return stall === undefined ? [] : [{ operation, stall }];
  });
  if (paused.length === 0) return running;
  const all = [...running.all, ...paused];
  const byKey = Map.groupBy(paused, ({ operation }) => operationKey(operation));
  return {
    size: all.length,
    all,
    of: (operation) => running.of(operation) ?? knownOf(byKey.get(operationKey(operation)) ?? [], operation)?.stall,
  };
}
