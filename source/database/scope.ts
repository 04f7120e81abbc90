import { type Since, type SinceScope, sinceTimestamp } from '../domain/since.ts';
import type { Connection } from './connection.ts';
import { sqlFor } from './sql.ts';
import { clockOf, ofKind, type Tagged, taggedRows } from './tagged-rows.ts';
import type { Target } from './target.ts';

const lowestId = '-9223372036854775808';

/**
 * Finds the first id of the operations to watch, once. The queries then use it as a condition on the table's key, which costs
 * nothing.
 *
 * The first id is the lowest id that started at or after the timestamp. If there is none, it is the id after the highest id of
 * those that started last before the timestamp: later ids are pending operations, which are not older than that id.
 */
export async function resolveSince(
  connection: Connection,
  { table, zone, zonedColumns = [] }: Pick<Target, 'table' | 'zone' | 'zonedColumns'>,
  since: Since,
): Promise<SinceScope> {
  if (since.kind === 'id') return { text: since.text, firstId: since.id, startedAt: null };
  const text = sqlFor('since', table, { zone, zonedColumns });
  const read = async (values: unknown[]): Promise<Tagged[]> => taggedRows(await connection.read(text, values));
  // The timestamp is in the local time of the table's writers, because the query compares their timestamps unchanged. The first
  // read fetches only the clock: PostgreSQL uses the index only for a timestamp that is known when it plans the query.
  const startedAt = sinceTimestamp(since, clockOf(await read([null])), zone) ?? 0;
  const [found] = ofKind(await read([startedAt]), 'since') as [{ first?: unknown; before?: unknown } | undefined];
  const before = bigintOf(found?.before);
  const first = bigintOf(found?.first) ?? (before === null ? null : before + 1n);
  return { text: since.text, firstId: first === null ? lowestId : String(first), startedAt };
}

function bigintOf(value: unknown): bigint | null {
  return typeof value === 'string' ? BigInt(value) : null;
}
