import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clientTransaction, type MigrationControl } from '../../source/worker/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { migrator } from './migrator.ts';
import { allRows, insertRow, rowOf, setStatus, until, untilPauseNoticed, workerOf } from './table.ts';

let database: TestDatabase;
let client: pg.Client;
let control: MigrationControl<pg.Client>;
let rival: MigrationControl<pg.Client>;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  ({ client, control } = await workerOf(database, 1));
  ({ control: rival } = await workerOf(database, 2));
});
afterEach(() => database.query('TRUNCATE migration_control RESTART IDENTITY'));
afterAll(() => database.drop());

const start = { phase: 'execution', tableName: 'brackets', operation: 'batch_migration', batchSize: 500 } as const;

const pollIntervalMs = 2;

describe('an operator', () => {
  it('pauses between two batches, and the records done are counted', async () => {
    const { offsets, migrateBatch } = migrator(1500, async ({ operation, offset }) => {
      if (offset === 500) {
        await setStatus(database, operation.id, 'paused');
        // Resumed after the worker has counted the batch, which happens after the pause.
        void (async () => {
          await until(
            'the batch is counted',
            async () => (await rowOf(database, operation.id)).records_processed === 1000,
          );
          expect(await rowOf(database, operation.id)).toMatchObject({ status: 'paused' });
          await setStatus(database, operation.id, 'running');
        })();
      }
    });
    expect(await control.runBatches({ start, migrateBatch, pollIntervalMs })).toMatchObject({ kind: 'completed' });
    expect(offsets()).toEqual([0, 500, 1000, 1500]);
  });

  it('can correct the counter during a pause: the next batch uses it, without the old key', async () => {
    const { asked, migrateBatch } = migrator(1000, async ({ operation, offset, lastKey }) => {
      if (offset !== 500 || lastKey === undefined) return;
      await setStatus(database, operation.id, 'paused');
      void (async () => {
        await until(
          'the batch is counted',
          async () => (await rowOf(database, operation.id)).records_processed === 1000,
        );
        await database.query("UPDATE migration_control SET records_processed = 250, status = 'running'");
      })();
    });
    await control.runBatches({ start, migrateBatch, pollIntervalMs });
    expect(asked.map(({ offset, lastKey }) => [offset, lastKey])).toEqual([
      [0, undefined],
      [500, 'key 500'],
      [250, undefined],
      [750, 'key 750'],
      [1000, 'key 1000'],
    ]);
  });

  it.each([false, true])(
    'can skip during a pause, and no batch follows (in a transaction: %s)',
    async (inTransaction) => {
      const { client: own, control: worker } = await workerOf(database, 1);
      const { offsets, migrateBatch } = migrator(1500, async ({ operation, offset }) => {
        if (offset !== 500) return;
        await setStatus(database, operation.id, 'paused');
        await setStatus(database, operation.id, 'skipped');
      });
      const transaction = inTransaction ? clientTransaction(own) : undefined;
      const outcome = await worker.runBatches<string>({ start, migrateBatch, transaction });
      expect(outcome).toEqual({ kind: 'stopped', id: 1, status: 'skipped' });
      expect(offsets()).toEqual([0, 500]);
      expect(await rowOf(database, 1)).toMatchObject({ status: 'skipped', records_processed: 500 });
    },
  );

  it.each(['complete', 'fail'])(
    'who pauses is not overruled when the worker wants to %s the operation',
    async (end) => {
      const refused = new Error('refused');
      const seen: unknown[] = [];
      const outcome = control.runBatches({
        start,
        pollIntervalMs,
        migrateBatch: async ({ operation }) => {
          await setStatus(database, operation.id, 'paused');
          void (async () => {
            await untilPauseNoticed(database, client);
            seen.push((await rowOf(database, operation.id)).status);
            await setStatus(database, operation.id, 'running');
          })();
          if (end === 'fail') throw refused;
          return 0;
        },
      });
      expect(await outcome).toMatchObject(end === 'fail' ? { kind: 'failed', error: refused } : { kind: 'completed' });
      expect(seen).toEqual(['paused']);
      expect(await rowOf(database, 1)).toMatchObject({ error_message: end === 'fail' ? 'refused' : null });
    },
  );

  it.each([1, null])(
    'who paused it before stops a worker that is started with it (worker_id %s)',
    async (worker_id) => {
      const id = await insertRow(database, { status: 'paused', worker_id });
      const [operation] = await control.findIncompleteOperations();
      if (operation === undefined) throw new Error('There is one.');
      const { asked, migrateBatch } = migrator(10);
      const run = control.runBatches({ operation, migrateBatch, pollIntervalMs });
      await untilPauseNoticed(database, client);
      expect([asked, (await rowOf(database, id)).status]).toEqual([[], 'paused']);
      await setStatus(database, id, 'running');
      expect(await run).toMatchObject({ kind: 'completed', operation: { recordsProcessed: 10 } });
    },
  );

  it('can delete the row, and the worker stops', async () => {
    const { migrateBatch } = migrator(900, async () => {
      await database.query('DELETE FROM migration_control');
    });
    expect(await control.runBatches({ start, migrateBatch })).toEqual({ kind: 'stopped', id: 1, status: null });
  });
});

describe('a signal', () => {
  it('makes the operation pending again, and the next start continues it', async () => {
    const abort = new AbortController();
    const first = migrator(1500, async ({ offset }) => {
      if (offset === 500) abort.abort();
    });
    const outcome = await control.runBatches({ start, migrateBatch: first.migrateBatch, signal: abort.signal });
    expect(outcome).toMatchObject({ kind: 'aborted', operation: { status: 'pending', recordsProcessed: 1000 } });
    expect(await rowOf(database, 1)).toMatchObject({ status: 'pending', worker_id: null, started_at: null });
    const second = migrator(1500);
    expect(await rival.runBatches({ start, migrateBatch: second.migrateBatch })).toMatchObject({
      kind: 'completed',
      operation: { id: 1, recordsProcessed: 1500, workerId: 2 },
    });
    expect(second.offsets()).toEqual([1000, 1500]);
  });

  it('that a batch throws does not fail the operation', async () => {
    const abort = new AbortController();
    const migrateBatch = async ({ signal }: { signal: AbortSignal }): Promise<number> => {
      abort.abort();
      signal.throwIfAborted();
      return 1;
    };
    expect(await control.runBatches({ start, migrateBatch, signal: abort.signal })).toMatchObject({
      kind: 'aborted',
      operation: { status: 'pending', errorMessage: null },
    });
  });

  it('ends a wait, and the operation stays paused', async () => {
    const abort = new AbortController();
    const id = await insertRow(database, { status: 'paused' });
    const run = control.runBatches({
      start,
      migrateBatch: async () => 0,
      signal: abort.signal,
      pollIntervalMs: 3_600_000,
    });
    await untilPauseNoticed(database, client);
    abort.abort();
    expect(await run).toMatchObject({ kind: 'aborted', operation: { id, status: 'paused', workerId: 1 } });
  });

  it('that has fired before starts nothing', async () => {
    const signal = AbortSignal.abort();
    const { asked, migrateBatch } = migrator(10);
    expect(await control.runBatches({ start, migrateBatch, signal })).toEqual({ kind: 'aborted', operation: null });
    expect(asked).toEqual([]);
    expect(await allRows(database)).toEqual([]);
    for (const status of ['pending', 'running', 'paused']) {
      await insertRow(database, { status, table_name: status });
      const [operation] = await control.findIncompleteOperations({ tableName: status });
      if (operation === undefined) throw new Error('There is one.');
      // An operation that was claimed before is pending again.
      const left = status === 'paused' ? 'paused' : 'pending';
      const outcome = await control.runBatches({ operation, migrateBatch, signal });
      expect(outcome).toMatchObject({ kind: 'aborted', operation: { id: operation.id, status: left } });
    }
    expect(asked).toEqual([]);
  });
});
