import { type Connection, readSeconds } from './connection.ts';
import { DatabaseError, sqlStateOf } from './database-error.ts';
import type { Statement } from './literals.ts';
import { neutralSettings, oneMoment } from './session-settings.ts';

/** The part of a connection that reads single statements. */
export type Reader = Pick<Connection, 'read'>;

/**
 * Sends several reads as one message, and returns a reader that has their answers already: each message costs the time that the
 * network takes there and back. If the server refuses one of the statements, none of them is answered, and the reader sends each of
 * them by itself.
 *
 * @throws {DatabaseError} if the connection is lost
 */
export async function readAhead(
  connection: Connection,
  serverVersion: number,
  statements: readonly Statement[],
): Promise<Reader> {
  const limit: Statement = { text: `SET LOCAL statement_timeout = '${readSeconds}s'` };
  const before = [oneMoment, limit, ...neutralSettings(serverVersion)];
  let answers: Awaited<ReturnType<Connection['readAll']>>;
  try {
    answers = await connection.readAll([...before, ...statements], readSeconds);
  } catch (error) {
    const state = sqlStateOf(error instanceof DatabaseError ? error.cause : error);
    if (state === '' || state.startsWith('08') || state.startsWith('57P')) throw error;
    return connection;
  }
  const known = new Map(statements.map((one, index) => [keyOf(one), answers[before.length + index]]));
  return {
    read: async (text, values = []) => known.get(keyOf({ text, values })) ?? connection.read(text, values),
  };
}

function keyOf({ text, values = [] }: Statement): string {
  return JSON.stringify([text, values]);
}
