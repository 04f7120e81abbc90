import type { Connection } from './connection.ts';
import type { Statement } from './literals.ts';
import type { Target } from './target.ts';

/** Makes the server look whether this program is still there while it runs a long statement (PostgreSQL 14, Linux). */
const connectionChecks: Statement = { text: "SET LOCAL client_connection_check_interval = '2s'" };

/** PostgreSQL may take seconds to compile a statement that then runs for milliseconds (manual, 31.1). */
const uncompiled: Statement = { text: 'SET LOCAL jit = off' };

/** Both statements of a message see one moment, and change nothing. */
const oneMoment: Statement = { text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY' };

/** For the statements after it in the same message: how long each may take on the server. */
export function timeout(seconds: number): Statement {
  return { text: `SET LOCAL statement_timeout = '${seconds * 1000}ms'` };
}

/** What every message of ours begins with: it ends on the server too when this program has ended. */
export function checks(target: Pick<Target, 'hasConnectionChecks'>): Statement[] {
  return target.hasConnectionChecks ? [connectionChecks] : [];
}

/** A statement of a read, and how many seconds it may take. */
export interface Read extends Statement {
  readonly seconds: number;
  /** Settings for this statement and those after it. */
  readonly after?: Statement;
}

/**
 * Runs reads as one message: all of one moment, none longer than it may. Whatever becomes of this program or of the network,
 * the snapshot is gone after the sum of their seconds.
 */
export async function readTogether(
  connection: Pick<Connection, 'readAll'>,
  target: Pick<Target, 'hasConnectionChecks'>,
  reads: readonly Read[],
): Promise<Record<string, unknown>[][]> {
  const statements: Statement[] = reads.length > 1 ? [oneMoment] : [];
  statements.push(uncompiled, ...checks(target));
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
