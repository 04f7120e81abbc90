import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createMigrationControl, type MigrationControl } from '../../source/worker/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { allRows, insertRow, poolOf, rowOf, setStatus, untilBlocked, workerOf } from './table.ts';

let database: TestDatabase;
let control: MigrationControl;
let rival: MigrationControl;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  ({ control } = await workerOf(database, 1));
  ({ control: rival } = await workerOf(database, 2));
});
afterEach(() => database.query('TRUNCATE migration_control RESTART IDENTITY'));
afterAll(() => database.drop());

/** The database's clock, in seconds. */
async function clockOf(of: TestDatabase): Promise<number> {
  const { rows } = await of.query<{ now: number }>("SELECT date_part('epoch', clock_timestamp()::timestamp) AS now");
  return rows[0]?.now ?? Number.NaN;
}

async function startOf(of: TestDatabase, id: number): Promise<number> {
  const { rows } = await of.query<{ start: number }>(
    "SELECT date_part('epoch', started_at) AS start FROM migration_control WHERE id = $1",
    [id],
  );
  return rows[0]?.start ?? Number.NaN;
}

describe('claimNext', () => {
  it.each(['0.010', '61.500', '10.000', '100'])(
    'is not taken for a later claim if %s s were worked before',
    async (worked) => {
      const mark = `/* migtop run=- counts=own worked=${worked} */`;
      await insertRow(database, { status: 'pending', validation_query: mark });
      const operation = await control.claimNext();
      if (operation === null) throw new Error('nothing is pending');
      expect(await control.runBatches({ operation, migrateBatch: async () => 0 })).toMatchObject({ kind: 'completed' });
    },
  );

  it('claims the oldest pending operation that matches, and returns null if there is none', async () => {
    await insertRow(database);
    const first = await insertRow(database, { status: 'pending' });
    const cases = await insertRow(database, { status: 'pending', table_name: 'cases' });
    const check = await insertRow(database, {
      status: 'pending',
      phase: 'validation',
      operation: 'count_verification',
    });
    expect(await control.claimNext({ tableName: 'cases' })).toMatchObject({
      id: cases,
      status: 'running',
      workerId: 1,
    });
    expect(await control.claimNext({ operation: 'count_verification' })).toMatchObject({ id: check });
    expect(await control.claimNext({ phase: 'validation' })).toBeNull();
    expect(await control.claimNext()).toMatchObject({ id: first });
    expect(await control.claimNext()).toBeNull();
    expect((await rowOf(database, first)).started_at).toBeInstanceOf(Date);
  });

  it('clears the end, the error and the start of an earlier attempt', async () => {
    const id = await insertRow(database, {
      status: 'pending',
      started_at: new Date('2026-01-01T00:00:00Z'),
      completed_at: new Date('2026-01-01T00:00:10Z'),
      error_message: 'deadlock detected',
      records_processed: 40,
    });
    const before = await clockOf(database);
    expect(await control.claimNext()).toMatchObject({
      id,
      recordsProcessed: 40,
      completedAt: null,
      errorMessage: null,
    });
    // It was worked on for ten seconds: the rate of its 40 records is that of ten seconds.
    expect((await startOf(database, id)) - before).toBeCloseTo(-10, 0);
    const done = await control.completeOperation(id);
    expect(done.errorMessage).toBeNull();
    expect((done.completedAt ?? 0) - (done.startedAt ?? 0)).toBeCloseTo(10, 0);
  });

  it.each([
    { records_processed: 0, completed_at: new Date('2026-01-01T00:00:10Z') },
    { records_processed: 40, completed_at: null },
  ])('starts now if the row has no records, or no end of an earlier attempt: %o', async (given) => {
    const id = await insertRow(database, { status: 'pending', started_at: new Date('2026-01-01T00:00:00Z'), ...given });
    const before = await clockOf(database);
    await control.claimNext();
    expect(await startOf(database, id)).toBeGreaterThanOrEqual(before);
  });

  it('includes the time worked before a release, without the time in the queue', async () => {
    const id = await insertRow(database, { records_processed: 9000, validation_query: 'SELECT 1' });
    const ago = (seconds: number) =>
      database.query(
        `UPDATE migration_control SET started_at = clock_timestamp()::timestamp - interval '${seconds} s'`,
      );
    await ago(100);
    const released = await control.releaseOperation(id);
    expect(released).toMatchObject({ status: 'pending', startedAt: null, validationQuery: 'SELECT 1' });
    expect((await rowOf(database, id)).validation_query).toMatch(
      /^SELECT 1 \/\* migtop run=- counts=own worked=100\.\d{3} \*\/$/,
    );
    const before = await clockOf(database);
    await rival.claimNext();
    expect((await startOf(database, id)) - before).toBeCloseTo(-100, 0);
    // It was worked on for twenty seconds more.
    await ago(120);
    await rival.releaseOperation(id);
    expect((await rowOf(database, id)).validation_query).toMatch(/counts=own worked=120\.\d{3} \*\/$/);
  });

  it('skips a row that an operator has locked, without waiting', async () => {
    const held = await insertRow(database, { status: 'pending' });
    const free = await insertRow(database, { status: 'pending' });
    const operator = await database.connect();
    await operator.query('BEGIN');
    await operator.query("UPDATE migration_control SET status = 'paused' WHERE id = $1", [held]);
    expect(await control.claimNext()).toMatchObject({ id: free });
    expect(await control.claimNext()).toBeNull();
    await operator.query('COMMIT');
    expect(await control.claimNext()).toBeNull();
  });

  it('gives each of 60 operations to exactly one of 8 concurrent workers', async () => {
    for (let at = 0; at < 60; at++) await insertRow(database, { status: 'pending' });
    const pool = poolOf(database, 8);
    const claimed = await Promise.all(
      Array.from({ length: 8 }, async (_, workerId) => {
        const worker = createMigrationControl(pool, { workerId });
        const ids: number[] = [];
        for (;;) {
          const operation = await worker.claimNext();
          // Null also while others have locked the remaining rows: the queue is empty only if nothing is pending.
          if (operation !== null) ids.push(operation.id);
          else if ((await worker.findIncompleteOperations()).every(({ status }) => status !== 'pending')) return ids;
        }
      }),
    );
    await pool.end();
    expect(claimed.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, at) => at + 1));
    for (const [workerId, ids] of claimed.entries()) {
      for (const id of ids) expect(await rowOf(database, id)).toMatchObject({ status: 'running', worker_id: workerId });
    }
  });
});

describe('two processes with the same worker id', () => {
  let again: MigrationControl;
  beforeAll(async () => {
    ({ control: again } = await workerOf(database, 1));
  });

  /** The change of an operator's take over to a row without a mark (sql/queries/requeue.sql). */
  const requeue = (id: number) =>
    database.query(
      `UPDATE migration_control SET status = 'pending', worker_id = NULL, started_at = NULL WHERE id = $1`,
      [id],
    );

  it.each([0, 400])('the one that claimed an operation with %i records later keeps it', async (records) => {
    const id = await insertRow(database, { status: 'pending', records_processed: records });
    await control.claimNext();
    await requeue(id);
    expect(await again.claimNext()).toMatchObject({ id, workerId: 1 });
    expect(await again.updateMigrationProgress(id, 600)).toMatchObject({ answer: 'continue' });
    const row = await rowOf(database, id);
    expect(await control.updateMigrationProgress(id, 500)).toEqual({ answer: 'stop', status: 'running' });
    const refusal = /^Operation 1 belongs to another process of worker 1, which claimed it later\./;
    await expect(control.completeOperation(id)).rejects.toThrow(refusal);
    await expect(control.failOperation(id, 'no')).rejects.toThrow(refusal);
    await expect(control.releaseOperation(id)).rejects.toThrow(refusal);
    expect(await control.waitWhilePaused(id)).toBe('stop');
    expect(await rowOf(database, id)).toEqual(row);
    // While it is paused, the earlier one does not wait for it either.
    await setStatus(database, id, 'paused');
    expect(await control.updateMigrationProgress(id, 500)).toEqual({ answer: 'stop', status: 'paused' });
    expect(await control.waitWhilePaused(id)).toBe('stop');
    await setStatus(database, id, 'running');
    expect(await again.completeOperation(id)).toMatchObject({ status: 'completed', recordsProcessed: 600 });
  });

  it('the batch of the earlier one is not counted, and it starts the same work no second time', async () => {
    const start = { phase: 'execution', tableName: 'brackets', operation: 'batch_migration', batchSize: 500 } as const;
    let batches = 0;
    const outcome = await control.runBatches({
      start,
      async migrateBatch({ operation: { id } }) {
        batches++;
        if (batches === 1) return 500;
        await requeue(id);
        await again.claimNext();
        return { records: 1, done: true };
      },
    });
    const [{ id } = { id: 0 }] = await allRows(database);
    expect(outcome).toEqual({ kind: 'stopped', id, status: 'running' });
    expect(await rowOf(database, id)).toMatchObject({ status: 'running', records_processed: 500 });
    const never = async () => expect.unreachable();
    expect(await control.runBatches({ start, migrateBatch: never })).toMatchObject({ kind: 'busy', operation: { id } });
    const [operation] = await control.findIncompleteOperations({ workerId: 1 });
    if (operation === undefined) throw new Error('no operation');
    expect(await control.runBatches({ operation, migrateBatch: never })).toMatchObject({ kind: 'stopped', id });
    expect(await allRows(database)).toHaveLength(1);
    expect(await again.runBatches({ start, migrateBatch: async () => 0 })).toMatchObject({ kind: 'completed' });
  });

  it.each([6, 3, 0])(
    'the one that is assigned the operation by takeOver keeps it, if starts have %i digits',
    async (digits) => {
      await database.query(`ALTER TABLE migration_control ALTER COLUMN started_at TYPE timestamp(${digits})`);
      const id = await insertRow(database, { status: 'pending' });
      await control.claimNext();
      await again.takeOver(id, { from: 1 });
      expect(await control.updateMigrationProgress(id, 5)).toEqual({ answer: 'stop', status: 'running' });
      // It may take it back.
      await control.takeOver(id, { from: 1 });
      expect(await again.updateMigrationProgress(id, 5)).toEqual({ answer: 'stop', status: 'running' });
      expect(await control.completeOperation(id)).toMatchObject({ status: 'completed' });
      await database.query('ALTER TABLE migration_control ALTER COLUMN started_at TYPE timestamp');
    },
  );

  it('the one that was started again continues, and a start that somebody corrected changes nothing', async () => {
    const id = await insertRow(database, { worker_id: 1 });
    const restarted = createMigrationControl(await database.connect(), { workerId: 1 });
    expect(await restarted.updateMigrationProgress(id, 5)).toMatchObject({ answer: 'continue' });
    await database.query("UPDATE migration_control SET started_at = started_at - interval '1 hour'");
    expect(await restarted.updateMigrationProgress(id, 6)).toMatchObject({ answer: 'continue' });
    await database.query('UPDATE migration_control SET started_at = NULL');
    expect(await restarted.completeOperation(id)).toMatchObject({ status: 'completed' });
  });
});

describe('retryOperation', () => {
  const failed = { status: 'failed', source_query: 'SELECT * FROM case_files LIMIT 200 OFFSET 2300' };

  it('starts a new row that names the failed one, which stays', async () => {
    const id = await insertRow(database, {
      ...failed,
      records_processed: 120,
      validation_query: 'SELECT 1',
      error_message: 'no',
      completed_at: new Date('2026-01-01T00:01:00Z'),
    });
    const before = await rowOf(database, id);
    const retry = await control.retryOperation(id);
    expect(retry.kind).toBe('started');
    expect(await rowOf(database, id)).toEqual(before);
    const { started_at, completed_at, ...repeated } = await rowOf(database, retry.operation.id);
    expect(started_at).toBeInstanceOf(Date);
    expect(completed_at).toBeNull();
    expect(repeated).toEqual({
      id: retry.operation.id,
      phase: 'execution',
      table_name: 'brackets',
      operation: `retry_batch_${id}`,
      status: 'running',
      records_processed: 0,
      total_records: 1569,
      error_message: null,
      batch_size: 500,
      worker_id: 1,
      source_query: failed.source_query,
      validation_query: `SELECT 1 /* migtop run=- counts=own from=120 of=operation repeats=${id} */`,
    });
    expect(retry.operation.validationQuery).toBe('SELECT 1');
  });

  it('notes in the mark that the connection is behind a pooler', async () => {
    const id = await insertRow(database, failed);
    const client = await database.connect();
    const pooled = { query: (text: string, values?: unknown[]) => client.query(text, values), processID: 0 };
    const { operation } = await createMigrationControl(pooled, { workerId: 1 }).retryOperation(id);
    expect((await rowOf(database, operation.id)).validation_query).toBe(
      `/* migtop run=- counts=own pooled from=0 of=operation repeats=${id} */`,
    );
    await client.end();
  });

  it('uses the name that is passed', async () => {
    const id = await insertRow(database, failed);
    const retry = await control.retryOperation(id, { operation: 'batch_migration_retry' });
    expect(retry.operation.operation).toBe('batch_migration_retry');
  });

  it.each(['pending', 'running', 'paused'])('starts no second retry while a %s one is open', async (status) => {
    const id = await insertRow(database, failed);
    const { operation } = await control.retryOperation(id);
    await setStatus(database, operation.id, status);
    expect(await rival.retryOperation(id, { operation: 'mine' })).toMatchObject({
      kind: 'open',
      operation: { id: operation.id, status, workerId: 1 },
    });
    await setStatus(database, operation.id, 'failed');
    expect(await rival.retryOperation(id)).toMatchObject({ kind: 'started', operation: { workerId: 2 } });
    expect(await allRows(database)).toHaveLength(3);
  });

  it.each([failed, { ...failed, source_query: null }])(
    'starts only one retry if another worker starts one while this one waits for the row (%o)',
    async (row) => {
      const id = await insertRow(database, row);
      const first = await database.connect();
      await first.query('BEGIN');
      const started = await createMigrationControl(first, { workerId: 3 }).retryOperation(id);
      // Its statement has not seen the retry, and waits for the failed row.
      const second = rival.retryOperation(id, { operation: 'another_name' });
      await untilBlocked(database);
      await first.query('COMMIT');
      expect(await second).toEqual({ ...started, kind: 'open' });
      expect(await allRows(database)).toHaveLength(2);
    },
  );

  it('starts none for work that a retry has completed', async () => {
    for (const row of [failed, { ...failed, source_query: null, table_name: 'without' }]) {
      const id = await insertRow(database, row);
      const { operation } = await control.retryOperation(id);
      const done = await control.completeOperation(operation.id);
      expect(await rival.retryOperation(id)).toEqual({ kind: 'done', operation: done });
    }
    // Another batch of a table without source queries is not a retry.
    const id = await insertRow(database, { ...failed, source_query: null, table_name: 'batches' });
    await insertRow(database, { status: 'completed', table_name: 'batches' });
    expect(await control.retryOperation(id)).toMatchObject({ kind: 'started' });
  });

  it.each([null, failed.source_query, 'SELECT * FROM case_files'])(
    'follows a chain of retries with any names (source query %s)',
    async (source_query) => {
      const id = await insertRow(database, { ...failed, source_query });
      const second = await control.retryOperation(id, { operation: 'once more' });
      await control.failOperation(second.operation.id, 'no');
      const third = await rival.retryOperation(second.operation.id, { operation: 'and again' });
      for (const attempt of [id, second.operation.id]) {
        expect(await control.retryOperation(attempt)).toMatchObject({
          kind: 'open',
          operation: { id: third.operation.id },
        });
      }
      await rival.completeOperation(third.operation.id);
      for (const attempt of [id, second.operation.id]) {
        expect(await control.retryOperation(attempt)).toMatchObject({
          kind: 'done',
          operation: { id: third.operation.id },
        });
      }
      expect((await rowOf(database, third.operation.id)).validation_query).toContain(`repeats=${second.operation.id}`);
    },
  );

  it.each(['pending', 'running', 'paused', 'completed'])(
    'ignores another %s batch of the same table or query',
    async (status) => {
      const all = 'SELECT * FROM case_files';
      const others = [
        { source_query: null },
        { source_query: all, operation: 'batch_2' },
        { source_query: all },
        { source_query: `${all} LIMIT 200 OFFSET 2500` },
        { source_query: `${all} WHERE id > 7 LIMIT 200 OFFSET 2300` },
      ];
      for (const source_query of [null, all, failed.source_query]) {
        await database.query('TRUNCATE migration_control RESTART IDENTITY');
        const id = await insertRow(database, { ...failed, source_query });
        for (const other of others) await insertRow(database, { status, ...other });
        expect(await control.retryOperation(id)).toMatchObject({ kind: 'started' });
      }
    },
  );

  it('recognizes a retry by its name only together with the same query', async () => {
    for (const [source_query, kind] of [
      [null, 'started'],
      ['SELECT * FROM case_files', 'done'],
    ] as const) {
      await database.query('TRUNCATE migration_control RESTART IDENTITY');
      const id = await insertRow(database, { ...failed, source_query });
      await insertRow(database, { status: 'completed', source_query, operation: `retry_batch_${id}` });
      expect((await control.retryOperation(id)).kind).toBe(kind);
    }
  });

  it('starts one retry if several attempts of one work are retried at once', async () => {
    const pool = poolOf(database, 8);
    const workers = Array.from({ length: 8 }, (_, workerId) => createMigrationControl(pool, { workerId }));
    for (let round = 0; round < 5; round++) {
      const id = await insertRow(database, { ...failed, table_name: `t${round}` });
      const second = await control.retryOperation(id);
      await control.failOperation(second.operation.id, 'no');
      const answers = await Promise.all(
        workers.map((worker, at) => worker.retryOperation(at % 2 === 0 ? id : second.operation.id)),
      );
      expect(answers.filter(({ kind }) => kind === 'started')).toHaveLength(1);
      expect(new Set(answers.map(({ operation }) => operation.id)).size).toBe(1);
    }
    await pool.end();
  });

  it('starts one retry for twelve concurrent workers, in every round', async () => {
    const pool = poolOf(database, 12);
    const workers = Array.from({ length: 12 }, (_, workerId) => createMigrationControl(pool, { workerId }));
    for (let round = 0; round < 5; round++) {
      const id = await insertRow(database, { ...failed, table_name: `t${round}` });
      const answers = await Promise.all(workers.map((worker) => worker.retryOperation(id)));
      expect(answers.filter(({ kind }) => kind === 'started')).toHaveLength(1);
      expect(new Set(answers.map(({ operation }) => operation.id)).size).toBe(1);
    }
    await pool.end();
    expect(await allRows(database)).toHaveLength(10);
  });

  it('is refused if an operator skips the failed row at the same time', async () => {
    const id = await insertRow(database, failed);
    const operator = await database.connect();
    await operator.query('BEGIN');
    await operator.query("UPDATE migration_control SET status = 'skipped' WHERE id = $1", [id]);
    const refused = expect(control.retryOperation(id)).rejects.toMatchObject({
      name: 'TransitionError',
      from: 'skipped',
    });
    await untilBlocked(database);
    await operator.query('COMMIT');
    await refused;
    expect(await allRows(database)).toHaveLength(1);
  });
});
