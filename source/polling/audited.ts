import { decodeAuditEntry } from '../database/decode.ts';
import type { NamedQuery, QueryValues } from '../database/parameters.ts';
import { kept, type Tagged } from '../database/tagged-rows.ts';
import type { AuditEntry } from '../domain/audit.ts';
import { batchOf } from '../domain/batch-key.ts';

/** How many actions are read; of those before a large batch as many again. */
export const activityLimit = 200;

/** How many rows of a large batch `activity-before.sql` returns. */
const rowsOfBatch = 16;

/** How many rows of the audit table are searched for the actions before a large batch. */
const searchedRows = 200_000;

type Run = <Name extends NamedQuery>(name: Name, values: QueryValues<Name>) => Promise<Tagged[]>;

/**
 * The newest actions of the audit table, newest first. A batch that is larger than the list does not hide the actions before it:
 * its newest entry has the outcomes of all its rows.
 *
 * @param hasKeys whether the audit table has keys (version 2)
 */
export async function readAudit(run: Run, tableOid: string, hasKeys: boolean): Promise<readonly AuditEntry[]> {
  const rows = await run('activity', { limit: activityLimit, tableOid });
  const newest = kept(rows.map(({ body }) => decodeAuditEntry(body)));
  const oldest = newest.at(-1);
  const before = idOf(rows.at(-1));
  const batch = batchOf(oldest?.key ?? null);
  if (!hasKeys || batch === null || before === null || rows.length < activityLimit) return newest;
  const values = { limit: activityLimit, tableOid, before, searched: searchedRows };
  const earlier = kept((await run('activity-before', values)).map(({ body }) => decodeAuditEntry(body)));
  const all = [...newest, ...earlier];
  const large = [...Map.groupBy(all, ({ key }) => batchOf(key))]
    .filter(([key, members]) => key !== null && (key === batch || members.length >= rowsOfBatch))
    .flatMap(([key]) => (key === null ? [] : [key]));
  return withOutcomes(all, outcomesIn(await run('batch-outcomes', { batches: large })));
}

function idOf(row: Tagged | undefined): number | null {
  const { body } = row ?? {};
  return typeof body === 'object' && body !== null && 'id' in body && typeof body.id === 'number' ? body.id : null;
}

type Outcomes = ReadonlyMap<string, ReadonlyMap<string, number>>;

function outcomesIn(rows: readonly Tagged[]): Outcomes {
  const found = new Map<string, Map<string, number>>();
  for (const { body } of rows) {
    const { batch, outcome, rows: many } = body as Readonly<Record<string, unknown>>;
    if (typeof batch !== 'string' || typeof outcome !== 'string' || typeof many !== 'number') continue;
    const outcomes = found.get(batch) ?? new Map<string, number>();
    found.set(batch, outcomes.set(outcome, many));
  }
  return found;
}

function withOutcomes(entries: readonly AuditEntry[], outcomes: Outcomes): readonly AuditEntry[] {
  const seen = new Set<string>();
  return entries.map((entry) => {
    const key = batchOf(entry.key);
    const batchOutcomes = key === null || seen.has(key) ? undefined : outcomes.get(key);
    if (key !== null) seen.add(key);
    return batchOutcomes === undefined ? entry : { ...entry, batchOutcomes };
  });
}
