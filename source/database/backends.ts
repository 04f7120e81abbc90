import type { Backend, Backends } from '../domain/backend.ts';
import { isLive, type Operation } from '../domain/operation.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { workerNamePattern } from '../domain/worker-name.ts';
import { readTogether } from './bounds.ts';
import type { Connection } from './connection.ts';
import { attempt, type Decoded, finite, integer, line, optional, visible } from './decode.ts';
import { query } from './query.ts';
import { kept, ofKind, taggedRows } from './tagged-rows.ts';
import type { Target } from './target.ts';

/** Maximum time of the read, in seconds. */
const readSeconds = 1;

/** Maximum number of sessions, apart from those that block them, and of table names that the queries of workers are searched for. */
const mostSessions = 200;
const mostNames = 60;

/**
 * Reads the sessions that may show why the running operations of a snapshot stand still. Null if the server refuses it or takes
 * too long: the rows are shown without it.
 *
 * @param known process ids of sessions that workers have named before
 */
export async function readBackends(
  connection: Pick<Connection, 'readAll'>,
  target: Target,
  { operations, takenAt }: Pick<Snapshot, 'operations' | 'takenAt'>,
  known: readonly number[],
): Promise<Backends | null> {
  const values = { names: workerNamePattern, queries: queryPattern(operations), known, limit: mostSessions };
  try {
    const read = { ...query('backends', target, values), seconds: readSeconds };
    const [rows = []] = await readTogether(connection, target, [read]);
    return { all: kept(ofKind(taggedRows(rows), 'backend').map(decodeBackend)), readAt: takenAt };
  } catch {
    return null;
  }
}

/** A regular expression for the queries of workers: they name a table of a running operation. Null if nothing is running. */
function queryPattern(operations: readonly Operation[]): string | null {
  const names = operations.filter(({ status }) => isLive(status)).map(({ tableName }) => tableName);
  const distinct = [...new Set(names)].filter((name) => /^[\w.]+$/.test(name)).slice(0, mostNames);
  return distinct.length === 0 ? null : `\\m(${distinct.map((name) => name.replaceAll('.', '[.]')).join('|')})\\M`;
}

function decodeBackend(body: unknown): Decoded<Backend> {
  return attempt(body, (row) => {
    const text = (name: string): string | null => optional(row, name, visible) || null;
    const type = text('wait_event_type');
    const event = text('wait_event');
    const seconds = (name: string): number | null => optional(row, name, finite);
    const blockers: unknown = row.blocked_by;
    return {
      pid: integer(row, 'pid'),
      user: text('user'),
      application: text('application_name'),
      client: text('client'),
      state: text('state'),
      wait: type === null ? null : `${type}: ${event ?? ''}`,
      transactionSeconds: seconds('transaction_seconds'),
      stateSeconds: seconds('state_seconds'),
      query: shownQuery(optional(row, 'query', line)),
      blockedBy: Array.isArray(blockers) ? [...new Set(blockers.filter((pid) => typeof pid === 'number'))] : [],
    };
  });
}

/** The text in place of the query of another role's session, in every language. */
function shownQuery(text: string | null): string | null {
  return text === null || text === '' || /^<.*>$/.test(text) ? null : text.replace(/\s+/g, ' ').trim();
}
