import type { Connection } from './connection.ts';
import { DatabaseError, sqlState, sqlStateOf } from './database-error.ts';
import { keeping, otherCursor, sending, sentRows } from './held-answer.ts';
import type { Statement } from './literals.ts';
import { neutralSettings, oneMoment } from './session-settings.ts';
import { asBytes, fromBytes, isTagged, isUnconvertible } from './unconvertible.ts';

/** Makes the server check during a long statement whether this program is still connected (PostgreSQL 14, Linux). */
const connectionChecks: Statement = { text: "SET LOCAL client_connection_check_interval = '2s'" };

/**
 * Makes the server end a connection if the client receives nothing of an answer for 5 s, because this program was stopped or
 * the network froze: statement_timeout does not end a statement that waits for its client. Unix sockets have no such limit:
 * there the server sends answers without a snapshot (held-answer.ts).
 */
const answerTaken: Statement = { text: "SET LOCAL tcp_user_timeout = '5s'" };

/** JIT compilation may take seconds for a statement that runs for milliseconds (manual, 31.1). */
const uncompiled: Statement = { text: 'SET LOCAL jit = off' };

/** Maximum time on the server for each of the following statements of the message. */
export function timeout(seconds: number): Statement {
  return { text: `SET LOCAL statement_timeout = '${seconds * 1000}ms'` };
}

/** Maximum time of each wait for a lock in the following statements of the message. */
export function lockTimeout(milliseconds: number): Statement {
  return { text: `SET LOCAL lock_timeout = '${milliseconds}ms'` };
}

/** The first statements of a message that only writes the audit. */
export function auditChecks(server: Server): Statement[] {
  return [timeout(5), ...checks(server), lockTimeout(2000)];
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

interface Server {
  readonly hasConnectionChecks: boolean;
  /** Null until it is known. */
  readonly serverVersion: number | null;
  /** Whether the server sends the answer of a read after its transaction (held-answer.ts); false by default. */
  readonly holdsAnswers?: boolean;
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
  // Other queries than tagged ones return only a row or two.
  if (target.holdsAnswers !== true || !reads.every(({ text }) => isTagged(text)))
    return readDirectly(connection, target, reads);
  try {
    return await readHeld(connection, target, reads);
  } catch (error) {
    if (sqlStateOf(error instanceof DatabaseError ? error.cause : error) !== sqlState.duplicateCursor) throw error;
    return readHeld(connection, target, reads, otherCursor());
  }
}

async function readHeld(
  connection: Pick<Connection, 'readAll'>,
  target: Server,
  reads: readonly Read[],
  cursor?: string,
): Promise<Record<string, unknown>[][]> {
  const { statements, seconds } = together(
    target,
    reads.map((read, index) => ({ ...read, ...keeping(read, index) })),
  );
  const after = sending(reads.length, target.serverVersion, cursor);
  const rows = await connection.readAll([...statements, ...after], seconds);
  // The last statement closes the cursor.
  return sentRows(rows.at(-2)?.[0], reads.length);
}

async function readDirectly(
  connection: Pick<Connection, 'readAll'>,
  target: Server,
  reads: readonly Read[],
): Promise<Record<string, unknown>[][]> {
  const { statements, places, seconds } = together(target, reads);
  const rows = await connection.readAll(statements, seconds);
  return places.map((place) => rows[place] ?? []);
}

/** The statements of reads in one transaction, the places of the reads among them, and the maximum time of all. */
function together(
  target: Server,
  reads: readonly Read[],
): { readonly statements: readonly Statement[]; readonly places: readonly number[]; readonly seconds: number } {
  // The limit of the first read comes first: a short one of the role would end the other settings on a busy server.
  const statements: Statement[] = [oneMoment, timeout(reads[0]?.seconds ?? 0), uncompiled, ...checks(target)];
  const places: number[] = [];
  for (const [index, { seconds, after, ...statement }] of reads.entries()) {
    if (index > 0) statements.push(timeout(seconds));
    if (after !== undefined) statements.push(after);
    places.push(statements.push(statement) - 1);
  }
  return { statements, places, seconds: reads.reduce((sum, { seconds }) => sum + seconds, 0) };
}
