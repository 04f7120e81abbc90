import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sqlFor } from '../../source/database/sql.ts';
import { type ResolvedFilter, unfiltered } from '../../source/domain/filter/resolve.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { filterOf, noFacts } from '../support/filters.ts';

let database: TestDatabase;
let table: OpenedTable;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  table = await openTable(database.url);
});
afterAll(async () => {
  await table?.close();
  await database?.drop();
});

async function page(
  direction: 'older' | 'newer',
  from: number | null,
  limit: number,
  filter: ResolvedFilter = unfiltered,
): Promise<number[]> {
  const operations = await table.page({ direction, from, limit, filter });
  return operations.map(({ id }) => id);
}

const insertIds = (ids: readonly number[]) =>
  database.query(
    `INSERT INTO migration_control (id, phase, table_name, operation, status)
     SELECT unnest($1::int[]), 'execution', 'brackets', 'batch', 'pending'`,
    [ids],
  );

describe('paging by key', () => {
  // With gaps, and with ids below zero, which a serial column allows.
  const ids = [-5, 1, 2, 3, 10, 11, 500, 501, 502, 2_147_483_647];
  beforeAll(async () => {
    await database.query('TRUNCATE migration_control');
    await insertIds(ids);
  });

  it('starts at the newest, and goes down from an id that may be missing', async () => {
    expect(await page('older', null, 3)).toEqual([2_147_483_647, 502, 501]);
    expect(await page('older', 500, 3)).toEqual([500, 11, 10]);
    expect(await page('older', 499, 3)).toEqual([11, 10, 3]);
    expect(await page('older', 2, 9)).toEqual([2, 1, -5]);
    expect(await page('older', -6, 9)).toEqual([]);
  });

  it('starts at the oldest, and goes up above an id, but newest first', async () => {
    expect(await page('newer', null, 3)).toEqual([2, 1, -5]);
    expect(await page('newer', 3, 3)).toEqual([500, 11, 10]);
    expect(await page('newer', 4, 2)).toEqual([11, 10]);
    expect(await page('newer', 501, 9)).toEqual([2_147_483_647, 502]);
    expect(await page('newer', 2_147_483_647, 9)).toEqual([]);
  });

  it.each([1, 2, 3, 7, 100])('shows every row once on pages of %i, in both directions', async (limit) => {
    const down: number[] = [];
    for (let from: number | null = null; ; ) {
      const rows = await page('older', from, limit);
      if (rows.length === 0) break;
      down.push(...rows);
      from = (rows.at(-1) ?? 0) - 1;
    }
    expect(down).toEqual([...ids].reverse());

    const up: number[] = [];
    for (let from: number | null = null; ; ) {
      const rows = await page('newer', from, limit);
      if (rows.length === 0) break;
      up.unshift(...rows);
      from = rows[0] ?? 0;
    }
    expect(up).toEqual([...ids].reverse());
  });
});

describe('a table that changes between two pages', () => {
  beforeEach(async () => {
    await database.query('TRUNCATE migration_control');
    await insertIds(Array.from({ length: 100 }, (_, index) => (index + 1) * 10));
  });

  it('shows no row twice and skips none of the remaining rows', async () => {
    const staying = new Set(Array.from({ length: 100 }, (_, index) => (index + 1) * 10));
    const seen: number[] = [];
    let from: number | null = null;
    for (let round = 1; ; round++) {
      const rows = await page('older', from, 7);
      if (rows.length === 0) break;
      seen.push(...rows);
      from = (rows.at(-1) ?? 0) - 1;
      // New rows at the top and in the middle; what was shown goes, and so does what comes next.
      await insertIds([2000 + round, round * 10 + 5]);
      const going = [rows[0] ?? 0, (rows.at(-1) ?? 0) - 10];
      for (const id of going) staying.delete(id);
      await database.query('DELETE FROM migration_control WHERE id = ANY ($1)', [going]);
      await database.query("UPDATE migration_control SET status = 'running' WHERE id % 20 = 0");
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect([...staying].filter((id) => !seen.includes(id))).toEqual([]);
    expect(seen).toEqual([...seen].sort((a, b) => b - a));
  });
});

describe('a filter', () => {
  beforeAll(async () => {
    await database.query('TRUNCATE migration_control');
    await database.query(`
      INSERT INTO migration_control (id, phase, table_name, operation, status, worker_id, error_message) VALUES
      (1, 'execution', 'case_files', 'batch_migration', 'failed', 1, 'Foreign key violation on case_id'),
      (2, 'execution', 'casefiles', 'batch_migration', 'running', 2, NULL),
      (3, 'validation', 'Case_Files', 'count_check', 'completed', 1, NULL),
      (4, 'execution', '100%', 'retry_batch_15', 'paused', NULL, 'disk 97% full'),
      (5, 'planning', '100x', 'strategy', 'completed', 3, 'C:\\temp\\x'),
      (6, 'execution', 'ÄRGER', 'batch', 'pending', 2147483647, 'naïve'),
      (7, 'execution', 'it''s; DROP TABLE migration_control', 'batch', 'skipped', 0, '')`);
  });

  it.each<[string, string, number[]]>([
    ['by one status', 'status:completed', [5, 3]],
    ['by several statuses', 'status:failed,running', [2, 1]],
    ['by the other statuses', '!status:completed,failed,running', [7, 6, 4]],
    ['by phases', 'phase:planning,validation', [5, 3]],
    ['by a worker', 'worker:1', [3, 1]],
    ['by the worker 0, which is one', 'worker:0', [7]],
    ['by no worker', 'worker:none', [4]],
    ['by the highest worker', 'worker:2147483647', [6]],
    ['by a worker that no column could hold', 'worker:9007199254740991', []],
    ['by another worker than one, none included', '!worker:1', [7, 6, 5, 4, 2]],
    ['by a part of the table, in any case', 'table:FILES', [3, 2, 1]],
    ['by the start of the table', 'table:case%', [3, 2, 1]],
    ['by the exact table', 'table:=case_files', [1]],
    ['by a table with _, taken literally', 'table:case_files', [3, 1]],
    ['by a table with % in quotes, taken literally', 'table:"100%"', [4]],
    ['by letters that are not ASCII, in any case', 'table:ärger', [6]],
    ['by free text in the table', 'casefiles', [2]],
    ['by free text in the operation', 'retry_batch', [4]],
    ['by free text in the error', 'VIOLATION', [1]],
    ['by free text with %, taken literally', '"97% f"', [4]],
    ['by free text with _, taken literally', 'y_b', [4]],
    ['by free text with \\, taken literally', 'temp\\x', [5]],
    ['by a lone \\', '\\', [5]],
    ["by free text with ', taken literally", '"it\'s; DROP"', [7]],
    ['by ids', 'id:2..3,6', [6, 3, 2]],
    ['by all of it together', 'status:failed phase:execution worker:1 table:case key id:..5', [1]],
    ['by what no row has together', 'status:failed worker:2', []],
  ])('selects %s', async (_, filter, expected) => {
    expect(await page('older', null, 100, filterOf(filter))).toEqual(expected);
    expect(await page('newer', null, 100, filterOf(filter))).toEqual(expected);
  });

  it('counts the matching rows, not the rows that it reads', async () => {
    expect(await page('older', null, 2, filterOf('phase:execution'))).toEqual([7, 6]);
    expect(await page('newer', null, 2, filterOf('phase:execution'))).toEqual([2, 1]);
  });
});

it('fetches the same row as a poll', async () => {
  await database.query('TRUNCATE migration_control');
  await database.query(`
    INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, started_at, error_message)
    VALUES ('execution', 'brackets', 'batch', 'running', 1, 2, 'infinity', repeat('e', 5000))`);
  const { operations } = await table.poll([]);
  // A poll reads the digest of the query too.
  const rows = operations.map(({ queryDigest: _, queryKey: __, ...row }) => row);
  expect(rows).toHaveLength(1);
  expect(await table.page({ direction: 'older', from: null, limit: 5, filter: unfiltered })).toEqual(rows);
});

describe('a large table', () => {
  beforeAll(async () => {
    await database.query(`
      TRUNCATE migration_control;
      INSERT INTO migration_control (id, phase, table_name, operation, status, error_message)
      SELECT n, 'execution', 'table ' || n % 50, 'batch', 'completed', repeat('x', 100) FROM generate_series(1, 50000) AS n;
      ANALYZE migration_control`);
  });

  // A generic plan does not know the parameters, so it has to be right for all of them.
  it.each([
    ['page-older', 'force_custom_plan'],
    ['page-older', 'force_generic_plan'],
    ['page-newer', 'force_custom_plan'],
    ['page-newer', 'force_generic_plan'],
  ] as const)('is read by the index of its key: %s, %s', async (name, mode) => {
    const session = await database.connect();
    await session.query(`SET plan_cache_mode = ${mode}`);
    await session.query(`PREPARE one AS ${sqlFor(name, 'migration_control')}`);
    const { rows } = await session.query<{ 'QUERY PLAN': string }>('EXPLAIN (COSTS OFF) EXECUTE one(25000, 100)');
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toMatch(/Index Scan (Backward )?using migration_control_pkey/);
    expect(plan).not.toMatch(/Sort|Seq Scan/);
    await session.end();
  });

  it.each(['older', 'newer'] as const)('is not read further than the page: %s', async (direction) => {
    const session = await database.connect();
    const name = direction === 'older' ? 'page-older' : 'page-newer';
    await session.query(`PREPARE one AS ${sqlFor(name, 'migration_control')}`);
    const { rows } = await session.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
      'EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE one(25000, 100)',
    );
    interface Plan {
      'Node Type': string;
      'Actual Rows': number;
      'Rows Removed by Filter'?: number;
      Plans?: Plan[];
    }
    const scan = (plan: Plan | undefined): Plan | undefined => (plan?.Plans ? scan(plan.Plans[0]) : plan);
    const found = scan(rows[0]?.['QUERY PLAN'][0]?.Plan);
    expect(found?.['Node Type']).toBe('Index Scan');
    expect((found?.['Actual Rows'] ?? Number.NaN) + (found?.['Rows Removed by Filter'] ?? 0)).toBe(100);
    await session.end();
  });
});

describe('operations by many ids', () => {
  beforeAll(async () => {
    await database.query('TRUNCATE migration_control');
    await database.query(
      `INSERT INTO migration_control (id, phase, table_name, operation, status)
       SELECT n, 'execution', 't', 'batch', CASE n % 3 WHEN 0 THEN 'failed' ELSE 'completed' END FROM generate_series(1, 30000) AS n`,
    );
  });

  const every = (step: number) => new Set(Array.from({ length: 30_000 / step }, (_, index) => (index + 1) * step));
  const filters = {
    'these ids': ['is:marked', (id: number) => id % 2 === 0],
    'all but these ids': ['!is:marked', (id: number) => id % 2 !== 0],
    'failed ones but some': ['is:unresolved', (id: number) => id % 3 === 0 && id % 6 !== 0],
    'both, where they meet only far down': ['is:marked is:unresolved id:..3', () => false],
  } as const;

  it.each(Object.entries(filters))('are read in pages in both directions: %s', async (_, [text, isListed]) => {
    const filter = filterOf(text, {
      ...noFacts,
      is: (name) => (name === 'marked' ? { kind: 'only', ids: every(2) } : { kind: 'failed-except', ids: every(6) }),
    });
    const expected = Array.from({ length: 30_000 }, (__, index) => 30_000 - index).filter(isListed);
    expect(await page('older', null, 50, filter)).toEqual(expected.slice(0, 50));
    expect(await page('newer', null, 50, filter)).toEqual(expected.slice(-50));
    expect(await page('older', null, 30_000, filter)).toEqual(expected);
    expect(await page('newer', 10, 30_000, filter)).toEqual(expected.filter((id) => id > 10));
  });
});
