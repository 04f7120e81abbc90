import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../source/demo/random.ts';
import type { Attempt } from '../../source/domain/lineage.ts';
import { otherAttempts } from '../../source/domain/resolved-failures.ts';
import { summariseTables } from '../../source/domain/summary.ts';
import { runCommand } from '../support/command.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import { followTable } from '../support/followed-table.ts';

/** How many tables there are. */
const tables = 36;

let database: TestDatabase;

/** The figures of each table by its name, as each part of the program has them. */
let figuresOf: Readonly<Record<'status' | 'ledger' | 'running' | 'brief' | 'report', ReadonlyMap<string, unknown>>>;
/** For each failed operation the operation that resolves it, in order of id. */
let resolvedBy: Readonly<
  Record<'status' | 'ledger' | 'running' | 'brief' | 'domain', readonly (readonly [number, number | null])[]>
>;

/** Operations of tables with 20 to 300 of them. Their queries mostly name no range, and some of them are repeated. */
function randomRows(): unknown[] {
  const random = createRandom(21);
  const one = <T>(...of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  let id = 0;
  return Array.from({ length: tables }, (_, table) => {
    const queries = 6 + Math.floor(random() * 100);
    const text = one(
      (part: number) => `SELECT * FROM part_${part}`,
      (part: number) => `SELECT * FROM "from" WHERE region = 'r ${part}'`,
      (part: number) => (part < 3 ? `SELECT * FROM s WHERE id > $${part + 1}` : `SELECT * FROM part_${part}`),
      (part: number) => (part < 3 ? `SELECT * FROM s LIMIT 500 OFFSET ${500 * part}` : `SELECT * FROM part_${part}`),
    );
    const total = one(null, 500, 1000);
    const size = 20 + Math.floor(random() * 281);
    const given: { id: number; part: number }[] = [];
    return Array.from({ length: size }, (__, at) => {
      id++;
      const before = given[Math.floor(random() * given.length)];
      const isRetry = before !== undefined && random() < 0.3;
      const part = isRetry ? before.part : at < queries ? at : Math.floor(random() * queries);
      given.push({ id, part });
      const status = one('completed', 'completed', 'completed', 'failed', 'failed', 'skipped', 'pending', 'running');
      const name = one('copy', `copy_${part}`);
      return {
        id,
        table_name: `t${table}`,
        operation: isRetry ? one(`retry_batch_${before.id}`, `${name}_retry`, `Retry_${name}`, name) : name,
        status,
        records_processed: status === 'pending' ? null : one(100, 500, 500, 1000),
        total_records: total,
        batch_size: one(100, 500, 500, 1000, null),
        source_query: one(true, true, true, true, false) ? text(part) : null,
        started: status === 'pending' ? null : id,
        ended: status === 'pending' || status === 'running' ? null : id + 0.5,
      };
    });
  }).flat();
}

async function insert(rows: readonly unknown[]): Promise<void> {
  await database.query(
    `INSERT INTO migration_control (id, phase, table_name, operation, status, records_processed, total_records, batch_size,
       source_query, started_at, completed_at)
     SELECT id, 'execution', table_name, operation, status, records_processed, total_records, batch_size, source_query,
       localtimestamp - interval '1 day' + started * interval '1 second', localtimestamp - interval '1 day' + ended * interval '1 second'
     FROM jsonb_to_recordset($1) AS (id int, table_name text, operation text, status text, records_processed int,
       total_records int, batch_size int, source_query text, started float8, ended float8)`,
    [JSON.stringify(rows)],
  );
}

/** All rows, as the domain compares them. */
async function attempts(): Promise<Attempt[]> {
  const { rows } = await database.query<Attempt>(
    `SELECT id, phase, table_name AS "tableName", operation, status, records_processed AS "recordsProcessed",
       total_records AS "totalRecords", batch_size AS "batchSize", source_query AS "sourceQuery",
       date_part('epoch', started_at) AS "startedAt", date_part('epoch', completed_at) AS "completedAt"
     FROM migration_control`,
  );
  return rows.map((row) => ({ ...row, mark: null }));
}

const inOrder = (of: Iterable<readonly [number, number | null]>) => [...of].sort(([a], [b]) => a - b);

const byName = (of: readonly { readonly tableName: string }[]): ReadonlyMap<string, unknown> =>
  new Map(of.map((one) => [one.tableName, figures(one)]));

function figures(of: unknown): unknown {
  const { recordsProcessed, totalRecords, percent, counting } = of as Record<string, unknown>;
  return { recordsProcessed, totalRecords, percent, counting };
}

type Followed = Awaited<ReturnType<typeof followTable>>;

async function known(followed: Followed) {
  const { totals, triage } = await followed.settle();
  const resolved = [...(triage?.all() ?? [])].map(({ id, resolution }): [number, number | null] => [
    id,
    resolution.kind === 'resolved' ? resolution.by : null,
  ]);
  return { tables: byName(summariseTables(totals)), resolved: inOrder(resolved) };
}

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  const rows = randomRows();
  await insert(rows.slice(0, rows.length / 2));
  const follower = await followTable(database.url);
  await follower.settle();
  for (let at = Math.floor(rows.length / 2); at < rows.length; at += 200) {
    await insert(rows.slice(at, at + 200));
    await follower.settle();
  }
  // Id ranges with rows of one query are counted again within a minute.
  follower.pass(60);
  const running = await known(follower);
  await follower.close();
  const fresh = await followTable(database.url);
  const ledger = await known(fresh);
  await fresh.close();
  const { stdout } = await runCommand(['status', '--json', '--sample', '0', database.url]);
  const document = JSON.parse(stdout);
  await database.query(`INSERT INTO migration_control (id, phase, table_name, operation, status)
    VALUES (300000, 'discovery', 'other', 'analysis', 'completed')`);
  const large = await followTable(database.url);
  const brief = await known(large);
  await large.close();
  const text = (await readSql('reports/table-status.sql')).replace(/;\s*$/, '');
  const { rows: report } = await database.query<{ tableName: string }>(
    `SELECT table_name AS "tableName", records_processed::float8 AS "recordsProcessed",
       total_records::float8 AS "totalRecords", completion_percentage::float8 AS percent, counting FROM (${text}) AS report`,
  );
  figuresOf = {
    status: byName(document.tables),
    ledger: ledger.tables,
    running: running.tables,
    brief: brief.tables,
    report: byName(report),
  };
  resolvedBy = {
    status: inOrder(
      document.failures.map(({ id, resolvedBy: by }: { id: number; resolvedBy: number | null }) => [id, by]),
    ),
    ledger: ledger.resolved,
    running: running.resolved,
    brief: brief.resolved,
    domain: inOrder(otherAttempts(await attempts()).resolved),
  };
});
afterAll(() => database?.drop());

describe('operations with whole queries, in tables of 20 to 300 of them', () => {
  it.each(['ledger', 'running', 'brief', 'status'] as const)('are resolved as the domain has it: %s', (where) => {
    const found = resolvedBy[where];
    expect(found.length).toBeGreaterThan(100);
    const ids = new Set(found.map(([id]) => id));
    expect(found).toEqual(resolvedBy.domain.filter(([id]) => ids.has(id)));
  });

  it.each(['ledger', 'running', 'brief', 'status'] as const)('have the figures of sql/reports: %s', (where) => {
    expect(figuresOf.report.size).toBe(tables);
    expect(figuresOf[where]).toEqual(figuresOf.report);
  });
});
