import { cleanLine } from '../domain/clean-text.ts';
import type { Move, Outcome } from '../domain/transitions.ts';
import type { Connection } from './connect.ts';
import { DatabaseError, messageOf, sqlState, sqlStateOf } from './database-error.ts';
import { sqlFor } from './sql.ts';

/**
 * No action of an operator waits longer for a row, or runs longer on the server, than this. Under a higher isolation a row
 * that changed while the action waited would be an error, not news. The guard (sql/options/guard.sql) lets an operator pass.
 */
const begin = [
  'BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED',
  "SET LOCAL lock_timeout = '2s'",
  "SET LOCAL statement_timeout = '5s'",
  "SET LOCAL migtop.operator = 'migtop'",
].join('; ');

/**
 * Makes one move: a compare-and-set on one row (sql/queries/move.sql).
 *
 * @param table the table's quoted name
 * @throws {DatabaseError} only where the connection is lost, so that nobody can say whether it was made
 */
export async function act(connection: Connection, table: string, move: Move): Promise<Outcome> {
  try {
    return await connection.session(async (query) => {
      await query(begin);
      try {
        const rows = await query(sqlFor('move', table), [move.id, move.from, move.to, move.version, move.completedAt]);
        await query('COMMIT');
        return outcomeOf(rows[0], move);
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
        return { kind: 'locked', ...(await blockerOf(connection, table, move.id)) };
      case sqlState.queryCanceled:
        // By its own limit of time or by somebody's pg_cancel_backend: its words say which.
        return { kind: 'refused', reason: `the server cancelled it (${messageOf(cause)})` };
      case sqlState.insufficientPrivilege:
        return { kind: 'refused', reason: 'no UPDATE privilege' };
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

function outcomeOf(row: Record<string, unknown> | undefined, move: Move): Outcome {
  if (row === undefined) return { kind: 'gone' };
  if (row.moved === true) {
    return { kind: 'moved', version: String(row.version), hadCompletedAt: row.had_completed_at === true };
  }
  // It was as the operator saw it, and still is after the write: nobody was faster.
  if (row.status === move.from && move.version === null) {
    return { kind: 'refused', reason: `a trigger on the table keeps it ${move.from}` };
  }
  return { kind: 'stale', actual: cleanLine(String(row.status)) };
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
    const application = cleanLine(String(row.application_name ?? ''));
    return { pid: Number(row.pid), application: application === '' ? null : application };
  } catch {
    // The lock is the news; who holds it is a help that may be missing.
    return { pid: null, application: null };
  }
}
