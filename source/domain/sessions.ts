import { isLive, type Operation } from './operation.ts';
import type { Snapshot, WorkerConnection } from './snapshot.ts';

/** The connections of an operation's worker; null if its connections may belong to another operation with the same id. */
export type SessionsOf = (operation: Pick<Operation, 'id' | 'workerId'>) => readonly WorkerConnection[] | null;

/** A key of an operation's id and worker, from a row or from a connection's name, for comparison. */
export function sessionKey(operationId: number, workerId: number | null): string {
  return `${operationId} ${workerId}`;
}

/**
 * Finds the connections of an operation's worker. A connection names an id and a worker, and one worker may have several
 * live operations with one id, in several partitions.
 */
export function sessionsIn(snapshot: Pick<Snapshot, 'operations' | 'sessions'>): SessionsOf {
  const sessions = Map.groupBy(snapshot.sessions, (one) => sessionKey(one.operationId, one.workerId));
  const live = new Set<string>();
  const unclear = new Set<string>();
  for (const { id, workerId, status } of snapshot.operations) {
    if (!isLive(status)) continue;
    const key = sessionKey(id, workerId);
    if (live.has(key) && sessions.has(key)) unclear.add(key);
    live.add(key);
  }
  return ({ id, workerId }) => {
    const key = sessionKey(id, workerId);
    return unclear.has(key) ? null : (sessions.get(key) ?? []);
  };
}

/** Whether an operation's worker reports that it waits because of a pause. */
export function reportsPause(snapshot: Snapshot): (operation: Operation) => boolean {
  const sessionsFor = sessionsIn(snapshot);
  return (operation) => sessionsFor(operation)?.some(({ paused }) => paused) === true;
}
