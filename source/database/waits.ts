import type { Transition } from '../domain/transitions.ts';
import { visibleName } from '../domain/visible-name.ts';
import { readTogether } from './bounds.ts';
import type { Connection } from './connection.ts';
import type { Statement } from './literals.ts';
import { query } from './query.ts';
import { sqlFor } from './sql.ts';
import type { Target } from './target.ts';

/** A session that holds a lock. */
export interface Holder {
  readonly pid: number;
  readonly application: string | null;
}

/** Maximum time that a look-up of who holds a lock, or the note of a refusal, may delay the outcome, in milliseconds. */
export const helpMs = 600;

interface WaitContext {
  readonly connection: Connection;
  readonly target: Target;
}

/** Which session holds the row of a transition; null where none does, or the server does not show it. */
export async function blockerOf({ connection, target }: WaitContext, transition: Transition): Promise<Holder | null> {
  // Whoever holds the whole table locks this query out too: then its name is not worth another wait.
  const after: Statement = { text: "SET LOCAL lock_timeout = '100ms'" };
  const read = { ...query('blocker', target, transition), seconds: 1, after };
  const row = (await readTogether(connection, target, [read]))[0]?.[0];
  return row === undefined ? null : holderOf(row.pid, row.application_name);
}

function holderOf(pid: unknown, name: unknown): Holder {
  const application = visibleName(String(name ?? ''));
  return { pid: Number(pid), application: application === '' ? null : application };
}

interface Wait {
  readonly on: 'standby' | 'lock' | null;
  /** Of the lock, where it can be told. */
  readonly holder: Holder | null;
}

/** What a write in progress waits for; null where the server does not show it. */
export async function waitOf({ connection, target }: WaitContext, key: string): Promise<Wait | null> {
  const read = { text: sqlFor('waiting', target.table, target), values: [key], seconds: 1 };
  const [[row] = []] = await readTogether(connection, target, [read]);
  if (row === undefined) return null;
  return {
    on: row.wait_event === 'SyncRep' ? 'standby' : row.wait_event_type === 'Lock' ? 'lock' : null,
    holder: row.holder == null ? null : holderOf(row.holder, row.application_name),
  };
}

/** Tells what a slow write waits for. */
export async function tellWait(context: WaitContext, key: string, onWaiting: (why: string) => void): Promise<void> {
  const on = (await atMost(waitOf(context, key), helpMs))?.on;
  if (on === 'standby') onWaiting('the commit waits for a synchronous standby');
  else onWaiting(on === 'lock' ? 'another session holds a lock' : 'the server has not answered');
}

/** What a help finds out in time; null where it does not, or fails: the outcome does not wait for it. */
export async function atMost<T>(help: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  const found = await Promise.race([help.catch(() => null), late]);
  clearTimeout(timer);
  return found;
}
