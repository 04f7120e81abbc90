import { randomUUID } from 'node:crypto';
import type { AuditIntent, AuditLog, Intent, Operator } from '../domain/audit.ts';
import type { Move, Outcome } from '../domain/transitions.ts';
import { visibleName } from '../domain/visible-name.ts';
import type { Connection, Query } from './connect.ts';
import { DatabaseError, messageOf, sqlState, sqlStateOf } from './database-error.ts';
import { sqlFor } from './sql.ts';
import type { Target } from './target.ts';

/** Where and by whom something is done. */
export interface ActContext {
  readonly connection: Connection;
  readonly target: Target;
  readonly operator: Operator;
  /** Where it is written down when the database has no audit table. */
  readonly log: AuditLog;
}

/**
 * Makes one move: a compare-and-set on one row, and the row of the audit in the same statement where there is an audit
 * table (sql/queries/move-audited.sql), else an intent in the local audit before it and its outcome after it.
 *
 * @throws {DatabaseError} where the connection is lost, so that nobody can say whether it was made: then its intent has no
 * outcome; and before anything is done, where the local audit cannot be written
 */
export async function act(context: ActContext, move: Move, intent: Intent): Promise<Outcome> {
  const { target, operator, log } = context;
  const key = randomUUID();
  const entry: AuditIntent = {
    key,
    databaseRole: target.user,
    ...operator,
    action: intent.action,
    operationId: move.id,
    fromStatus: move.from,
    toStatus: move.to,
    reason: intent.reason,
  };
  if (target.audit !== null) {
    let outcome: Outcome;
    try {
      outcome = await attempt(context, move, entry);
    } catch (error) {
      await note(context, entry, 'unknown');
      throw error;
    }
    // Only what was done was written down with it.
    if (outcome.kind !== 'moved') await note(context, entry, outcome.kind);
    return outcome;
  }
  await log.begin(entry);
  const outcome = await attempt(context, move, entry);
  const isDone = outcome.kind === 'moved';
  // What was done is done: that its outcome was not written must not hide it.
  await log.end(key, isDone ? 'applied' : outcome.kind, isDone ? outcome.at : null).catch(() => {});
  return outcome;
}

async function attempt(context: ActContext, move: Move, entry: AuditIntent): Promise<Outcome> {
  const { connection, target } = context;
  try {
    return await connection.session(async (query) => {
      await query(begin(context.operator));
      try {
        const rows = await write(query, context, move, entry);
        const outcome = outcomeOf(rows[0], move);
        // A trigger of the owner's may have made something else of it: what was not asked for is not left behind.
        await query(outcome.kind === 'moved' ? 'COMMIT' : 'ROLLBACK');
        return outcome;
      } catch (error) {
        // Where the connection is lost there is nothing to roll back, and the first error is the one to report.
        await query('ROLLBACK').catch(() => {});
        throw error;
      }
    });
  } catch (error) {
    const cause = error instanceof DatabaseError ? error.cause : error;
    const state = sqlStateOf(cause);
    switch (state) {
      case sqlState.lockNotAvailable:
        return { kind: 'locked', ...(await blockerOf(connection, target.table, move.id)) };
      case sqlState.queryCanceled:
        // By its own limit of time or by somebody's pg_cancel_backend: its words say which.
        return { kind: 'refused', reason: `the server cancelled it (${messageOf(cause)})` };
      case sqlState.insufficientPrivilege:
        // With an audit table it may be that one which may not be written.
        return { kind: 'refused', reason: target.audit === null ? 'no UPDATE privilege' : messageOf(cause) };
      case sqlState.readOnlyTransaction:
        return { kind: 'refused', reason: 'the server is read-only' };
    }
    // A trigger or a constraint of the owner's said no: its own words are the reason.
    if (state !== '' && !state.startsWith('57P') && !state.startsWith('08')) {
      return { kind: 'refused', reason: messageOf(cause) };
    }
    throw error;
  }
}

/**
 * No action of an operator waits longer for a row, or runs longer on the server, than this. Under a higher isolation a row
 * that changed while the action waited would be an error, not news. The guard (sql/options/guard.sql) lets an operator pass.
 */
function begin({ osUser }: Operator): string {
  return [
    'BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED',
    "SET LOCAL lock_timeout = '2s'",
    "SET LOCAL statement_timeout = '5s'",
    `SET LOCAL migtop.operator = '${osUser.replace(/[^\w.@-]/g, '_') || 'migtop'}'`,
  ].join('; ');
}

function write(query: Query, context: ActContext, move: Move, entry: AuditIntent): Promise<Record<string, unknown>[]> {
  const { target } = context;
  const values = [move.id, move.from, move.to, move.version, move.completedAt];
  if (target.audit === null) return query(sqlFor('move', target.table), [...values, move.identity]);
  return query(sqlFor('move-audited', target.table, target), [
    ...values,
    entry.action,
    entry.osUser,
    entry.host,
    entry.client,
    entry.reason,
    move.identity,
    ...auditKeys(target, entry),
  ]);
}

/** What version 2 of the audit table has beside: the key of the action, and whose it is. */
function auditKeys({ auditVersion, identity, table }: Target, { key }: AuditIntent): readonly string[] {
  return auditVersion === 1 ? [] : [key, identity.tableOid, table];
}

/** Writes down what the statement itself could not. Nothing was changed: an audit that cannot be written hides no change. */
async function note({ connection, target }: ActContext, entry: AuditIntent, outcome: string): Promise<void> {
  try {
    await connection.read(sqlFor('audit-note', target.table, target), [
      entry.osUser,
      entry.host,
      entry.client,
      entry.action,
      entry.operationId,
      entry.fromStatus,
      entry.toStatus,
      entry.reason,
      outcome,
      ...auditKeys(target, entry),
    ]);
  } catch {
    // The outcome is on the screen all the same.
  }
}

function outcomeOf(row: Record<string, unknown> | undefined, move: Move): Outcome {
  if (row === undefined) return { kind: 'gone' };
  if (row.moved === true) {
    return {
      kind: 'moved',
      version: String(row.version),
      hadCompletedAt: row.had_completed_at === true,
      at: Number(row.at),
    };
  }
  // It was as the operator saw it, and still is after the write: nobody was faster.
  if (row.status === move.from && move.version === null) {
    return { kind: 'refused', reason: `a trigger on the table keeps it ${move.from}` };
  }
  return { kind: 'stale', actual: visibleName(String(row.status)) };
}

async function blockerOf(
  connection: Connection,
  table: string,
  id: number,
): Promise<{ pid: number | null; application: string | null }> {
  try {
    const row = await connection.session(async (query) => {
      // Whoever holds the whole table locks this query out too: then its name is not worth another wait.
      await query("BEGIN; SET LOCAL lock_timeout = '100ms'");
      try {
        return (await query(sqlFor('blocker', table), [id]))[0];
      } finally {
        await query('ROLLBACK').catch(() => {});
      }
    });
    if (row === undefined) return { pid: null, application: null };
    const application = visibleName(String(row.application_name ?? ''));
    return { pid: Number(row.pid), application: application === '' ? null : application };
  } catch {
    // The lock is the news; who holds it is a help that may be missing.
    return { pid: null, application: null };
  }
}
