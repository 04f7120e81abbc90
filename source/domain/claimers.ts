import { ofLibrary } from './of-library.ts';
import { isLive, type Operation } from './operation.ts';
import { noSeenWorkers, type SeenWorkers } from './seen-workers.ts';
import { sessionKey } from './sessions.ts';
import type { Snapshot } from './snapshot.ts';
import type { Stalls } from './stalled-operations.ts';

/** How many workers of migtop/worker have live operations or connections, and how many of them may claim the next pending operation. */
export interface Claimers {
  readonly known: number;
  /** Those that progress, and those that have no live operation: not those that are stalled or held by a pause. */
  readonly able: number;
  /** The names of the known ones that are not able: their ids, or `of 31` without one. */
  readonly halted: readonly (number | string)[];
  /** Those of others that have begun operations, running or paused: workers of other programs. */
  readonly others: readonly (number | string)[];
  /** Workers that have ended their operations some minutes ago: they may wait for work. The one that was seen last is first. */
  readonly waiting: readonly { readonly workerId: number; readonly seconds: number }[];
}

/**
 * Judges the workers by their sessions, and those without a session by the marks of their operations. A worker may claim if one of its
 * sessions does not wait for a resume and has not stalled.
 */
export function claimersOf(
  { sessions, operations, takenAt }: Pick<Snapshot, 'sessions' | 'operations' | 'takenAt'>,
  stalls: Stalls,
  seen: SeenWorkers = noSeenWorkers,
): Claimers {
  const all = operations.filter(({ status }) => isLive(status));
  const live = Map.groupBy(all, ({ id, workerId }) => sessionKey(id, workerId));
  const isAble = (operation: Operation): boolean =>
    operation.status === 'running' && stalls.of(operation) === undefined;
  const workers = Map.groupBy(sessions, ({ run, workerId }) => `${workerId} ${run}`);
  const halted: (number | string)[] = [];
  for (const own of workers.values()) {
    const canClaim = own.some(({ operationId, workerId, paused, blockedBy }) => {
      if (paused || blockedBy.length > 0) return false;
      const operation = live.get(sessionKey(operationId, workerId));
      return operation === undefined || operation.some(isAble);
    });
    if (!canClaim) halted.push(...own.slice(0, 1).map(({ workerId }) => workerId));
  }
  const connected = new Set(sessions.map(({ workerId }) => workerId));
  const unseen = all.filter(({ workerId }) => !connected.has(workerId ?? Number.NaN));
  const nameOf = ({ id, workerId }: Operation): number | string => workerId ?? `of ${id}`;
  const marked = Map.groupBy(unseen.filter(ofLibrary({ sessions, operations })), nameOf);
  for (const [name, own] of marked) if (!own.some(isAble)) halted.push(name);
  // A paused one has a worker if it has begun: its worker waits, or goes on.
  const others = unseen.filter(
    (one) => (one.status === 'running' || one.startedAt !== null) && !marked.has(nameOf(one)),
  );
  const busy = new Set(all.map(({ workerId }) => workerId));
  const known = workers.size + marked.size;
  return {
    known,
    able: known - halted.length,
    halted,
    others: [...new Set(others.map(nameOf))],
    waiting: [...seen]
      .filter(([workerId]) => !busy.has(workerId) && !connected.has(workerId))
      .map(([workerId, at]) => ({ workerId, seconds: Math.max(0, takenAt - at) }))
      .sort((a, b) => a.seconds - b.seconds),
  };
}
