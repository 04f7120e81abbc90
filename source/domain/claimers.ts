import { isLive, type Operation } from './operation.ts';
import { sessionKey } from './sessions.ts';
import type { Snapshot } from './snapshot.ts';
import type { Stalls } from './stalled-operations.ts';

/** How many workers of migtop/worker are connected, and how many of them may claim the next pending operation. */
export interface Claimers {
  readonly connected: number;
  /** Workers that progress or have no live operation: not those that are stalled or held by a pause. */
  readonly able: number;
  /** How many others have running operations: workers of other programs, and those that have lost their connection. */
  readonly others: number;
}

/** Judges the workers by their sessions. A worker may claim if one of its sessions does not wait for a resume and has not stalled. */
export function claimersOf(
  { sessions, operations }: Pick<Snapshot, 'sessions' | 'operations'>,
  stalls: Stalls,
): Claimers {
  const live = Map.groupBy(
    operations.filter(({ status }) => isLive(status)),
    ({ id, workerId }) => sessionKey(id, workerId),
  );
  const isAble = (operation: Operation): boolean =>
    operation.status === 'running' && stalls.of(operation) === undefined;
  const workers = Map.groupBy(sessions, ({ run, workerId }) => `${workerId} ${run}`);
  let able = 0;
  for (const own of workers.values()) {
    const canClaim = own.some(({ operationId, workerId, paused, blockedBy }) => {
      if (paused || blockedBy.length > 0) return false;
      const operation = live.get(sessionKey(operationId, workerId));
      return operation === undefined || operation.some(isAble);
    });
    if (canClaim) able += 1;
  }
  const connected = new Set(sessions.map(({ workerId }) => workerId));
  const others = operations.filter(
    ({ status, workerId }) => status === 'running' && !connected.has(workerId ?? Number.NaN),
  );
  return {
    connected: workers.size,
    able,
    others: new Set(others.map(({ id, workerId }) => workerId ?? `of ${id}`)).size,
  };
}
