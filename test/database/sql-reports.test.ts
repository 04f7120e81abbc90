import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

const reports = ['overall-progress', 'table-status', 'error-analysis', 'performance'] as const;
type Report = (typeof reports)[number];

const phases = ['discovery', 'planning', 'mapping', 'execution', 'validation', 'rollback'];
const statuses = ['pending', 'running', 'paused', 'completed', 'failed', 'skipped'];

const int4Max = 2_147_483_647;
const int4Min = -2_147_483_648;

// Timestamps are written and compared as text: a Date depends on the zone of the machine.
interface Row {
  id?: number;
  phase?: string;
  table_name?: string;
  operation?: string;
  status?: string;
  records_processed?: number | null;
  total_records?: number | null;
  started_at?: string | null;
  completed_at?: string | null;
  error_message?: string | null;
  batch_size?: number | null;
  worker_id?: number | null;
}

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
});
beforeEach(() => database.query('TRUNCATE migration_control RESTART IDENTITY'));
afterAll(() => database?.drop());

async function insert(...rows: Row[]): Promise<void> {
  for (const row of rows) {
    const full = {
      phase: 'execution',
      table_name: 'brackets',
      operation: 'batch_migration',
      status: 'completed',
      ...row,
    };
    const columns = Object.keys(full);
    await database.query(
      `INSERT INTO migration_control (${columns.join(', ')}) VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')})`,
      Object.values(full),
    );
  }
}

/** The report's rows as JSON has them: counts as numbers, timestamps as ISO text, infinity as 'infinity'. */
async function run(report: Report): Promise<Record<string, unknown>[]> {
  const text = (await readSql(`reports/${report}.sql`)).replace(/;\s*$/, '');
  const { rows } = await database.query<{ row: Record<string, unknown> }>(
    `SELECT row_to_json(report) AS row FROM (${text}) AS report`,
  );
  return rows.map(({ row }) => row);
}

interface Plan {
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly Plans?: readonly Plan[];
}

/** How many rows the nodes of a plan returned or compared. */
function rowsOfPlan(plan: Plan): number {
  const rows = (plan['Actual Rows'] + (plan['Rows Removed by Join Filter'] ?? 0)) * plan['Actual Loops'];
  return (plan.Plans ?? []).reduce((sum, part) => sum + rowsOfPlan(part), rows);
}

async function runOne(report: Report): Promise<Record<string, unknown>> {
  const rows = await run(report);
  expect(rows).toHaveLength(1);
  return rows[0] ?? {};
}

async function runPhase(phase: string): Promise<Record<string, unknown> | undefined> {
  return (await run('overall-progress')).find((row) => row.phase === phase);
}

describe("the reports on the specification's examples", () => {
  beforeEach(async () => {
    for (const example of ['brackets', 'case-file-relationships']) {
      await database.query(await readSql(`examples/${example}.sql`));
    }
  });

  it('show the progress of all six phases', async () => {
    const none = { pending: 0, running: 0, paused: 0, completed: 0, failed: 0, skipped: 0 };
    expect(await run('overall-progress')).toEqual([
      {
        ...none,
        phase: 'discovery',
        operations: 1,
        completed: 1,
        total_records_processed: 0,
        phase_started: '2024-01-15T10:00:00',
        phase_completed: '2024-01-15T10:00:05',
      },
      {
        ...none,
        phase: 'planning',
        operations: 1,
        completed: 1,
        total_records_processed: 0,
        phase_started: '2024-01-15T10:00:05',
        phase_completed: '2024-01-15T10:00:10',
      },
      {
        ...none,
        phase: 'mapping',
        operations: 0,
        total_records_processed: 0,
        phase_started: null,
        phase_completed: null,
      },
      {
        ...none,
        phase: 'execution',
        operations: 5,
        completed: 4,
        failed: 1,
        total_records_processed: 3523,
        phase_started: '2024-01-15T10:00:15',
        phase_completed: '2024-01-15T10:21:30',
      },
      {
        ...none,
        phase: 'validation',
        operations: 2,
        completed: 2,
        total_records_processed: 1592,
        phase_started: '2024-01-15T10:02:30',
        phase_completed: '2024-01-15T10:18:45',
      },
      {
        ...none,
        phase: 'rollback',
        operations: 0,
        total_records_processed: 0,
        phase_started: null,
        phase_completed: null,
      },
    ]);
  });

  it('show one row for each table, with the records of every status in its percentage', async () => {
    const none = { pending: 0, running: 0, paused: 0, completed: 0, failed: 0, skipped: 0, counting: 'per batch' };
    expect(await run('table-status')).toEqual([
      {
        ...none,
        table_name: 'brackets',
        operations: 2,
        completed: 2,
        records_processed: 1000,
        total_records: 1569,
        completion_percentage: 63.73,
        started_at: '2024-01-15T10:00:15',
        completed_at: '2024-01-15T10:01:15',
        duration_seconds: 30,
      },
      {
        ...none,
        table_name: 'case_file_relationships',
        operations: 2,
        completed: 1,
        failed: 1,
        records_processed: 2500,
        total_records: 15420,
        completion_percentage: 16.21,
        started_at: '2024-01-15T10:15:00',
        completed_at: '2024-01-15T10:21:30',
        duration_seconds: 210,
      },
      {
        ...none,
        table_name: 'cases',
        operations: 1,
        completed: 1,
        records_processed: 23,
        total_records: 23,
        completion_percentage: 100,
        started_at: '2024-01-15T10:20:00',
        completed_at: '2024-01-15T10:21:00',
        duration_seconds: 60,
      },
    ]);
  });

  it('show the one failure with every field', async () => {
    expect(await run('error-analysis')).toEqual([
      {
        id: 10,
        phase: 'execution',
        table_name: 'case_file_relationships',
        operation: 'batch_migration',
        error_message: 'Foreign key constraint violation on case_id',
        started_at: '2024-01-15T10:15:00',
        records_processed: 2300,
        total_records: 15420,
        worker_id: 2,
      },
    ]);
  });

  it('show the rates, the fastest first, without the failed batch', async () => {
    expect(await run('performance')).toEqual([
      {
        table_name: 'brackets',
        batch_size: 500,
        records_per_second: 16.667,
        avg_batch_duration: 30,
        batch_count: 2,
        measured_batches: 2,
      },
      {
        table_name: 'case_file_relationships',
        batch_size: 200,
        records_per_second: 6.667,
        avg_batch_duration: 30,
        batch_count: 1,
        measured_batches: 1,
      },
      {
        table_name: 'cases',
        batch_size: 23,
        records_per_second: 0.383,
        avg_batch_duration: 60,
        batch_count: 1,
        measured_batches: 1,
      },
    ]);
  });
});

describe('overall-progress.sql', () => {
  it('lists all six phases in order when the table is empty', async () => {
    const rows = await run('overall-progress');
    expect(rows.map((row) => row.phase)).toEqual(phases);
    expect(rows.every((row) => row.operations === 0 && row.phase_completed === null)).toBe(true);
  });

  it('keeps the order of the phases whatever the order of the rows', async () => {
    await insert(...phases.toReversed().map((phase) => ({ phase })));
    expect((await run('overall-progress')).map((row) => row.phase)).toEqual(phases);
  });

  it('counts each status in its own column', async () => {
    await insert(...statuses.flatMap((status, index) => Array.from({ length: index + 1 }, () => ({ status }))));
    expect(await runPhase('execution')).toMatchObject({
      operations: 21,
      pending: 1,
      running: 2,
      paused: 3,
      completed: 4,
      failed: 5,
      skipped: 6,
    });
  });

  it.each(['pending', 'running', 'paused'])('has no phase_completed while an operation is %s', async (status) => {
    await insert({ completed_at: '2024-01-15 10:00:05' }, { status });
    expect(await runPhase('execution')).toMatchObject({ phase_completed: null });
  });

  it.each(['completed', 'failed', 'skipped'])('has phase_completed when the last operation is %s', async (status) => {
    await insert({ completed_at: '2024-01-15 10:00:05' }, { status });
    expect(await runPhase('execution')).toMatchObject({ phase_completed: '2024-01-15T10:00:05' });
  });

  it('is not kept open by another phase', async () => {
    await insert({ phase: 'mapping', completed_at: '2024-01-15 10:00:05' }, { phase: 'execution', status: 'running' });
    expect(await runPhase('mapping')).toMatchObject({ phase_completed: '2024-01-15T10:00:05' });
  });

  it('has no phase_completed for closed operations without a timestamp', async () => {
    await insert({ status: 'skipped' });
    expect(await runPhase('execution')).toMatchObject({ operations: 1, skipped: 1, phase_completed: null });
  });

  it('adds up counters beyond the largest integer, and unknown ones as 0', async () => {
    await insert(
      { records_processed: int4Max },
      { records_processed: int4Max },
      { records_processed: null },
      { phase: 'mapping', records_processed: null },
    );
    expect(await runPhase('execution')).toMatchObject({ total_records_processed: 2 * int4Max });
    expect(await runPhase('mapping')).toMatchObject({ operations: 1, total_records_processed: 0 });
  });
});

describe('table-status.sql', () => {
  it('has no row when nothing is in execution', async () => {
    await insert({ phase: 'validation', records_processed: 1569 });
    expect(await run('table-status')).toEqual([]);
  });

  it('leaves the rows of other phases out of a table', async () => {
    await insert(
      { records_processed: 1000, total_records: 1569 },
      { phase: 'validation', status: 'running', records_processed: 1569, total_records: 99_999 },
    );
    expect(await runOne('table-status')).toMatchObject({
      operations: 1,
      running: 0,
      records_processed: 1000,
      total_records: 1569,
      completion_percentage: 63.73,
    });
  });

  it('has one row for a table with every status, each in its own column', async () => {
    await insert(
      ...statuses.flatMap((status, index) =>
        Array.from({ length: index + 1 }, () => ({ status, records_processed: 1, total_records: 42 })),
      ),
    );
    expect(await runOne('table-status')).toMatchObject({
      operations: 21,
      pending: 1,
      running: 2,
      paused: 3,
      completed: 4,
      failed: 5,
      skipped: 6,
      records_processed: 21,
      completion_percentage: 50,
    });
  });

  it('orders by table, whatever the order of the rows', async () => {
    await insert({ table_name: 'cases' }, { table_name: 'brackets' }, { table_name: 'files' });
    expect((await run('table-status')).map((row) => row.table_name)).toEqual(['brackets', 'cases', 'files']);
  });

  it.each([
    ['takes the largest of rows that grow step by step', [500, 1000, 1569], 1569, 1569, 100, 'cumulative'],
    ['takes the largest before the end, too', [500, 1000, 1200], 1569, 1200, 76.48, 'cumulative'],
    ['takes the sum where a later row has less', [500, 500, 469], 1569, 1469, 93.63, 'per batch'],
    ['takes the lower figure where it is unclear', [500, 500, 569], 1569, 569, 36.27, 'unclear'],
    ['takes the sum of equal rows', [700, 700, 700], 1569, 2100, 133.84, 'per batch'],
    ['takes the sum of counters that are partly unknown', [500, null], 1569, 500, 31.87, 'per batch'],
    ['takes nothing for counters that are all unknown', [null, null], 1569, 0, 0, 'per batch'],
    ['has no percentage of an unknown total', [500, 500], null, 1000, null, 'per batch'],
    ['has no percentage of a zero total', [500, 500], 0, 1000, null, 'per batch'],
    ['has all of a zero total of nothing', [0, 0], 0, 0, 100, 'per batch'],
    ['adds up beyond the largest integer', [int4Max, int4Max], 1, 2 * int4Max, 429496729400, 'per batch'],
    ['adds up the largest integers', [int4Max, int4Max], int4Max, 2 * int4Max, 200, 'per batch'],
    ['takes negative counters for none', [int4Min, int4Min], 100, 0, 0, 'per batch'],
  ] as const)('%s', async (_, counters, total_records, records_processed, completion_percentage, counting) => {
    await insert(...counters.map((counter) => ({ records_processed: counter, total_records })));
    expect(await runOne('table-status')).toMatchObject({
      records_processed,
      total_records,
      completion_percentage,
      counting,
    });
  });

  it('computes each table from its own rows', async () => {
    await insert(
      { table_name: 'brackets', records_processed: 500, total_records: 600 },
      { table_name: 'brackets', records_processed: 600, total_records: 600 },
      { table_name: 'cases', records_processed: 23, total_records: 46 },
      { table_name: 'cases', records_processed: 23, total_records: 46 },
    );
    expect(await run('table-status')).toMatchObject([
      { table_name: 'brackets', records_processed: 600, counting: 'cumulative' },
      { table_name: 'cases', records_processed: 46, counting: 'per batch' },
    ]);
  });

  it.each(['pending', 'running', 'paused'])('has no completed_at while an operation is %s', async (status) => {
    await insert({ completed_at: '2024-01-15 10:00:45' }, { status });
    expect(await runOne('table-status')).toMatchObject({ completed_at: null });
  });

  it.each([
    [
      'is that of the longest operation',
      [
        ['10:00:00', '10:00:30'],
        ['10:00:30', '10:01:29.5'],
      ],
      59.5,
    ],
    ['is 0 for two equal stamps', [['10:00:00', '10:00:00']], 0],
    ['is unknown for stamps that go backwards', [['10:00:30', '10:00:00']], null],
    [
      'leaves the backward pair out',
      [
        ['10:00:30', '09:00:00'],
        ['10:00:00', '10:00:01'],
      ],
      1,
    ],
    ['is unknown without a start', [[null, '10:00:00']], null],
    ['is unknown without an end', [['10:00:00', null]], null],
  ] as const)('has a duration that %s', async (_, stamps, duration_seconds) => {
    await insert(
      ...stamps.map(([start, end]) => ({
        started_at: start && `2024-01-15 ${start}`,
        completed_at: end && `2024-01-15 ${end}`,
      })),
    );
    expect(await runOne('table-status')).toMatchObject({ duration_seconds });
  });
});

describe('error-analysis.sql', () => {
  it('lists failed operations of every phase and no other status', async () => {
    await insert(...statuses.map((status) => ({ status })), ...phases.map((phase) => ({ phase, status: 'failed' })));
    const rows = await run('error-analysis');
    expect(rows.map((row) => row.phase).sort()).toEqual([...phases, 'execution'].sort());
  });

  it('lists the newest first, those never started last, and equal timestamps by the higher id', async () => {
    await insert(
      { id: 1, status: 'failed', started_at: null },
      { id: 2, status: 'failed', started_at: '2024-01-15 10:00:00' },
      { id: 3, status: 'failed', started_at: '2024-01-16 10:00:00' },
      { id: 4, status: 'failed', started_at: '2024-01-15 10:00:00' },
      { id: 5, status: 'failed', started_at: null },
      { id: 6, status: 'failed', started_at: '-infinity' },
    );
    expect((await run('error-analysis')).map((row) => row.id)).toEqual([3, 4, 2, 6, 5, 1]);
  });

  it('lists failures with an infinite end by their start', async () => {
    const end = { status: 'failed', completed_at: 'infinity' };
    await insert(
      { id: 1, ...end, started_at: '2024-01-15 10:00:00' },
      { id: 2, status: 'failed', started_at: '2024-01-15 09:00:00', completed_at: '2024-01-15 11:00:00' },
      { id: 3, ...end, started_at: null },
      { id: 4, ...end, started_at: '2024-01-15 12:00:00' },
    );
    expect((await run('error-analysis')).map((row) => row.id)).toEqual([4, 2, 1, 3]);
  });

  it('lists a failure without any details as it is', async () => {
    await insert({ id: 1, status: 'failed' });
    expect(await run('error-analysis')).toEqual([
      {
        id: 1,
        phase: 'execution',
        table_name: 'brackets',
        operation: 'batch_migration',
        error_message: null,
        started_at: null,
        records_processed: null,
        total_records: null,
        worker_id: null,
      },
    ]);
  });
});

describe('performance.sql', () => {
  const start = '2024-01-15 10:00:00';

  it('divides the records of all batches by the seconds of all batches', async () => {
    await insert(
      { records_processed: 1000, started_at: start, completed_at: '2024-01-15 10:01:40', batch_size: 500 },
      { records_processed: 100, started_at: start, completed_at: '2024-01-15 10:00:01', batch_size: 500 },
    );
    // A mean of the two rates would be 55.
    expect(await runOne('performance')).toMatchObject({ records_per_second: 10.891, avg_batch_duration: 50.5 });
  });

  it('has a row for each batch size of a table, also for a missing batch size', async () => {
    await insert(
      { records_processed: 10, started_at: start, completed_at: '2024-01-15 10:00:10', batch_size: 500 },
      { records_processed: 30, started_at: start, completed_at: '2024-01-15 10:00:10', batch_size: null },
      { records_processed: 20, started_at: start, completed_at: '2024-01-15 10:00:10', batch_size: 200 },
    );
    expect(await run('performance')).toMatchObject([
      { batch_size: null, records_per_second: 3 },
      { batch_size: 200, records_per_second: 2 },
      { batch_size: 500, records_per_second: 1 },
    ]);
  });

  it.each(statuses.filter((status) => status !== 'completed'))('leaves out operations that are %s', async (status) => {
    await insert({ status, records_processed: 10, started_at: start, completed_at: '2024-01-15 10:00:10' });
    expect(await run('performance')).toEqual([]);
  });

  it.each(phases.filter((phase) => phase !== 'execution'))('leaves out the phase %s', async (phase) => {
    await insert({ phase, records_processed: 10, started_at: start, completed_at: '2024-01-15 10:00:10' });
    expect(await run('performance')).toEqual([]);
  });

  it.each([
    ['no start', null, start],
    ['no end', start, null],
  ])('leaves out a batch that has %s', async (_, started_at, completed_at) => {
    await insert({ records_processed: 10, started_at, completed_at });
    expect(await run('performance')).toEqual([]);
  });

  it.each([
    ['with equal stamps', start, start],
    ['whose stamps go backwards', start, '2024-01-15 09:00:00'],
    ['that ends at infinity', start, 'infinity'],
    ['that starts at minus infinity', '-infinity', start],
    ['that starts and ends at infinity', 'infinity', 'infinity'],
  ])('counts a batch %s, which has no rate itself and does not change the rate of others', async (_, from, to) => {
    const unmeasurable = { records_processed: 1_000_000, started_at: from, completed_at: to };
    await insert(
      { table_name: 'cases', ...unmeasurable },
      { table_name: 'brackets', ...unmeasurable },
      { table_name: 'brackets', records_processed: 500, started_at: start, completed_at: '2024-01-15 10:00:10' },
    );
    expect(await run('performance')).toEqual([
      {
        table_name: 'brackets',
        batch_size: null,
        records_per_second: 50,
        avg_batch_duration: 10,
        batch_count: 2,
        measured_batches: 1,
      },
      {
        table_name: 'cases',
        batch_size: null,
        records_per_second: null,
        avg_batch_duration: null,
        batch_count: 1,
        measured_batches: 0,
      },
    ]);
  });

  it('leaves the time of a batch with unknown counters out of the rate', async () => {
    await insert(
      { records_processed: 500, started_at: start, completed_at: '2024-01-15 10:00:10' },
      { records_processed: null, started_at: start, completed_at: '2024-01-15 11:00:00' },
    );
    expect(await runOne('performance')).toMatchObject({ records_per_second: 50, batch_count: 2, measured_batches: 1 });
  });

  it('counts a batch of no records, unlike one with unknown counters', async () => {
    await insert({ records_processed: 0, started_at: start, completed_at: '2024-01-15 10:00:10' });
    expect(await runOne('performance')).toMatchObject({ records_per_second: 0, measured_batches: 1 });
  });

  it('sorts groups without a rate last', async () => {
    await insert(
      { table_name: 'a', records_processed: 5, started_at: start, completed_at: start },
      { table_name: 'b', records_processed: 5, started_at: start, completed_at: '2024-01-15 10:00:05' },
      { table_name: 'c', records_processed: 50, started_at: start, completed_at: '2024-01-15 10:00:05' },
    );
    expect((await run('performance')).map((row) => row.table_name)).toEqual(['c', 'b', 'a']);
  });

  it('gives a batch that counts cumulatively its own records only', async () => {
    const total_records = 1569;
    await insert(
      // With ids out of order, and a running row, which has its own records.
      {
        records_processed: 1500,
        total_records,
        started_at: '2024-01-15 10:00:20',
        completed_at: '2024-01-15 10:00:30',
      },
      { records_processed: 500, total_records, started_at: start, completed_at: '2024-01-15 10:00:10' },
      {
        records_processed: 1000,
        total_records,
        started_at: '2024-01-15 10:00:10',
        completed_at: '2024-01-15 10:00:20',
      },
      { records_processed: 1569, total_records, status: 'running', started_at: '2024-01-15 10:00:30' },
    );
    expect(await runOne('performance')).toMatchObject({ records_per_second: 50, batch_count: 3 });
  });

  it('leaves out a batch with a negative counter', async () => {
    const second = { total_records: int4Max, started_at: start, completed_at: '2024-01-15 10:00:01' };
    await insert(...[int4Max, -5, int4Max].map((records_processed) => ({ records_processed, ...second })));
    expect(await runOne('performance')).toMatchObject({
      records_per_second: int4Max,
      batch_count: 3,
      measured_batches: 2,
    });
  });

  it('adds up counters beyond the largest integer', async () => {
    const second = { started_at: start, completed_at: '2024-01-15 10:00:01' };
    await insert({ records_processed: int4Max, ...second }, { records_processed: int4Max, ...second });
    expect(await runOne('performance')).toMatchObject({ records_per_second: int4Max });
  });
});

describe('every report', () => {
  it.each(reports)(
    '%s is a single statement without parameters or psql commands, and lists the corrections',
    async (report) => {
      const text = await readSql(`reports/${report}.sql`);
      expect(text).toMatch(/^-- .+/);
      expect(text).toMatch(/^-- Corrections to /m);
      expect(text).not.toMatch(/\\|\$\d/);
      expect(text.trimEnd()).toMatch(/;$/);
      // With a list of parameters the server takes one statement only.
      await expect(database.query(text, [])).resolves.toMatchObject({ command: 'SELECT' });
    },
  );

  it.each(reports)('%s runs on an empty table', async (report) => {
    expect(await run(report)).toHaveLength(report === 'overall-progress' ? 6 : 0);
  });

  it.each([
    ['overall-progress', [{ phase: 'execution', operations: 1, completed: 1, total_records_processed: 500 }]],
    ['table-status', [{ operations: 1, records_processed: 500, total_records: 500, completion_percentage: 99.99 }]],
    ['performance', [{ batch_count: 1, records_per_second: 50 }]],
    ['error-analysis', []],
  ] as const)('%s leaves out rows with a status that the specification does not have', async (report, right) => {
    await database.query('ALTER TABLE migration_control RENAME TO strict_control');
    try {
      await database.query('CREATE TABLE migration_control (LIKE strict_control INCLUDING DEFAULTS)');
      const row = {
        records_processed: 500,
        total_records: 500,
        started_at: '2024-01-15 10:00:00',
        completed_at: '2024-01-15 10:00:10',
        batch_size: 500,
      };
      await insert(row, { ...row, status: 'COMPLETED', records_processed: 900 }, { ...row, status: ' Failed' });
      expect((await run(report)).filter(({ operations }) => operations !== 0)).toMatchObject(right);
    } finally {
      await database.query('DROP TABLE IF EXISTS migration_control');
      await database.query('ALTER TABLE strict_control RENAME TO migration_control');
    }
  });

  // The default of jit_above_cost. To compile a report takes ten seconds and more, on a table of two rows too.
  it.each(reports)('%s is too cheap for a server with JIT to compile it', async (report) => {
    const { rows } = await database.query<{ 'QUERY PLAN': [{ Plan: { 'Total Cost': number } }] }>(
      `EXPLAIN (FORMAT JSON) ${await readSql(`reports/${report}.sql`)}`,
    );
    expect(rows[0]?.['QUERY PLAN'][0].Plan['Total Cost']).toBeLessThan(100_000);
  });

  it.each(reports)('%s needs only SELECT on the table', async (report) => {
    const reader = await database.connect(await database.role({ grants: ['SELECT ON migration_control'] }));
    await expect(reader.query(await readSql(`reports/${report}.sql`))).resolves.toMatchObject({ command: 'SELECT' });
    await expect(reader.query('DELETE FROM migration_control')).rejects.toMatchObject({ code: '42501' });
  });

  it.each(reports)(
    '%s runs on every legal combination of timestamps, counters, phases and statuses',
    async (report) => {
      await database.query(`
      INSERT INTO migration_control
        (phase, table_name, operation, status, records_processed, total_records, started_at, completed_at, batch_size)
      SELECT phase, 'table ' || counter, 'batch_migration', status, counter, total, started_at, completed_at, counter % 3
      FROM unnest('{${phases.join()}}'::text[]) AS phase,
        unnest('{${statuses.join()}}'::text[]) AS status,
        unnest('{NULL,${int4Min},-1,0,1,${int4Max}}'::int[]) AS counter,
        unnest('{NULL,${int4Min},-1,0,1,${int4Max}}'::int[]) AS total,
        unnest('{NULL,-infinity,4713-01-01 BC,2024-01-15,294276-12-31,infinity}'::timestamp[]) AS started_at,
        unnest('{NULL,-infinity,4713-01-01 BC,2024-01-15,294276-12-31,infinity}'::timestamp[]) AS completed_at
      WHERE counter IS NOT NULL
      UNION ALL
      SELECT phase, 'all null', 'batch_migration', status, NULL, NULL, NULL, NULL, NULL
      FROM unnest('{${phases.join()}}'::text[]) AS phase, unnest('{${statuses.join()}}'::text[]) AS status
    `);
      const rows = await run(report);
      const operations = 6 * 6 * 5 * 6 * 6 * 6 + 6 * 6;
      const sum = (column: string) => rows.reduce((total, row) => total + Number(row[column]), 0);
      switch (report) {
        case 'overall-progress':
          expect(sum('operations')).toBe(operations);
          break;
        case 'table-status':
          expect(rows).toHaveLength(6);
          expect(sum('operations')).toBe(operations / 6);
          for (const row of rows.filter(({ table_name }) => table_name !== 'all null')) {
            // From the first to the last day that a timestamp can hold, and never negative.
            expect(row.duration_seconds).toBeGreaterThan(9e12);
          }
          break;
        case 'error-analysis':
          expect(rows).toHaveLength(operations / 6);
          break;
        case 'performance':
          // For each execution counter and total: one status of six and the 25 of 36 pairs that have both timestamps.
          expect(sum('batch_count')).toBe(5 * 6 * 25);
          // No pair of these timestamps is in order and within the years in which a migration can have run.
          expect(sum('measured_batches')).toBe(0);
          break;
      }
    },
  );
});

describe('the reports that count tables', () => {
  it.each(['table-status', 'performance'] as const)(
    '%s does not compare each of many tables with each',
    async (report) => {
      await database.query(`INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records,
        batch_size, started_at, source_query)
      SELECT 'execution', 'table_' || t, 'batch_migration', 'completed', 1000, CASE WHEN b = 2 THEN 1000 ELSE 5000 END, 1000,
        timestamp '2026-11-25' + (t + b) * interval '1 s', 'SELECT * FROM s WHERE id >= ' || b * 1000
      FROM generate_series(1, 600) AS t, generate_series(1, 4) AS b`);
      await database.query('ANALYZE migration_control');
      const { rows } = await database.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${await readSql(`reports/${report}.sql`)}`,
      );
      const plan = rows[0]?.['QUERY PLAN'][0].Plan;
      expect(plan && rowsOfPlan(plan)).toBeLessThan(2400 * 100);
    },
  );
});
