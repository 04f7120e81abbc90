import { DatabaseError, messageOf, sqlState, sqlStateOf } from './database-error.ts';
import type { Statement } from './literals.ts';
import type { Answer } from './message.ts';

/** A timer of the server may fire a little before this machine's clock says so, in milliseconds. */
const earlyMs = 100;

/**
 * The error of a read that the server cancelled: by the time limit that migtop gave the statement, or because another session
 * cancelled it. A role's statement_timeout does not apply, because migtop sets its own. Null if that is not the reason.
 *
 * PostgreSQL has one SQLSTATE for both and translates the message, so the time that the read took decides.
 *
 * @param tookMs how long the whole message took
 */
export function overOwnLimit(statements: readonly Statement[], answer: Answer, tookMs: number): DatabaseError | null {
  if (answer.kind !== 'failed' || sqlStateOf(answer.error) !== sqlState.queryCanceled) return null;
  const limitMs = limitOf(statements.slice(0, answer.completed));
  if (limitMs === null) return null;
  const what = `${messageOf(answer.error)} (${sqlState.queryCanceled})`;
  return tookMs >= limitMs - earlyMs
    ? new DatabaseError(
        'failed',
        `The query took longer than ${limitMs / 1000} s, the limit that migtop sets itself: ${what}. Check what holds a lock on the table, how busy the server is, and with migtop doctor which index is missing.`,
        answer.error,
      )
    : new DatabaseError('failed', `Another session cancelled the query (pg_cancel_backend): ${what}.`, answer.error);
}

/** The limit in milliseconds that the last of the statements with one sets; null if none does. */
function limitOf(statements: readonly Statement[]): number | null {
  const limits = statements.flatMap(({ text }) => {
    const [, number, unit] = /^SET LOCAL statement_timeout = '(\d+)(ms|s)'$/.exec(text) ?? [];
    return number === undefined ? [] : [Number(number) * (unit === 's' ? 1000 : 1)];
  });
  return limits.at(-1) ?? null;
}
