import { type Since, type SinceScope, sinceTimestamp } from '../domain/since.ts';
import { localSeconds } from '../domain/zone.ts';
import type { Connection } from './connection.ts';
import { sqlFor } from './sql.ts';
import { clockOf, ofKind, type Tagged, taggedRows } from './tagged-rows.ts';
import type { Target } from './target.ts';

const lowestId = '-9223372036854775808';

/**
 * Finds the first id of what is to be watched, once: from then on it is a condition on the table's key, and costs nothing.
 *
 * It is the lowest id that started at or after the timestamp; where none has, the one after the highest of those that were the
 * last to start before it: what is planned from there on is still to come. (A pending operation is not older than that id.)
 */
export async function resolveSince(
  connection: Connection,
  { table, zone }: Pick<Target, 'table' | 'zone'>,
  since: Since,
): Promise<SinceScope> {
  if (since.kind === 'id') return { text: since.text, firstId: since.id, startedAt: null };
  const read = async (values: unknown[]): Promise<Tagged[]> =>
    taggedRows(await connection.read(sqlFor('since', table), values));
  // By the clock of the table's writers, whose timestamps are compared as they are. First for the clock alone: a timestamp that PostgreSQL knows as it plans is found by the index.
  const startedAt = sinceTimestamp(since, localSeconds(clockOf(await read([null])), zone)) ?? 0;
  const [found] = ofKind(await read([startedAt]), 'since') as [{ first?: unknown; before?: unknown } | undefined];
  const before = bigintOf(found?.before);
  const first = bigintOf(found?.first) ?? (before === null ? null : before + 1n);
  return { text: since.text, firstId: first === null ? lowestId : String(first), startedAt };
}

function bigintOf(value: unknown): bigint | null {
  return typeof value === 'string' ? BigInt(value) : null;
}
