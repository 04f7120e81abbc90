import { readMark } from './mark.ts';
import type { Memo } from './memo.ts';
import { isLive, knownOf, type Operation, operationKey } from './operation.ts';
import { isPooled, type PooledWorkers } from './pooled-workers.ts';
import { tableKey } from './rate-keys.ts';
import { sessionKey, sessionsIn } from './sessions.ts';
import { isCounting, type Snapshot } from './snapshot.ts';
import {
  type BlockedSession,
  isOverdue,
  pausedSinceProgress,
  type Slow,
  type Stall,
  slowOf,
  stallOf,
  usualBatchSeconds,
} from './stalls.ts';
import { standingStillOf } from './standing-still.ts';
import { secondsSinceProgress } from './still-seconds.ts';
import { type Track, type Tracks, trackFor } from './tracks.ts';

/** The part of an observation that shows which operations are stalled. */
export interface StallEvidence {
  readonly snapshot: Snapshot;
  readonly tracks: Tracks;
  readonly named: ReadonlySet<string>;
  readonly pooled: PooledWorkers;
  /** The stalls that earlier polls found, of operations without progress since, by `operationKey`. */
  readonly proven: ReadonlyMap<string, ProvenStall>;
  readonly memo: Memo;
}

/** A stall that a poll has found. A proven one lasts until the operation progresses, also if a later poll sees less of it. */
export interface ProvenStall {
  readonly operation: Pick<Operation, 'id' | 'identity'>;
  readonly stall: Stall;
  /** The track's figures then. */
  readonly sinceProgress: number;
  readonly lastProgressAt: number | null;
}

/** The stalled operations of an observation. */
export interface Stalls {
  readonly size: number;
  readonly all: readonly { readonly operation: Operation; readonly stall: Stall }[];
  /** Undefined if it is not stalled, and if it cannot be told from another row with the same id, phase, table and operation. */
  of(operation: Operation): Stall | undefined;
}

/** Whether the worker of an operation is known to name its connections, and has none now. */
export function hasLostWorker(observation: StallEvidence, operation: Operation): boolean {
  const { snapshot, memo } = observation;
  const sessions = memo(sessionsIn, snapshot)(operation);
  return snapshot.hasSessions !== false && sessions?.length === 0 && isNamed(observation, operation);
}

/** Whether a session has the name of the operation's worker while that is at work: not if the worker is behind a pooler. */
function isNamed({ named, pooled }: StallEvidence, operation: Operation): boolean {
  const { mark } = readMark(operation.validationQuery);
  if (mark?.isPooled === true || isPooled(pooled, operation)) return false;
  return named.has(sessionKey(operation.id, operation.workerId)) || mark !== null;
}

/** How long a session that does not name its operation waits at least before it counts as blocked, in seconds. */
const minimumWaitSeconds = 1;

/** The session of the worker of an operation, with the processes that it waits for; undefined if it is not known. */
export function sessionOf(observation: StallEvidence, operation: Operation): BlockedSession | undefined {
  const { session, foundBy, waitsFor } = standingStillOf(observation, operation);
  if (session === null) return undefined;
  const isShort = foundBy !== 'name' && (session.stateSeconds ?? 0) < minimumWaitSeconds;
  return { blockedBy: isShort ? [] : waitsFor.filter(({ isDirect }) => isDirect).map(({ pid }) => pid) };
}

/**
 * The usual seconds of a batch of the tables in which operations are running or paused, by `tableKey`. None before all rows are counted: the
 * first ones may have had shorter batches.
 */
export function usualBatches(snapshot: Snapshot, memo: Memo): ReadonlyMap<string, number | null> {
  const { operations, totals } = snapshot;
  if (isCounting(snapshot)) return new Map();
  const names = new Set(operations.filter(({ status }) => isLive(status)).map(({ tableName }) => tableName));
  return new Map(
    totals
      .filter(({ tableName }) => names.has(tableName))
      .map((total) => [tableKey(total.phase, total.tableName), usualBatchSeconds(total, snapshot, memo)]),
  );
}

/** How many of the stalls are only suspected. */
export function suspectedIn({ all }: Pick<Stalls, 'all'>): number {
  return all.filter(({ stall }) => stall.kind === 'suspected').length;
}

/** Computed once for each observation. */
export function stallsOf(observation: StallEvidence): Stalls {
  return observation.memo(findStalls, observation);
}

function findStalls(observation: StallEvidence): Stalls {
  const { snapshot, tracks, memo } = observation;
  const usual = memo(usualBatches, snapshot);
  const sessionsFor = memo(sessionsIn, snapshot);
  const judged = snapshot.operations.map((operation) => {
    if (operation.status !== 'running') return { operation, stall: null };
    const sessions = sessionsFor(operation);
    const stall = stallOf(
      trackFor(tracks, operation),
      operation,
      snapshot,
      usual.get(tableKey(operation.phase, operation.tableName)) ?? null,
      sessionOf(observation, operation),
      snapshot.hasSessions !== false && sessions !== null && isNamed(observation, operation),
    );
    // Before all rows are counted, the usual time that a suspicion needs is unknown.
    const isKnown = stall?.kind !== 'suspected' || !isCounting(snapshot);
    return { operation, stall: lasting(isKnown ? stall : null, observation, operation) };
  });
  const all = judged.flatMap(({ operation, stall }) => (stall === null ? [] : [{ operation, stall }]));
  const byKey = Map.groupBy(judged, ({ operation }) => operationKey(operation));
  return {
    size: all.length,
    all,
    of: (operation) => knownOf(byKey.get(operationKey(operation)) ?? [], operation)?.stall ?? undefined,
  };
}

/** The stall of a running operation, or the one that an earlier poll proved. */
function lasting(stall: Stall | null, evidence: StallEvidence, operation: Operation): Stall | null {
  const proven = evidence.proven.get(operationKey(operation));
  const track = trackFor(evidence.tracks, operation);
  if (proven === undefined || track === undefined) return stall;
  // The usual time is that of the table now, as in a report that begins now.
  const usualSeconds = stall?.usualSeconds ?? proven.stall.usualSeconds ?? null;
  const before = provenSeconds(proven, track, evidence.snapshot.takenAt);
  if (!isProven(proven.stall))
    return stall === null ? null : { ...stall, seconds: steady(before, stall.seconds), usualSeconds };
  const seconds = Math.max(steady(before, stall?.seconds ?? 0), before);
  if (stall !== null && stall.kind !== 'suspected') return { ...stall, seconds, usualSeconds };
  // Its worker may have been behind a pooler all the time.
  if (proven.stall.kind === 'no session' && !isNamed(evidence, operation)) return stall;
  return { kind: 'still', seconds, usualSeconds };
}

/** The seconds of a stall that an earlier poll found, as of now: a pause does not end it. */
export function provenSeconds({ stall, sinceProgress }: ProvenStall, track: Track, takenAt: number): number {
  return stall.seconds + secondsSinceProgress(track, takenAt) - sinceProgress;
}

/**
 * How long ago an open operation has made progress, at least, in seconds: as its stall says, also while it is paused; else since it was
 * first seen. Null if it was not seen.
 */
export function sinceProgressOf(evidence: StallEvidence, operation: Operation): number | null {
  const { snapshot, tracks, proven, memo } = evidence;
  const track = trackFor(tracks, operation);
  if (track === undefined) return null;
  const watched = secondsSinceProgress(track, snapshot.takenAt);
  if (operation.status === 'running') return Math.max(watched, stallsOf(evidence).of(operation)?.seconds ?? 0);
  const known = proven.get(operationKey(operation));
  if (known !== undefined) return Math.max(watched, provenSeconds(known, track, snapshot.takenAt));
  if (operation.status !== 'paused' || track.lastProgressAt !== null || isCounting(snapshot)) return watched;
  const { phase, tableName } = operation;
  const total = snapshot.totals.find((one) => one.phase === phase && one.tableName === tableName);
  const usual = total === undefined ? null : usualBatchSeconds(total, snapshot, memo);
  return Math.max(watched, pausedSinceProgress(operation, snapshot, track, usual) ?? 0);
}

/** By what share the time without progress must differ from the one that was shown before, to be shown instead. */
const steadyShare = 0.25;

/**
 * For how long an operation has made no progress, by the poll before and by this one. The time that its records explain depends
 * on the usual time of a batch, which each operation of the table that completes changes a little: only time makes the figure
 * grow.
 */
function steady(before: number, now: number): number {
  return Math.abs(now - before) <= steadyShare * before ? before : now;
}

/**
 * The stalls of an observation and the proven ones before it, of operations that have made no progress since. One that is not
 * proven only keeps its usual time and its age.
 */
export function provenStalls(before: StallEvidence | null, tracks: Tracks): ReadonlyMap<string, ProvenStall> {
  const proven = new Map<string, ProvenStall>();
  if (before === null) return proven;
  const keep = (one: ProvenStall): void => {
    const track = trackFor(tracks, one.operation);
    if (track !== undefined && track.lastProgressAt === one.lastProgressAt)
      proven.set(operationKey(one.operation), one);
  };
  for (const one of before.proven.values()) keep(one);
  const { takenAt } = before.snapshot;
  for (const { operation, stall } of stallsOf(before).all) {
    const track = trackFor(before.tracks, operation);
    if (track === undefined || (!isProven(stall) && isCounting(before.snapshot))) continue;
    const { id, identity } = operation;
    const { lastProgressAt } = track;
    keep({ operation: { id, identity }, stall, sinceProgress: secondsSinceProgress(track, takenAt), lastProgressAt });
  }
  return proven;
}

/** Whether an operation has stalled, and made no progress since. */
export function isProvenIn(proven: ReadonlyMap<string, ProvenStall>): (operation: Operation) => boolean {
  return (operation) => {
    const known = proven.get(operationKey(operation));
    return known !== undefined && isProven(known.stall);
  };
}

/** The running operations that have made no progress for half of the time after which they count as stalled. */
export function slowOperations({
  snapshot,
  tracks,
  memo,
}: StallEvidence): readonly { operation: Operation; slow: Slow }[] {
  const usual = memo(usualBatches, snapshot);
  return snapshot.operations.flatMap((operation) => {
    const batch = usual.get(tableKey(operation.phase, operation.tableName)) ?? null;
    const slow = slowOf(trackFor(tracks, operation), operation, snapshot, batch);
    return slow === null ? [] : [{ operation, slow }];
  });
}

/** A worker that waits for a lock has stalled only if it waits for longer than a batch takes. */
export function isProven({ kind, seconds, usualSeconds }: Stall): boolean {
  return kind === 'blocked' ? isOverdue(seconds, usualSeconds) : kind !== 'suspected';
}
