import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type Batch,
  clientTransaction,
  createMigrationControl,
  type MigrationControl,
  poolTransaction,
  type Queryable,
} from '../../source/worker/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { backendOf } from '../support/pg-client.ts';
import { allRows, poolOf, rowOf, setStatus, untilBlocked, workerOf } from './table.ts';

let database: TestDatabase;
let client: pg.Client;
let control: MigrationControl<pg.Client>;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  // Without a key, so that a record that is migrated twice is found twice.
  await database.query('CREATE TABLE target (id int); CREATE TABLE locks (id int, n int)');
  ({ client, control } = await workerOf(database, 1));
});
afterEach(() => database.query('TRUNCATE migration_control RESTART IDENTITY; TRUNCATE target, locks'));
afterAll(() => database.drop());

const start = { phase: 'execution', tableName: 'target', operation: 'batch_migration', batchSize: 4 } as const;
const total = 18;

/** Writes the numbers of a batch into the target. */
async function migrateBatch({ db, offset, limit }: Batch<unknown, Queryable>): Promise<number> {
  const records = Math.min(limit, total - offset);
  await db.query('INSERT INTO target SELECT generate_series($1::int, $2::int)', [offset + 1, offset + records]);
  return records;
}

async function expectAllOnce(): Promise<void> {
  const { rows } = await database.query<{ id: number }>('SELECT id FROM target ORDER BY id');
  expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: total }, (_, at) => at + 1));
}

it('commits a batch and its count together, or neither', async () => {
  let fails = true;
  const transaction = clientTransaction(client);
  const outcome = await control.runBatches({
    start,
    transaction,
    migrateBatch: async (batch) => {
      const records = await migrateBatch(batch);
      if (batch.offset === 8 && fails) throw new Error('in the middle of the third batch');
      return records;
    },
  });
  expect(outcome).toMatchObject({ kind: 'failed', operation: { recordsProcessed: 8 } });
  expect((await database.query('SELECT count(*)::int AS n FROM target')).rows).toEqual([{ n: 8 }]);
  fails = false;
  const { operation } = await control.retryOperation(1);
  expect(await control.runBatches({ operation, transaction, migrateBatch })).toMatchObject({
    kind: 'completed',
    operation: { recordsProcessed: 10 },
  });
  await expectAllOnce();
});

it('treats a batch as not done if its commit fails', async () => {
  await database.query(
    'CREATE TABLE parents (id int PRIMARY KEY); ALTER TABLE target ADD parent int REFERENCES parents DEFERRABLE INITIALLY DEFERRED',
  );
  // With a pool, the report must use the connection of the batch, not another one.
  const pool = poolOf(database);
  const outcome = await createMigrationControl(pool, { workerId: 1 }).runBatches<unknown, Queryable>({
    start,
    transaction: poolTransaction(pool),
    migrateBatch: async ({ db, offset }) => {
      await db.query('INSERT INTO target VALUES ($1, $2)', [offset, offset < 2 ? null : 99]);
      return 1;
    },
  });
  expect(outcome).toMatchObject({
    kind: 'failed',
    operation: { recordsProcessed: 2, errorMessage: expect.stringMatching(/foreign key/) },
  });
  await pool.end();
  await database.query('ALTER TABLE target DROP parent');
});

it('retries a batch that PostgreSQL rolled back because of a deadlock', async () => {
  await database.query('INSERT INTO locks VALUES (1, 0), (2, 0)');
  const other = await database.connect();
  // With this timeout PostgreSQL chooses the worker as the victim of the deadlock.
  await other.query("SET deadlock_timeout = '1h'");
  const touch = (db: Queryable, id: number) => db.query('UPDATE locks SET n = n + 1 WHERE id = $1', [id]);
  const attempts: number[] = [];
  await client.query("SET deadlock_timeout = '1ms'");
  const outcome = await control.runBatches({
    start,
    transaction: clientTransaction(client),
    migrateBatch: async (batch) => {
      attempts.push(batch.attempt);
      if (attempts.length === 1) {
        await other.query('BEGIN');
        await touch(other, 2);
        await touch(batch.db, 1);
        const theirs = touch(other, 1).then(() => other.query('COMMIT'));
        await untilBlocked(database);
        const mine = touch(batch.db, 2);
        await mine
          .finally(() => theirs.catch(() => {}))
          .catch(async (error: unknown) => {
            await batch.db.query('ROLLBACK');
            await theirs;
            throw error;
          });
      }
      return migrateBatch(batch);
    },
  });
  expect(attempts.slice(0, 2)).toEqual([1, 2]);
  expect(outcome).toMatchObject({ kind: 'completed', operation: { recordsProcessed: total } });
  await expectAllOnce();
});

it('fails after the maximum number of attempts, and without a transaction after one', async () => {
  const attempts: number[] = [];
  const migrate = async ({ attempt }: { attempt: number }): Promise<number> => {
    attempts.push(attempt);
    throw Object.assign(new Error('could not serialize access'), { code: '40001' });
  };
  const transaction = clientTransaction(client);
  const failed = { kind: 'failed', operation: { errorMessage: 'could not serialize access (40001)' } };
  expect(await control.runBatches({ start, transaction, maxAttempts: 4, migrateBatch: migrate })).toMatchObject(failed);
  expect(await control.runBatches({ start, migrateBatch: migrate })).toMatchObject(failed);
  expect(attempts).toEqual([1, 2, 3, 4, 1]);
});

it('migrates nothing twice if two processes use the same workerId', async () => {
  const pool = poolOf(database);
  const run = () =>
    createMigrationControl(pool, { workerId: 1 }).runBatches({
      start,
      transaction: poolTransaction(pool),
      migrateBatch,
    });
  await Promise.all([run(), run(), run()]);
  // Each of them may have seen the other ones and stopped; a later start ends the work.
  expect(['completed', 'already done']).toContain((await run()).kind);
  await pool.end();
  await expectAllOnce();
  expect((await allRows(database)).reduce((sum, row) => sum + (row.records_processed ?? 0), 0)).toBe(total);
});

it('rolls back a batch that cannot be counted because the operation was skipped or taken over', async () => {
  for (const action of ['skip', 'take over']) {
    await database.query('TRUNCATE target');
    const { control: rival } = await workerOf(database, 2);
    const outcome = await control.runBatches({
      start: { ...start, tableName: action },
      transaction: clientTransaction(client),
      migrateBatch: async (batch) => {
        const records = await migrateBatch(batch);
        if (batch.offset === 4 && action === 'skip') await setStatus(database, batch.operation.id, 'skipped');
        if (batch.offset === 4 && action === 'take over') await rival.takeOver(batch.operation.id, { from: 1 });
        return records;
      },
    });
    expect(outcome).toMatchObject({ kind: 'stopped', status: action === 'skip' ? 'skipped' : 'running' });
    expect((await database.query('SELECT count(*)::int AS n FROM target')).rows).toEqual([{ n: 4 }]);
    expect((await allRows(database)).at(-1)).toMatchObject({ records_processed: 4 });
  }
});

describe('a failure', () => {
  it('of migrateBatch fails the operation with its message', async () => {
    const cases: [unknown, RegExp][] = [
      [-1, /returned -1/],
      [Number.NaN, /returned NaN/],
      [undefined, /returned undefined/],
      [{ records: 1.5 }, /returned 1.5/],
    ];
    for (const [returned, message] of cases) {
      const outcome = await control.runBatches({ start, migrateBatch: async () => returned as number });
      expect(outcome).toMatchObject({ kind: 'failed', operation: { errorMessage: expect.stringMatching(message) } });
    }
    await expect(control.runBatches({ start: { ...start, batchSize: null }, migrateBatch })).rejects.toThrow(
      /batchSize/,
    );
    expect(await allRows(database)).toHaveLength(cases.length);
  });

  it('of the connection leaves an operation that the next start continues', async () => {
    const { client: lost, control: cut } = await workerOf(database, 1);
    const error = await cut
      .runBatches({
        start,
        transaction: clientTransaction(lost),
        migrateBatch: async (batch) => {
          const records = await migrateBatch(batch);
          if (batch.offset === 8) await database.query('SELECT pg_terminate_backend($1)', [backendOf(lost)]);
          return records;
        },
      })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AggregateError);
    expect(String(error)).toContain('could not be recorded');
    expect(await rowOf(database, 1)).toMatchObject({ status: 'running', records_processed: 8 });
    const again = await control.runBatches({ start, transaction: clientTransaction(client), migrateBatch });
    expect(again).toMatchObject({ kind: 'completed', operation: { id: 1, recordsProcessed: total } });
    await expectAllOnce();
  });
});
