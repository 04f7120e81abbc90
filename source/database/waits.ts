import { setTimeout as sleep } from 'node:timers/promises';
import { lockHolder } from '../domain/lock-holder.ts';
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

/** Maximum delay of an outcome by the search for a lock's holder, or by the audit row of a refusal, in milliseconds. */
export const helpMs = 600;

interface WaitContext {
  readonly connection: Connection;
  readonly target: Target;
}

/** The session that holds the row of a transition; null if there is none, or the server does not show it. */
export async function blockerOf({ connection, target }: WaitContext, transition: Transition): Promise<Holder | null> {
  // A session that locks the whole table blocks this query too: do not wait again only for its name.
  const after: Statement = { text: "SET LOCAL lock_timeout = '100ms'" };
  const read = { ...query('blocker', target, transition), seconds: 1, after };
  const row = (await readTogether(connection, target, [read]))[0]?.[0];
  return row === undefined ? null : holderOf(row.pid, row.application_name);
}

/**
 * Why no row can be changed: a session, or a prepared transaction, holds a lock on the whole table; null if none does, or the server does
 * not show it.
 */
export async function tableLockText({ connection, target }: WaitContext): Promise<string | null> {
  const read = { ...query('table-holder', target, { table: target.table }), seconds: 1 };
  const row = (await readTogether(connection, target, [read]))[0]?.[0];
  if (row === undefined) return null;
  const holder = holderOf(row.pid, row.application_name);
  return `table ${visibleName(target.table)} is locked by ${lockHolder(holder.pid, holder.application ?? '')}. Try again`;
}

function holderOf(pid: unknown, name: unknown): Holder {
  const application = visibleName(String(name ?? ''));
  return { pid: Number(pid), application: application === '' ? null : application };
}

interface Wait {
  readonly on: 'standby' | 'lock' | null;
  /** The session that holds the lock; null if it is not known. */
  readonly holder: Holder | null;
}

/** Reads the reason why a write in progress waits; null if the server does not show it. */
export async function waitOf({ connection, target }: WaitContext, key: string): Promise<Wait | null> {
  const read = { text: sqlFor('waiting', target.table, target), values: [key], seconds: 1 };
  const [[row] = []] = await readTogether(connection, target, [read]);
  if (row === undefined) return null;
  return {
    on: row.wait_event === 'SyncRep' ? 'standby' : row.wait_event_type === 'Lock' ? 'lock' : null,
    holder: row.holder == null ? null : holderOf(row.holder, row.application_name),
  };
}

/** After how many milliseconds the reason is read again while the server does not show it. */
const askAgainMs = 1000;

/** Calls `onWaiting` with the reason why a slow write waits, and again once the server shows it. @param over when the write has ended */
export async function tellWait(
  context: WaitContext,
  key: string,
  onWaiting: (why: string) => void,
  over: AbortSignal,
): Promise<void> {
  let told = '';
  while (!over.aborted) {
    const on = (await resultWithin(waitOf(context, key), helpMs))?.on ?? null;
    if (over.aborted) return;
    const why = waitText(on);
    if (why !== told) onWaiting(why);
    told = why;
    if (on !== null) return;
    await sleep(askAgainMs, undefined, { signal: over }).catch(() => {});
  }
}

function waitText(on: Wait['on']): string {
  if (on === 'standby') return 'the commit waits for a synchronous standby';
  return on === 'lock' ? 'another session holds a lock' : 'the server has not answered';
}

/** The result of `help`; null if it takes longer than `ms` or fails. */
export async function resultWithin<T>(help: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  const found = await Promise.race([help.catch(() => null), late]);
  clearTimeout(timer);
  return found;
}
