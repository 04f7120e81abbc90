import type { Statement } from './literals.ts';
import { noTransactionTimeout } from './session-settings.ts';

/**
 * Reads whose answer the server sends after it has ended their transaction.
 *
 * A program that is suspended takes no data. A server that still has to send a part of an answer then waits for as long as the
 * program is suspended, with the snapshot and the locks of its transaction: statement_timeout does not end that wait.
 * tcp_user_timeout ends it, but only on Linux, and not if the server's connection is a Unix socket, for example that of
 * a pooler. So the answer is first made on the server: as JSON, in a setting of the transaction. A cursor WITH HOLD takes it
 * over the commit, and only then the server sends it, without a snapshot.
 *
 * All of it is one message, so a pooler gives it one session. BEGIN comes after the reads: if one of them fails, the message
 * ends with the implicit transaction, and nothing is left open. COMMIT without BEGIN would write a warning into the
 * server's log each time.
 */

/** Another name is used if a cursor of this name exists: a pooler may give a session whose last client has left one. */
const usualCursor = 'migtop_answer';

/** The statement that keeps the answer of a read, and returns only its length. Its columns must be of types that JSON has. */
export function keeping({ text, values = [] }: Statement, index: number): Statement {
  return {
    // convert_to fails here, in the transaction, if a text cannot be sent as UTF-8. json_agg keeps the order of the rows.
    text: `SELECT pg_catalog.octet_length(pg_catalog.convert_to(pg_catalog.set_config('migtop.answer_${index}',
  coalesce(pg_catalog.json_agg(answer)::pg_catalog.text, '[]'), true), 'UTF8')) AS bytes
FROM (${text.trim().replace(/;$/, '')}
) AS answer`,
    values,
  };
}

/** The statements after the reads: they end the transaction and send the answers. The rows come with the next to last. */
export function sending(answers: number, serverVersion: number | null, cursor: string = usualCursor): Statement[] {
  const columns = Array.from(
    { length: answers },
    (_, index) => `pg_catalog.current_setting('migtop.answer_${index}') AS answer_${index}`,
  );
  return [
    { text: `DECLARE ${cursor} NO SCROLL CURSOR WITH HOLD FOR SELECT ${columns.join(', ')}` },
    { text: 'BEGIN' },
    { text: 'COMMIT' },
    // The rest only sends, which takes as long as the program and the network need.
    { text: 'SET LOCAL statement_timeout = 0' },
    ...noTransactionTimeout(serverVersion),
    { text: `FETCH ALL FROM ${cursor}` },
    { text: `CLOSE ${cursor}` },
  ];
}

/** The rows of each read, from the only row of FETCH. */
export function sentRows(
  row: Readonly<Record<string, unknown>> | undefined,
  answers: number,
): Record<string, unknown>[][] {
  return Array.from({ length: answers }, (_, index) => {
    const text = row?.[`answer_${index}`];
    return typeof text === 'string' ? (JSON.parse(text) as Record<string, unknown>[]) : [];
  });
}

/** A cursor's name that no other session has, for the case that the usual one exists. */
export function otherCursor(): string {
  return `${usualCursor}_${Math.random().toString(36).slice(2, 12)}`;
}
