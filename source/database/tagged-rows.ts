import { type Read, readTogether } from './bounds.ts';
import type { Connection } from './connection.ts';
import { DatabaseError } from './database-error.ts';
import { type Decoded, decodeClock } from './decode.ts';
import type { Target } from './target.ts';

/** A row of most queries: `kind` names the type of the JSON in `body`. */
export interface Tagged {
  readonly kind: string;
  readonly body: unknown;
}

/** Checks that each row has a kind. @throws {DatabaseError} if one has none */
export function taggedRows(rows: readonly Readonly<Record<string, unknown>>[]): Tagged[] {
  return rows.map(({ kind, body }) => {
    if (typeof kind !== 'string') throw new DatabaseError('failed', 'The database sent a row without a kind.');
    return { kind, body };
  });
}

/** Runs reads of queries with tagged rows as one message, in one snapshot (`readTogether`). @throws {DatabaseError} */
export async function readTagged(
  connection: Pick<Connection, 'readAll'>,
  target: Pick<Target, 'hasConnectionChecks' | 'serverVersion' | 'holdsAnswers'>,
  reads: readonly Read[],
): Promise<Tagged[][]> {
  return (await readTogether(connection, target, reads)).map(taggedRows);
}

/** The bodies of the rows of one kind. */
export function ofKind(rows: readonly Tagged[], kind: string): unknown[] {
  return rows.filter((row) => row.kind === kind).map((row) => row.body);
}

/** The readable values. */
export function kept<T>(decoded: readonly Decoded<T>[]): T[] {
  return decoded.flatMap((one) => (one.kind === 'ok' ? [one.value] : []));
}

/** The database's clock in seconds. @throws {DatabaseError} if the rows have no valid clock */
export function clockOf(rows: readonly Tagged[]): number {
  const clock = decodeClock(ofKind(rows, 'clock')[0]);
  if (clock.kind === 'ok') return clock.value;
  throw new DatabaseError('failed', `The database returned no valid time: ${clock.unreadable.problem}`);
}
