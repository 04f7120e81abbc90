import type { Connection } from './connection.ts';
import type { Statement } from './literals.ts';
import { neutralSettings, oneMoment } from './session-settings.ts';
import { asBytes, fromBytes, isTagged, isUnconvertible } from './unconvertible.ts';

/** Makes the server look whether this program is still there while it runs a long statement (PostgreSQL 14, Linux). */
const connectionChecks: Statement = { text: "SET LOCAL client_connection_check_interval = '2s'" };

/**
 * Makes the server end a connection that takes nothing of an answer for so long: a statement that waits for that is not
 * ended by its timeout (this program was stopped, or the network froze). Sockets of the same machine have no such bound.
 */
const answerTaken: Statement = { text: "SET LOCAL tcp_user_timeout = '5s'" };

/** PostgreSQL may take seconds to compile a statement that then runs for milliseconds (manual, 31.1). */
const uncompiled: Statement = { text: 'SET LOCAL jit = off' };

/** For the statements after it in the same message: how long each may take on the server. */
export function timeout(seconds: number): Statement {
  return { text: `SET LOCAL statement_timeout = '${seconds * 1000}ms'` };
}

/**
 * For the rest of the transaction. A range is read along its key, as far as it is wanted: without statistics PostgreSQL
 * takes the rest of the table for a few rows, and collects and sorts all of it for each piece.
 */
export const alongTheKey: Statement = {
  text: `SELECT pg_catalog.set_config(name, 'off', true)
FROM pg_catalog.unnest(ARRAY['enable_seqscan', 'enable_bitmapscan', 'enable_sort']) AS name
WHERE pg_catalog.current_setting(name, true) IS NOT NULL`,
};

/** `serverVersion` is null where it is not known yet. */
interface Server {
  readonly hasConnectionChecks: boolean;
  readonly serverVersion: number | null;
}

/** What every message of ours begins with: it ends on the server too when this program has ended, and no setting of the role counts. */
export function checks({ hasConnectionChecks, serverVersion }: Server): Statement[] {
  return [...(hasConnectionChecks ? [connectionChecks, answerTaken] : []), ...neutralSettings(serverVersion)];
}

/** A statement of a read, and how many seconds it may take. */
export interface Read extends Statement {
  readonly seconds: number;
  /** Settings for this statement and those after it. */
  readonly after?: Statement;
}

/**
 * Runs reads as one message: all of one moment, none longer than it may. Whatever becomes of this program or of the network,
 * the snapshot is gone after the sum of their seconds. Where a text of an answer cannot be converted to UTF-8, they are run again
 * and answer with bytes.
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
