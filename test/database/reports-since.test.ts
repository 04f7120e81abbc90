import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatusDocument } from '../../source/presentation/status-document.ts';
import { runCommand } from '../support/command.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

const reports = ['overall-progress', 'table-status', 'performance', 'error-analysis'] as const;
type Report = (typeof reports)[number];

async function run(database: TestDatabase, report: Report, since: string | null): Promise<Record<string, unknown>[]> {
  const client = await database.connect();
  try {
    if (since !== null) await client.query(`SET migtop.since = '${since}'`);
    return (await client.query(await readSql(`reports/${report}.sql`))).rows;
  } finally {
    await client.end();
  }
}

describe('the reports of one run', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase({ schema: true });
    // Last month's run with two that never began; then tonight's, with two that are planned.
    for (const [operation, day, first] of [
      ['last month', '2026-10-25', 1],
      ['tonight', '2026-11-25', 11],
    ] as const)
      await database.query(`
        INSERT INTO migration_control (id, phase, table_name, operation, status, records_processed, total_records, batch_size,
          started_at, completed_at)
        SELECT id, 'execution', 'brackets', '${operation}', CASE n WHEN 1 THEN 'failed' WHEN 9 THEN 'pending' WHEN 10 THEN 'pending'
            ELSE 'completed' END, CASE WHEN n < 9 THEN 100 END, 1000, 100,
          CASE WHEN n < 9 THEN timestamp '${day} 22:00' + n * interval '1 minute' END,
          CASE WHEN n < 9 THEN timestamp '${day} 22:00' + n * interval '2 minutes' END
        FROM (SELECT id, id - ${first} + 1 AS n FROM generate_series(${first}, ${first + 9}) id) batches`);
  });
  afterAll(() => database?.drop());

  const operations = async (since: string | null) => {
    const [progress, tables, performance, errors] = await Promise.all([
      run(database, 'overall-progress', since),
      run(database, 'table-status', since),
      run(database, 'performance', since),
      run(database, 'error-analysis', since),
    ]);
    const execution = progress.find(({ phase }) => phase === 'execution');
    return {
      phases: progress.length,
      execution: Number(execution?.operations),
      records: Number(execution?.total_records_processed),
      inTable: tables.map((table) => Number(table.operations)),
      batches: performance.map((batch) => Number(batch.batch_count)),
      failed: errors.map(({ id }) => id),
    };
  };

  it.each([
    [null, 20, 1600, 14, [11, 1]],
    ['', 20, 1600, 14, [11, 1]],
    ['2026-11-25 22:00', 10, 800, 7, [11]],
    ['2026-11-25', 10, 800, 7, [11]],
    ['2026-11-25 22:06', 5, 300, 3, []],
    ['11', 10, 800, 7, [11]],
    ['2026-12-01', 2, 0, 0, []],
    ['2020-01-01', 20, 1600, 14, [11, 1]],
  ] as const)(
    'have for migtop.since = %j the operations from there on',
    async (since, execution, records, batches, failed) => {
      expect(await operations(since)).toEqual({
        phases: 6,
        execution,
        records,
        inTable: [execution],
        batches: batches === 0 ? [] : [batches],
        failed,
      });
    },
  );
});

describe('the total that operations share', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase({ schema: true });
    // Batches of each way of counting, the first of which began an hour ago; then a run of a day before.
    await database.query(`
      INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size, started_at, completed_at)
      SELECT 'execution', table_name, 'batch', CASE WHEN n = 2 AND table_name = 'batches' THEN 'failed' ELSE 'completed' END, records, total, 100,
        localtimestamp - interval '61 minutes' + n * interval '10 minutes', localtimestamp - interval '60 minutes' + n * interval '10 minutes'
      FROM generate_series(0, 5) n
      CROSS JOIN LATERAL (VALUES ('batches', 100, 1000), ('cumulative', 100 + 100 * n, 1000), ('ranges', 100, 100), ('new', 100, 1000)) given (table_name, records, total)
      WHERE table_name <> 'new' OR n >= 4
      UNION ALL
      SELECT 'execution', table_name, 'batch', 'failed', 50, 1000, 100, localtimestamp - interval '3 days', localtimestamp - interval '3 days'
      FROM (VALUES ('batches'), ('new')) before (table_name)`);
  });
  afterAll(() => database?.drop());

  const whole = { batches: [1000, 60], cumulative: [1000, 60], ranges: [600, 100], new: [1000, 20] } as const;
  it.each([
    ['2h', "interval '2 hours'", whole, { pending: 0, running: 0, paused: 0, failed: 2 }],
    [
      '25m',
      "interval '25 minutes'",
      { ...whole, batches: [null, null], ranges: [200, 100] },
      { pending: 0, running: 0, paused: 0, failed: 3 },
    ],
  ] as const)('is theirs only if none of the run is left out, since %s', async (since, ago, tables, earlier) => {
    const { stdout } = await runCommand(['status', '--json', '--sample', '0', '--since', since, database.url]);
    const document = JSON.parse(stdout) as StatusDocument;
    const { rows } = await database.query<{ at: string }>(`SELECT (localtimestamp - ${ago})::text AS at`);
    const report = await run(database, 'table-status', String(rows[0]?.at));
    const figures = (of: readonly (readonly [string, unknown, unknown])[]) =>
      Object.fromEntries(of.map(([name, ...rest]) => [name, rest.map((one) => (one === null ? null : Number(one)))]));
    expect(document.earlier).toEqual(earlier);
    expect(figures(document.tables.map((one) => [one.tableName, one.totalRecords, one.percent]))).toEqual(tables);
    expect(
      figures(report.map((one) => [String(one.table_name), one.total_records, one.completion_percentage])),
    ).toEqual(tables);
    const [batches] = document.tables;
    expect(batches).toMatchObject({ wholeTotal: since === '25m' ? 1000 : null });
  });
});

describe.each(['numeric', 'float8'])('the reports of a table whose counters are %s', (type) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase({ schema: true });
    await database.query(`
      ALTER TABLE migration_control
        ALTER records_processed TYPE ${type}, ALTER total_records TYPE ${type}, ALTER batch_size TYPE ${type}`);
    const odd = ["'NaN'", "'Infinity'", "'-Infinity'", '1e308', '1e308', '-1e308', '0.5', '9223372036854775807'];
    for (const status of ['completed', 'running', 'failed'])
      for (const [index, value] of [...odd, '100', '250.0'].entries())
        await database.query(`
          INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size,
            started_at, completed_at)
          VALUES ('execution', 'brackets', 'batch ${index}', '${status}', ${value}, ${index % 2 ? value : '1000'},
            ${index % 3 ? value : '500'}, localtimestamp - interval '2 minutes', localtimestamp - interval '1 minute')`);
  });
  afterAll(() => database?.drop());

  it.each(reports)('are read: %s', async (report) => {
    expect((await run(database, report, null)).length).toBeGreaterThan(0);
    expect((await run(database, report, '5')).length).toBeGreaterThan(0);
  });

  it('count whole numbers only', async () => {
    const progress = await run(database, 'overall-progress', null);
    expect(Number(progress.find(({ phase }) => phase === 'execution')?.total_records_processed)).toBe(3 * 350);
    const [table] = await run(database, 'table-status', null);
    expect(Number(table?.operations)).toBe(30);
    expect(Number.isFinite(Number(table?.records_processed))).toBe(true);
    const batches = await run(database, 'performance', null);
    expect(batches.every((batch) => batch.records_per_second !== 'NaN')).toBe(true);
  });
});
