import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Statement, withLiterals } from '../../source/database/literals.ts';
import { type QueryName, sqlFor } from '../../source/database/sql.ts';
import type { Facts } from '../../source/domain/filter/resolve.ts';
import { pageStatement } from '../../source/polling/pages.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { filterOf, noFacts } from '../support/filters.ts';
import { target } from '../support/fixtures.ts';
import { changesQueries, followTable, type Sent } from '../support/followed-table.ts';

const rows = 1_000_000;
let database: TestDatabase;
let client: pg.Client;

/** A node of EXPLAIN (FORMAT JSON). */
interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly Plan[];
}

/** Completed operations, newest last, then live and pending ones. */
const fill = (pending: number) => `
  INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, started_at, completed_at,
    batch_size, worker_id)
  SELECT 'execution', 'table ' || n % 20, 'batch',
    CASE WHEN n > ${rows - pending} THEN 'pending' WHEN n % 997 = 0 THEN 'failed' WHEN n > ${rows - pending - 20} THEN 'running'
      ELSE 'completed' END,
    500, 5000, CASE WHEN n <= ${rows - pending} THEN localtimestamp - (${rows - pending} - n) * interval '1 second' END,
    CASE WHEN n <= ${rows - pending - 20} THEN localtimestamp - (${rows - pending} - n - 1) * interval '1 second' END, 100, n % 8
  FROM generate_series(1, ${rows}) AS n`;

/** Inserting rows first and creating indexes and key afterwards is faster. */
async function load(pending: number): Promise<void> {
  await client.query('TRUNCATE migration_control RESTART IDENTITY');
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE tablename = 'migration_control' AND indexname LIKE 'idx%'`,
  );
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
  await client.query('ALTER TABLE migration_control DROP CONSTRAINT migration_control_pkey');
  await client.query(fill(pending));
  for (const { definition } of indexes) await client.query(definition);
  await client.query('ALTER TABLE migration_control ADD PRIMARY KEY (id)');
}

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  client = await database.connect();
  await client.query('ALTER TABLE migration_control SET (autovacuum_enabled = off)');
  await client.query('ALTER TABLE migration_control SET UNLOGGED');
});
afterAll(() => database?.drop());

async function explained(text: string, values: readonly unknown[]): Promise<Plan> {
  // As the program sends it.
  const statement = withLiterals({ text, values });
  const answer = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`EXPLAIN (FORMAT JSON) ${statement}`);
  const [row] = answer.rows;
  if (row === undefined) throw new Error('There is no plan.');
  return row['QUERY PLAN'][0].Plan;
}

function nodes(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodes)];
}

/** How a statement reaches the rows of the table: by which indexes, or by reading all of it; one by its place is neither. */
function waysOf(plan: Plan): string[] {
  const scans = nodes(plan).filter(
    (node) => node['Relation Name'] === 'migration_control' || node['Node Type'] === 'Bitmap Index Scan',
  );
  return [
    ...new Set(
      scans.flatMap((node) =>
        ['Bitmap Heap Scan', 'ModifyTable', 'Tid Scan'].includes(node['Node Type'])
          ? []
          : [node['Index Name'] ?? `${node['Node Type']} on all of it`],
      ),
    ),
  ].sort();
}

const key = 'migration_control_pkey';
const status = 'idx_migration_control_status';
const started = 'idx_migration_control_started_at';
const table = 'idx_migration_control_table';

/** How the statements that were sent reach the rows, with the settings of their transactions. */
async function waysOfSent(sent: readonly Sent[]): Promise<string[]> {
  const ways: string[] = [];
  for (const { text, values } of sent) {
    if (text.includes('migration_control')) ways.push(...waysOf(await explained(text, values)));
    else await client.query(text, [...values]);
  }
  return [...new Set(ways)].sort();
}

const isRangeCount = ({ text }: Sent): boolean => /\b(?:counted|bounded) AS MATERIALIZED/.test(text);

async function watched(): Promise<{ first: string[]; counted: string[]; steady: string[]; probed: string[] }> {
  const followed = await followTable(database.url);
  try {
    await followed.poll();
    const first = await waysOfSent(followed.sent);
    const from = followed.sent.length;
    // The failures are read before the next id range is counted.
    for (let step = 0; !followed.sent.slice(from).some(isRangeCount); step++) {
      expect(step).toBeLessThan(10);
      expect(await followed.table.work()).not.toBeNull();
    }
    const counted = await waysOfSent(followed.sent.slice(from));
    await client.query(`UPDATE migration_control SET records_processed = 7 WHERE status = 'running'`);
    await followed.poll([5]);
    expect(changesQueries(followed.sent)).toHaveLength(1);
    const steady = await waysOfSent(followed.sent);
    const probed = waysOf(await explained(sqlFor('probe', 'migration_control'), ['failed', [1000, 20_000, 500_000]]));
    return { first, counted, steady, probed };
  } finally {
    await followed.close();
  }
}

describe.each<[what: string, isAnalyzed: boolean, prepare: () => Promise<unknown>]>([
  [
    'that was analyzed when all of it was pending',
    false,
    async () => {
      await client.query(
        `INSERT INTO migration_control (phase, table_name, operation, status)
         SELECT 'execution', 'table', 'batch', 'pending' FROM generate_series(1, 10000)`,
      );
      await client.query('ANALYZE migration_control');
      await load(400);
    },
  ],
  [
    'that was never analyzed',
    false,
    () => client.query(`DELETE FROM pg_statistic WHERE starelid = 'migration_control'::regclass`),
  ],
  ['that was vacuumed and analyzed', true, () => client.query('VACUUM (ANALYZE) migration_control')],
  [
    'of which 300,000 are pending',
    true,
    async () => {
      await load(300_000);
      await client.query('ANALYZE migration_control');
    },
  ],
])('a table of a million rows %s', (_, isAnalyzed, prepare) => {
  beforeAll(async () => {
    await prepare();
  });

  it('is read through its indexes only, by polls and by counts of id ranges', async () => {
    const { first, counted, steady, probed } = await watched();
    expect(first).toEqual([started, status, key]);
    expect(counted).toEqual([started, status, key]);
    expect(steady).toEqual([started, status, key]);
    expect(probed).toEqual([status]);
  });

  const ids = new Set([1994, 2991, 500_494]);
  const facts: Facts = {
    ...noFacts,
    is: (name) => ({ kind: name === 'unresolved' ? 'failed-except' : 'only', ids }),
    ofKind: () => [...ids],
    actedOnBy: () => [...ids],
  };
  const pages = (direction: 'older' | 'newer', filter: string, from: number | null = null): Statement =>
    pageStatement(
      { ...target, table: 'migration_control' },
      { direction, from, filter: filterOf(filter, facts), limit: 200 },
    );

  const filtered: [what: string, statement: Statement][] = [
    ['those of one worker', pages('older', 'worker:3')],
    ['those of some tables', pages('newer', 'table:"table 1"')],
    ['those of some tables by a part of their names', pages('newer', 'table:*1')],
  ];

  const detail: [what: string, name: QueryName, values: unknown[]] = [
    'one operation and its other attempts',
    'detail',
    [777, null],
  ];

  it.each<[what: string, statement: Statement]>([
    ['the newest operations', pages('older', '')],
    ['a page further down', pages('older', '', 500_000)],
    ['the oldest operations', pages('newer', '')],
    ['those that ended', pages('older', 'status:completed')],
    ['those that failed', pages('older', 'status:failed')],
    ['those of some ids', pages('older', 'id:1000..1100,7')],
    ['those that stall', pages('older', 'is:stalled')],
    ['those that are unresolved, newest first', pages('older', 'is:unresolved')],
    ['those that are unresolved, oldest first', pages('newer', 'is:unresolved')],
    ['those of a kind of failure', pages('newer', 'kind:key')],
    ['those that somebody acted on', pages('older', 'by:ops2')],
    ...(isAnalyzed ? filtered : []),
  ])('reads the page of %s by an index', async (_what, { text, values = [] }) => {
    expect(waysOf(await explained(text, values))).toSatisfy(
      (ways: string[]) => ways.length > 0 && ways.every((way) => [key, status, started, table].includes(way)),
    );
  });

  it.each<[what: string, name: QueryName, values: unknown[]]>([
    ['an action', 'transition', [777, 'pending', 'skipped', null, 'set', null, null, null]],
    ['the lock of an action', 'lock', [777, null]],
    ['the row after the triggers of an action', 'after-triggers', [777, 'skipped', null]],
    ['whether an action was made', 'settle', ['key', null, 777, null]],
    ['the session that holds a lock', 'blocker', [777, null]],
    // PostgreSQL needs statistics about rare values, or it reads the whole table for them.
    ...(isAnalyzed ? [detail] : []),
  ])('reads %s by an index', async (_what, name, values) => {
    expect(waysOf(await explained(sqlFor(name, 'migration_control'), values))).toSatisfy(
      (ways: string[]) => ways.length > 0 && ways.every((way) => [key, status, started, table].includes(way)),
    );
  });
});
