import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createMigrationControl, type MigrationControl } from '../../source/worker/index.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import { migrator } from './migrator.ts';
import { allRows, insertRow, untilBlocked, workerOf } from './table.ts';

let database: TestDatabase;
let control: MigrationControl<pg.Client>;
let rival: MigrationControl<pg.Client>;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  ({ control } = await workerOf(database, 1));
  ({ control: rival } = await workerOf(database, 2));
});
afterEach(() => database.query('TRUNCATE migration_control RESTART IDENTITY'));
afterAll(() => database.drop());

const start = { phase: 'execution', tableName: 'brackets', operation: 'batch_migration', batchSize: 500 } as const;

describe('a run', () => {
  it('migrates batch after batch, by count and by key, and completes with its records', async () => {
    const { asked, migrateBatch } = migrator(1569);
    const outcome = await control.runBatches({ start: { ...start, totalRecords: 1569 }, migrateBatch });
    expect(asked).toEqual([
      { offset: 0, limit: 500, lastKey: undefined, attempt: 1 },
      { offset: 500, limit: 500, lastKey: 'key 500', attempt: 1 },
      { offset: 1000, limit: 500, lastKey: 'key 1000', attempt: 1 },
      { offset: 1500, limit: 500, lastKey: 'key 1500', attempt: 1 },
      { offset: 1569, limit: 500, lastKey: 'key 1569', attempt: 1 },
    ]);
    expect(outcome).toMatchObject({
      kind: 'completed',
      operation: { id: 1, recordsProcessed: 1569, status: 'completed' },
    });
    expect(await control.resumeFromLastCheckpoint('brackets')).toBe(1569);
  });

  it('ends with a batch that returns `done`, or 0', async () => {
    const one = async () => ({ records: 7, done: true });
    expect(await control.runBatches({ start, migrateBatch: one })).toMatchObject({
      operation: { recordsProcessed: 7 },
    });
    const numbers = [5, 0];
    const outcome = await control.runBatches({ start, migrateBatch: async () => numbers.shift() ?? 99 });
    expect(outcome).toMatchObject({ kind: 'completed', operation: { id: 2, recordsProcessed: 5 } });
  });

  it('takes another batch size from its row with the next batch, with exact offsets, also after a restart', async () => {
    const { asked, migrateBatch } = migrator(1569);
    const resize = (size: number) => database.query('UPDATE migration_control SET batch_size = $1', [size]);
    const stop = new AbortController();
    const given = { start: { ...start, totalRecords: 1569 }, signal: stop.signal };
    const outcome = await control.runBatches<string, pg.Client>({
      ...given,
      async migrateBatch(batch) {
        if (batch.offset === 500) await resize(200);
        if (batch.offset === 1200) {
          await resize(100);
          stop.abort();
        }
        return migrateBatch(batch);
      },
    });
    expect(outcome).toMatchObject({ kind: 'aborted' });
    expect(await control.runBatches({ ...given, signal: undefined, migrateBatch })).toMatchObject({
      kind: 'completed',
    });
    expect(asked.map(({ offset, limit }) => [offset, limit])).toEqual([
      [0, 500],
      [500, 500],
      [1000, 200],
      [1200, 200],
      [1400, 100],
      [1500, 100],
      [1569, 100],
    ]);
    expect(await control.resumeFromLastCheckpoint('brackets')).toBe(1569);
  });

  it('resumes where the table was left, and counts its own records from 0', async () => {
    await database.query(await readSql('examples/brackets.sql'));
    const { offsets, migrateBatch } = migrator(1569);
    const outcome = await control.runBatches({ start, migrateBatch });
    expect(offsets()).toEqual([1000, 1500, 1569]);
    expect(outcome).toMatchObject({ kind: 'completed', operation: { recordsProcessed: 569 } });
    expect(await control.resumeFromLastCheckpoint('brackets')).toBe(1569);
  });

  it('shows in its mark that it ran after another one, also at the same position', async () => {
    const row = { total_records: 12, batch_size: 1, started_at: null };
    const mark = '/* migtop run=- counts=own from=0 */';
    const queued = await insertRow(database, { ...row, status: 'pending', worker_id: null, validation_query: mark });
    const failed = { status: 'failed', completed_at: new Date(), error_message: 'x', validation_query: mark };
    await insertRow(database, { ...row, ...failed, started_at: new Date() });
    const options = { start: { ...start, batchSize: 1, totalRecords: 12 } };
    const copies = [1, 1, 1];
    const refused = async (): Promise<number> => copies.pop() ?? Promise.reject(new Error('refused'));
    expect(await control.runBatches({ ...options, migrateBatch: refused })).toMatchObject({ kind: 'failed' });
    const [first] = await allRows(database);
    expect(first).toMatchObject({ id: queued, status: 'failed', records_processed: 3 });
    const { asked, migrateBatch } = migrator(12);
    await control.runBatches({ ...options, migrateBatch });
    expect(asked[0]).toMatchObject({ offset: 3 });
  });

  it('counts a claimed operation by its source query, including failed attempts', async () => {
    const range = {
      table_name: 'files',
      source_query: 'SELECT * FROM files WHERE id <= 900',
      batch_size: 300,
      total_records: 5000,
    };
    await insertRow(database, { ...range, status: 'completed', records_processed: 4000, source_query: 'another' });
    const failed = await insertRow(database, { ...range, status: 'failed', records_processed: 300 });
    const { operation } = await control.retryOperation(failed);
    const { offsets, migrateBatch } = migrator(900);
    expect(await control.runBatches({ operation, migrateBatch })).toMatchObject({
      operation: { recordsProcessed: 600 },
    });
    expect(offsets()).toEqual([300, 600, 900]);
    const whole = migrator(5000);
    const again = await control.startOperation({ ...start, tableName: 'files' });
    await control.runBatches({
      operation: again,
      checkpoint: 'table',
      batchSize: 50,
      migrateBatch: whole.migrateBatch,
    });
    expect(whole.offsets()).toEqual([4900, 4950, 5000]);
  });

  it('continues an operation of the same worker after a crash, and a pending one', async () => {
    const left = await insertRow(database, { records_processed: 500 });
    const first = migrator(1000);
    expect(await control.runBatches({ start, migrateBatch: first.migrateBatch })).toMatchObject({
      operation: { id: left },
    });
    expect(first.offsets()).toEqual([500, 1000]);
    const queued = await insertRow(database, { status: 'pending', records_processed: 100 });
    const second = migrator(1200);
    expect(await rival.runBatches({ start, migrateBatch: second.migrateBatch })).toMatchObject({
      operation: { id: queued, workerId: 2, recordsProcessed: 200 },
    });
    expect(second.offsets()).toEqual([1100, 1200]);
  });

  it.each(['running', 'paused'])('does not start while another worker has a %s operation', async (status) => {
    const id = await insertRow(database, { status, worker_id: 9 });
    const { asked, migrateBatch } = migrator(10);
    expect(await control.runBatches({ start, migrateBatch })).toMatchObject({
      kind: 'busy',
      operation: { id, workerId: 9 },
    });
    expect(asked).toEqual([]);
    expect(await allRows(database)).toHaveLength(1);
    const other = { ...start, sourceQuery: 'another range' };
    expect(await control.runBatches({ start: other, checkpoint: 'operation', migrateBatch })).toMatchObject({
      kind: 'completed',
    });
  });

  it.each([3, 2])(
    'lets one of two workers that start at the same time do the work, as workers %i and 2',
    async (workerId) => {
      const first = await database.connect();
      await first.query('BEGIN');
      let second: Promise<unknown> | undefined;
      await createMigrationControl(first, { workerId }).runBatches({
        start,
        migrateBatch: async () => {
          second ??= rival.runBatches({ start, migrateBatch: async () => 0 });
          await untilBlocked(database);
          await first.query('COMMIT');
          // It read the table before there was a row; now it sees the other worker's.
          expect(await second).toMatchObject({ kind: 'busy', operation: { id: 1, workerId } });
          return 0;
        },
      });
      expect(await allRows(database)).toMatchObject([
        { id: 1, status: 'completed' },
        { id: 2, status: 'skipped', records_processed: 0, error_message: expect.stringContaining('operation 1') },
      ]);
    },
  );
});
