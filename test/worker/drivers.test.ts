import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../source/demo/data-directory.ts';
import {
  clientTransaction,
  createMigrationControl,
  poolTransaction,
  type Queryable,
  type Transaction,
} from '../../source/worker/index.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import { builtProgram } from '../support/program.ts';
import { allRows, poolOf } from './table.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  await database.query('CREATE TABLE target (id int)');
});
afterEach(() => database.query('TRUNCATE target; TRUNCATE migration_control RESTART IDENTITY'));
afterAll(() => database.drop());

/** Calls every function of the library once. */
async function live(db: Queryable, transaction: Transaction<Queryable>): Promise<void> {
  const control = createMigrationControl(db, { workerId: 1 });
  const work = { phase: 'execution', tableName: 'target', operation: 'batch_migration', batchSize: 4 } as const;
  const { id } = await control.startOperation({ ...work, tableName: 'other', totalRecords: 9 });
  expect(await control.updateMigrationProgress(id, 4)).toEqual({ answer: 'continue', status: 'running' });
  await control.releaseOperation(id);
  expect(await control.claimNext({ phase: 'execution' })).toMatchObject({ id, recordsProcessed: 4, workerId: 1 });
  expect(await control.waitWhilePaused(id)).toBe('continue');
  await control.takeOver(id, { from: 1 });
  await control.failOperation(id, new Error('no'));
  const { operation } = await control.retryOperation(id);
  await control.completeOperation(operation.id, { recordsProcessed: 5 });
  expect(await control.resumeFromLastCheckpoint('other')).toBe(9);
  expect((await control.getMigrationStatus('execution')).map(({ status }) => status)).toEqual(['failed', 'completed']);
  expect(await control.findIncompleteOperations()).toEqual([]);

  const run = (fails: boolean) =>
    control.runBatches<unknown, Queryable>({
      start: work,
      transaction,
      migrateBatch: async (batch) => {
        const records = Math.min(batch.limit, 10 - batch.offset);
        await batch.db.query('INSERT INTO target SELECT generate_series(1, $1::int)', [records]);
        if (fails && batch.offset === 8) throw new Error('in mid-batch');
        return records;
      },
    });
  expect(await run(true)).toMatchObject({ kind: 'failed', operation: { recordsProcessed: 8 } });
  expect(await run(false)).toMatchObject({ kind: 'completed', operation: { recordsProcessed: 2 } });
  expect((await db.query('SELECT count(*)::int AS n FROM target')).rows).toEqual([{ n: 10 }]);
}

it('works with a Client', async () => {
  const client = await database.connect();
  await live(client, clientTransaction(client));
});

it('works with a Pool, and returns all its connections', async () => {
  const pool = poolOf(database, 2);
  await live(pool, poolTransaction(pool));
  expect(pool.idleCount).toBe(pool.totalCount);
  await pool.end();
});

it('works with PGlite', async () => {
  const db = await openDatabase(dirname(await builtProgram()));
  await db.exec(`${await readSql('migration_control.sql')}; CREATE TABLE target (id int)`);
  await live(db, (work) => db.transaction(work));
  await db.close();
});

it('works in a transaction of the caller, and leaves nothing if that is rolled back', async () => {
  const client = await database.connect();
  const rollback = new Error('rolled back');
  const inside = clientTransaction(client)(async (tx) => {
    // A savepoint is a transaction inside a transaction.
    const transaction: Transaction<Queryable> = async (work) => {
      await tx.query('SAVEPOINT batch');
      try {
        return await work(tx);
      } catch (error) {
        await tx.query('ROLLBACK TO batch');
        throw error;
      }
    };
    await live(tx, transaction);
    throw rollback;
  });
  await expect(inside).rejects.toBe(rollback);
  expect(await allRows(database)).toEqual([]);
  expect((await client.query('SHOW application_name')).rows).toEqual([{ application_name: '' }]);
});
