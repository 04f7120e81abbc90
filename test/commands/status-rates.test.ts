import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StatusDocument } from '../../source/presentation/status-document.ts';
import { runCommand } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createGrowingView } from '../support/growing-view.ts';
import { untilBlocked } from '../worker/table.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await createDatabase({ schema: true });
});
afterEach(() => database?.drop());

async function status(...options: string[]): Promise<StatusDocument> {
  const run = await runCommand(['status', '--json', ...options, database.url]);
  expect([run.code, run.stderr]).toEqual([0, '']);
  return JSON.parse(run.stdout) as StatusDocument;
}

/** Completed batches of 500 records and 40 seconds each, or another time, the last of them as long ago as is said. */
async function completed(batches: number, ago: string, seconds = 40): Promise<void> {
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size,
       worker_id, started_at, completed_at)
     SELECT 'execution', 'persons', 'batch_migration', 'completed', 500, 100000, 500, 1,
       localtimestamp - $2::interval - make_interval(secs => $3::int * (n + 1)),
       localtimestamp - $2::interval - make_interval(secs => $3::int * n)
     FROM generate_series(0, $1::int - 1) AS n`,
    [batches, ago, seconds],
  );
}

async function running(fields: { records: number; ago: string; worker?: number; status?: string }): Promise<number> {
  const { rows } = await database.query<{ id: number }>(
    `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size,
       worker_id, started_at)
     VALUES ('execution', 'persons', 'batch_migration', $1::text, $2, 100000, 500, $3,
       CASE WHEN $1::text = 'running' THEN localtimestamp - $4::interval END)
     RETURNING id`,
    [fields.status ?? 'running', fields.records, fields.worker ?? 1, fields.ago],
  );
  return rows[0]?.id ?? 0;
}

it('is in the performance data of a check with the ETA of status, or not at all', async () => {
  // The batches are so long that the time of the three commands makes no difference.
  await completed(20, '5 s', 400);
  await running({ records: 100, ago: '5 s' });
  const performance = async (...options: string[]): Promise<string> => {
    const run = await runCommand(['status', '--check', ...options, database.url]);
    expect([run.code, run.stderr]).toEqual([0, '']);
    return run.stdout.split('|')[1] ?? '';
  };
  // No rate is sampled: an ETA by completed rows alone would be another one than that of `status`.
  expect(await performance()).not.toMatch(/ (eta|rate)=/);
  const [sampled, conditional] = [await performance('--sample', '1'), await performance('--critical', 'eta>9d')];
  const { high: highSeconds } = (await status()).summary.etaSeconds ?? {};
  for (const text of [sampled, conditional]) {
    const [, seconds] = / eta=(\d+)s/.exec(text) ?? [];
    expect(Math.abs(Number(seconds) - (highSeconds ?? 0))).toBeLessThan(0.2 * (highSeconds ?? 0));
  }
});

describe('the rate of status', () => {
  it('is measured between its polls, and the ETA follows from it', async () => {
    await createGrowingView(database, await running({ records: 20_000, ago: '1 day' }), 800);
    const { summary, tables, workers } = await status('--table', 'growing', '--sample', '3');
    expect(summary.recordsPerSecond).toBeCloseTo(800, -1);
    expect(tables[0]?.currentRecordsPerSecond).toBe(summary.recordsPerSecond);
    expect(workers[0]?.recordsPerSecond).toBeCloseTo(summary.recordsPerSecond ?? 0, 0);
    const left = (100_000 - (summary.recordsProcessed ?? 0)) / 800;
    expect(summary.etaSeconds?.low).toBeLessThan(left);
    expect(summary.etaSeconds?.high).toBeGreaterThan(left);
  });

  it('is not known if nothing was sampled, or nothing runs', async () => {
    await completed(10, '1 second');
    expect((await status()).summary).toMatchObject({ recordsPerSecond: null, etaSeconds: null });
    await createGrowingView(database, await running({ records: 0, ago: '0 seconds' }), 800);
    const { summary, tables } = await status('--table', 'growing', '--sample', '0');
    expect(summary).toMatchObject({ recordsPerSecond: null, etaSeconds: null });
    expect(tables[0]).toMatchObject({ currentRecordsPerSecond: null, etaSeconds: null });
  });

  it.each([
    ['has an ETA by completed batches', '20 seconds', true],
    ['has none if no batch has ended for four usual ones, although one has just begun', '200 seconds', false],
  ])('%s', async (_, lastEnd, isShown) => {
    await completed(20, lastEnd, 50);
    await running({ records: 0, ago: '10 seconds' });
    const { summary } = await status('--sample', '1');
    expect(summary.etaSeconds !== null).toBe(isShown);
  });

  it('is 0 in a migration that died long ago, also while a transaction is open on the server', async () => {
    await completed(40, '700 days');
    await running({ records: 300, ago: '700 days' });
    const other = await database.connect();
    await other.query('BEGIN');
    await other.query('SELECT pg_current_xact_id()');
    await database.query(`UPDATE migration_control SET worker_id = worker_id`);
    const { summary } = await status('--sample', '2');
    expect(summary).toMatchObject({ recordsPerSecond: 0, etaSeconds: null, stalled: 1 });
  });

  it('leaves out the records that a pending operation had before it started', async () => {
    const ids = await Promise.all([
      running({ records: 950_000, ago: '0 seconds', status: 'pending' }),
      running({ records: 0, ago: '0 seconds' }),
    ]);
    await createGrowingView(database, ids[1] ?? 0, 100);
    const started = wait(1500).then(() =>
      database.query(`UPDATE migration_control SET status = 'running', started_at = localtimestamp WHERE id = $1`, [
        ids[0],
      ]),
    );
    const { summary } = await status('--table', 'growing', '--sample', '3');
    await started;
    // Of 950,000 records no part counts. A busy machine takes the samples late, or too few for a rate.
    const rate = summary.recordsPerSecond ?? 100;
    expect(rate).toBeGreaterThan(50);
    expect(rate).toBeLessThan(200);
  });
});

describe('a stalled operation in status', () => {
  it('is suspected from the usual batch time of its table, counted, and listed first', async () => {
    await completed(40, '29 minutes');
    await running({ records: 0, ago: '5 seconds', worker: 1 });
    const id = await running({ records: 0, ago: '29 minutes', worker: 2 });
    const { summary, workers } = await status('--sample', '0');
    expect(summary.stalled).toBe(1);
    expect(workers[0]).toMatchObject({
      id,
      stalled: true,
      stall: { kind: 'suspected', usualSeconds: 40 },
    });
    expect(workers[1]).toMatchObject({ stalled: false, stall: null });
    // The first run may have taken more than the ten seconds that the text below allows.
    await database.query(
      "UPDATE migration_control SET started_at = localtimestamp - interval '29 minutes' WHERE worker_id = 2 AND status = 'running'",
    );
    const text = (await runCommand(['status', '--sample', '0', database.url])).stdout;
    expect(text).toContain('2 running (1 perhaps stalled), 40 completed');
    expect(text).toMatch(/perhaps stalled 29m 0\ds, usual 40s/);
  });

  it('is found among five thousand that are not', async () => {
    await completed(40, '29 minutes');
    const id = await running({ records: 0, ago: '29 minutes', worker: 2 });
    await database.query(
      `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size,
         worker_id, started_at)
       SELECT 'execution', 'persons', 'batch_migration', 'running', 0, 100000, 500, n, localtimestamp
       FROM generate_series(1, 5000) AS n`,
    );
    const { summary, workers } = await status('--sample', '0');
    expect(summary).toMatchObject({ running: 5001, stalled: 1 });
    expect(workers[0]).toMatchObject({ id, stalled: true });
  });

  it('is proven if its worker waits for a lock', async () => {
    const holder = await database.connect();
    await holder.query('CREATE TABLE target (a int)');
    const id = await running({ records: 0, ago: '5 seconds', worker: 2 });
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE target IN ACCESS EXCLUSIVE MODE');
    const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const waiter = await database.connect();
    await waiter.query(`SET application_name = 'migtop run=- worker=2 operation=${id}'`);
    const insert = waiter.query('INSERT INTO target VALUES (1)');
    await untilBlocked(database);
    const { workers } = await status('--sample', '0');
    await holder.query('ROLLBACK');
    await insert;
    expect(workers[0]).toMatchObject({ id, stalled: true, stall: { kind: 'blocked' }, blockedBy: [rows[0]?.pid] });
  });
});

it('shows to a role without privileges which worker has lost its connection, and which one waits', async () => {
  const role = await database.role({ grants: ['SELECT ON migration_control'] });
  const dead = await running({ records: 0, ago: '1 minute', worker: 1 });
  const alive = await running({ records: 0, ago: '1 minute', worker: 2 });
  await database.query(`UPDATE migration_control SET validation_query = '/* migtop run=- counts=own */'`);
  await database.query('CREATE TABLE target (a int)');
  const holder = await database.connect();
  await holder.query('BEGIN; LOCK TABLE target IN ACCESS EXCLUSIVE MODE');
  const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const waiter = await database.connect();
  await waiter.query(`SET application_name = 'migtop run=- worker=2 operation=${alive}'`);
  const insert = waiter.query('INSERT INTO target VALUES (1)');
  await untilBlocked(database);
  const run = await runCommand(['status', '--json', '--sample', '0', role]);
  await holder.query('ROLLBACK');
  await insert;
  const { workers } = JSON.parse(run.stdout) as StatusDocument;
  expect(workers).toMatchObject([
    { id: dead, stall: { kind: 'no session' } },
    { id: alive, stall: { kind: 'blocked' }, blockedBy: [rows[0]?.pid] },
  ]);
});
