import type { Connection } from './connection.ts';
import type { Statement } from './literals.ts';
import { neutralSettings, oneMoment } from './session-settings.ts';
import { asBytes, fromBytes, isTagged, isUnconvertible } from './unconvertible.ts';

/** Makes the server check during a long statement whether this program is still connected (PostgreSQL 14, Linux). */
const connectionChecks: Statement = { text: "SET LOCAL client_connection_check_interval = '2s'" };

/**
 * Makes the server end a connection if the client receives nothing of an answer for 5 s, because this program was stopped or
 * the network froze: statement_timeout does not end a statement that waits for its client. Unix sockets have no such limit.
 */
const answerTaken: Statement = { text: "SET LOCAL tcp_user_timeout = '5s'" };

/** JIT compilation may take seconds for a statement that runs for milliseconds (manual, 31.1). */
const uncompiled: Statement = { text: 'SET LOCAL jit = off' };

/** Maximum time on the server for each of the following statements of the message. */
export function timeout(seconds: number): Statement {
  return { text: `SET LOCAL statement_timeout = '${seconds * 1000}ms'` };
}

/**
 * Makes PostgreSQL read an id range by its index, for the rest of the transaction. Without statistics, PostgreSQL assumes that
 * the rest of the table has only a few rows, and reads and sorts all of it for each id range.
 */
export const alongTheKey: Statement = {
  text: `SELECT pg_catalog.set_config(name, 'off', true)
FROM pg_catalog.unnest(ARRAY['enable_seqscan', 'enable_bitmapscan', 'enable_sort']) AS name
WHERE pg_catalog.current_setting(name, true) IS NOT NULL`,
};

/** `serverVersion` is null until it is known. */
interface Server {
  readonly hasConnectionChecks: boolean;
  readonly serverVersion: number | null;
}

/** The first statements of every message: it ends on the server when this program ends, and no setting of the role applies. */
export function checks({ hasConnectionChecks, serverVersion }: Server): Statement[] {
  return [...(hasConnectionChecks ? [connectionChecks, answerTaken] : []), ...neutralSettings(serverVersion)];
}

/** A statement that reads, and its maximum duration in seconds. */
export interface Read extends Statement {
  readonly seconds: number;
  /** Settings for this statement and those after it. */
  readonly after?: Statement;
}

/**
 * Runs reads as one message in one snapshot, each with its time limit. The server releases the snapshot after the sum of
 * their seconds, even if this program or the network fails. If PostgreSQL cannot convert a text of an answer to UTF-8, the
 * reads run again and return bytes.
 */
export async function readTogether(
  connection: Pick<Connection, 'readAll'>,
  target: Server,
  reads: readonly Read[],
): Promise<Record<string, unknown>[][]> {
  try {
    return await readOnce(connection, target, reads);
  } catch (error) {
    if (!isUnconvertible(error)) throw error;
    const bytes = reads.map((read) => (isTagged(read.text) ? { ...read, text: asBytes(read.text) } : read));
    const answers = await readOnce(connection, target, bytes);
    return answers.map((rows, index) => (isTagged(reads[index]?.text ?? '') ? fromBytes(rows) : rows));
  }
}

async function readOnce(
  connection: Pick<Connection, 'readAll'>,
  target: Server,
  reads: readonly Read[],
): Promise<Record<string, unknown>[][]> {
  const statements: Statement[] = [oneMoment, uncompiled, ...checks(target)];
  const places: number[] = [];
  for (const { seconds, after, ...statement } of reads) {
    statements.push(timeout(seconds));
    if (after !== undefined) statements.push(after);
    places.push(statements.push(statement) - 1);
  }
  const rows = await connection.readAll(
    statements,
    reads.reduce((sum, { seconds }) => sum + seconds, 0),
  );
  return places.map((place) => rows[place] ?? []);
}
