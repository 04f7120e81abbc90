import { readMark } from './mark.ts';
import { type Memo, noMemo } from './memo.ts';
import { elapsedSeconds, type Operation, operationKey } from './operation.ts';
import { isPooled, type PooledWorkers } from './pooled-workers.ts';
import type { Snapshot, Total } from './snapshot.ts';
import { ownBatchSeconds, usualBatchSeconds } from './stalls.ts';
import { standingStillOf } from './standing-still.ts';

/** When the sessions of running operations' workers last began or ended a statement, on the database's clock, by `operationKey`. */
export type LastStatements = ReadonlyMap<string, number>;

export const noStatements: LastStatements = new Map();

interface Seen {
  readonly snapshot: Snapshot;
  readonly pooled: PooledWorkers;
  readonly memo: Memo;
}

/** A worker has stopped, or its batch takes unusually long, after this many batches, and some seconds, without a new statement. */
const overdueBatches = 1.6;
const moreSeconds = 5;
/** Seconds without a new statement after which a worker has stopped, if it is not known how long its batches take. */
const unknownSeconds = 60;

/** The last statements after a poll: those that an earlier one found stay, since the sessions are not read by each poll. */
export function statementsAfter(before: LastStatements, seen: Seen): LastStatements {
  const { backends, operations } = seen.snapshot;
  if (backends === undefined && before.size === 0) return before;
  const statements = new Map<string, number>();
  for (const operation of operations) {
    if (operation.status !== 'running') continue;
    const key = operationKey(operation);
    const at = backends === undefined ? before.get(key) : lastStatement(seen, operation, backends.readAt);
    if (at !== undefined) statements.set(key, at);
  }
  return statements;
}

/** Undefined if no session is known to be that of the operation's worker, or if it waits for a lock. */
function lastStatement({ snapshot, pooled, memo }: Seen, operation: Operation, readAt: number): number | undefined {
  const { session, foundBy, waitsFor } = standingStillOf({ snapshot, memo }, operation);
  if (session === null || session.stateSeconds === null || foundBy === 'client_addr' || waitsFor.length > 0)
    return undefined;
  // Behind a pooler the name is that of the worker that used the session last.
  const isShared =
    foundBy === 'name' && (readMark(operation.validationQuery).mark?.isPooled || isPooled(pooled, operation));
  return isShared ? undefined : readAt - session.stateSeconds;
}

/**
 * Whether the worker of a running operation is evidently at work: its session has begun or ended a statement within the time of a
 * batch. A table shows that only when the operation reports.
 */
export function isAtWork(
  statements: LastStatements,
  operation: Operation,
  snapshot: Pick<Snapshot, 'takenAt' | 'zone' | 'resumes' | 'pausedSeconds'>,
  total: Total | undefined,
  memo: Memo = noMemo,
): boolean {
  const at = statements.get(operationKey(operation));
  if (at === undefined || operation.status !== 'running') return false;
  const usual =
    (total === undefined ? null : usualBatchSeconds(total, snapshot, memo)) ?? ownBatchSeconds(operation, snapshot);
  return snapshot.takenAt - at <= (usual === null ? unknownSeconds : overdueBatches * usual + moreSeconds);
}

/** For how many seconds an operation is worked on: without the pauses that are known; null if the time since its start is unknown. */
export function workedSeconds(
  operation: Operation,
  { takenAt, zone, resumes }: Pick<Snapshot, 'takenAt' | 'zone' | 'resumes'>,
): number | null {
  const elapsed = elapsedSeconds(operation, takenAt, zone);
  return elapsed === null ? null : Math.max(0, elapsed - (resumes?.get(operation.id)?.pausedSeconds ?? 0));
}
