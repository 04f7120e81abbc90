import { readBackends } from '../database/backends.ts';
import type { Connection } from '../database/connection.ts';
import type { Target } from '../database/target.ts';
import type { Backends } from '../domain/backend.ts';
import { createMemo } from '../domain/memo.ts';
import { operationKey } from '../domain/operation.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { standingStillOf } from '../domain/standing-still.ts';

/** An operation that made no progress for this long may stand still: then the sessions are read. */
const stillMs = 5000;

/** Minimum time between two reads, as time and as a multiple of the duration of the last read. */
const minimumRestMs = 2000;
const restShare = 20;

/** For how long a read is used at least: after that, what it shows may be over. A slow read is used until the next one. */
const validMs = 10_000;

/** Reads the sessions that may show why operations stand still, between polls and only if one may stand still. */
export interface SessionWatch {
  /** The snapshot with these sessions. Takes up to a second; never rejects. */
  withBackends(snapshot: Snapshot): Promise<Snapshot>;
}

/** Whether the worker of a running operation waits for a lock. */
function isAnyBlocked(snapshot: Snapshot): boolean {
  if (!snapshot.backends?.all.some(({ blockedBy }) => blockedBy.length > 0)) return false;
  const memo = createMemo();
  return snapshot.operations.some(
    (operation) => operation.status === 'running' && standingStillOf({ snapshot, memo }, operation).waitsFor.length > 0,
  );
}

/**
 * Reads nothing while `target` says that this role may not see the sessions.
 *
 * @param now milliseconds on a monotonic clock
 */
export function createSessionWatch(connection: Connection, target: () => Target, now: () => number): SessionWatch {
  let seen = new Map<
    string,
    { readonly version: string | null; readonly records: number | null; readonly sinceMs: number }
  >();
  let read: { readonly backends: Backends; readonly untilMs: number; readonly isBlocked: boolean } | null = null;
  let isFirst = true;
  let notBeforeMs = Number.NEGATIVE_INFINITY;
  const named = new Map<number, string>();

  /** Whether an operation may stand still: nothing is known of it yet, or it made no progress, or its worker is blocked. */
  function mayStandStill({ operations, sessions }: Snapshot): boolean {
    const running = operations.filter(({ status }) => status === 'running');
    const before = seen;
    seen = new Map(
      running.map((operation) => {
        const { version, recordsProcessed: records } = operation;
        const last = before.get(operationKey(operation));
        const isSame = last !== undefined && last.version === version && last.records === records;
        return [operationKey(operation), { version, records, sinceMs: isSame ? last.sinceMs : now() }];
      }),
    );
    // A paused operation may still wait for the lock that it waited for when it was paused.
    const isPaused = operations.some(({ status }) => status === 'paused');
    const wasBlocked = read?.backends.all.some(({ blockedBy }) => blockedBy.length > 0) ?? false;
    if (isPaused && (isFirst || wasBlocked)) return true;
    if (running.length === 0) return isPaused && sessions.some(({ blockedBy }) => blockedBy.length > 0);
    if (isFirst || sessions.some(({ blockedBy }) => blockedBy.length > 0)) return true;
    // A worker that waited for a lock counts as blocked until a later read shows that it no longer does.
    if (read?.isBlocked) return true;
    return [...seen.values()].some(({ sinceMs }) => now() - sinceMs >= stillMs);
  }

  return {
    async withBackends(snapshot) {
      if (target().refused.includes('sessions')) return snapshot;
      const isWanted = mayStandStill(snapshot);
      for (const { pid, workerId, operationId } of snapshot.sessions) named.set(pid, `${operationId} ${workerId}`);
      if (isWanted && now() >= notBeforeMs) {
        isFirst = false;
        const startedMs = now();
        const open = new Set(snapshot.operations.map(({ id, workerId }) => `${id} ${workerId}`));
        for (const [pid, key] of named) if (!open.has(key)) named.delete(pid);
        const backends = await readBackends(connection, target(), snapshot, [...named.keys()]);
        const tookMs = now() - startedMs;
        const restMs = Math.max(minimumRestMs, tookMs * restShare);
        notBeforeMs = now() + restMs;
        const isBlocked = backends !== null && isAnyBlocked({ ...snapshot, backends });
        if (backends !== null) read = { backends, untilMs: now() + Math.max(validMs, 1.5 * restMs), isBlocked };
      }
      if (!isWanted || read === null || now() > read.untilMs) return snapshot;
      return { ...snapshot, backends: read.backends };
    },
  };
}
