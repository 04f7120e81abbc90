import { isOpen, type Operation } from './operation.ts';
import { parseSessionName, type SessionName } from './session-name.ts';
import { sessionKey } from './sessions.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * The sessions of workers, as polls saw them. Behind a pooler, or in a pool that several workers share, a worker whose session
 * has another name now may still be at work.
 */
export interface PooledWorkers {
  /** The names that sessions had, by process id. */
  readonly names: ReadonlyMap<number, SessionName>;
  /** The runs of the workers of open operations, by `sessionKey`. */
  readonly runOf: ReadonlyMap<string, string>;
  /** The runs of workers of which one was seen to share its session. */
  readonly runs: ReadonlySet<string>;
}

export const noPooledWorkers: PooledWorkers = { names: new Map(), runOf: new Map(), runs: new Set() };

/** Whether the worker of an operation may be at work although no session has its name. */
export function isPooled(
  { runOf, runs }: PooledWorkers,
  { id, workerId }: Pick<Operation, 'id' | 'workerId'>,
): boolean {
  return runs.size > 0 && runs.has(runOf.get(sessionKey(id, workerId)) ?? '-');
}

/** Compares the names of the sessions with those that they had before. */
export function followSessions(before: PooledWorkers, snapshot: Snapshot): PooledWorkers {
  const { sessions, backends, operations } = snapshot;
  if (sessions.length === 0 && before.names.size === 0) return before;
  const runs = new Set(before.runs);
  const names = new Map<number, SessionName>();
  const open = new Set(
    operations.filter(({ status }) => isOpen(status)).map(({ id, workerId }) => sessionKey(id, workerId)),
  );
  // A session that was left by a worker whose operation is still open.
  const renamed = new Set(
    (backends?.all ?? [])
      .filter(({ application }) => application !== null && parseSessionName(application) === null)
      .map(({ pid }) => pid),
  );
  for (const [pid, name] of before.names) {
    if (!open.has(sessionKey(name.operationId, name.workerId))) continue;
    names.set(pid, name);
    if (renamed.has(pid)) runs.add(name.run);
  }
  for (const session of sessions) {
    const known = before.names.get(session.pid);
    if (known !== undefined && (known.workerId !== session.workerId || known.run !== session.run)) {
      runs.add(known.run);
      runs.add(session.run);
    }
    names.set(session.pid, session);
  }
  const runOf = new Map([...before.runOf].filter(([key]) => open.has(key)));
  for (const { run, operationId, workerId } of sessions) runOf.set(sessionKey(operationId, workerId), run);
  return { names, runOf, runs };
}
