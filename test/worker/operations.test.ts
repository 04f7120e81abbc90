import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Status, statuses } from '../../source/domain/operation.ts';
import {
  ControlTableError,
  createMigrationControl,
  type MigrationControl,
  OperationGoneError,
  OperationTakenError,
  TransitionError,
} from '../../source/worker/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { allRows, insertRow, rowOf, workerOf } from './table.ts';

let database: TestDatabase;
let client: pg.Client;
let control: MigrationControl<pg.Client>;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  ({ client, control } = await workerOf(database, 1));
});
afterEach(() => database.query('TRUNCATE migration_control RESTART IDENTITY'));
afterAll(() => database.drop());

/** The statuses from which each transition is allowed; every other status is refused. */
const changes: Record<string, { to: Status; from: Status[]; make: (id: number) => Promise<unknown> }> = {
  completeOperation: { to: 'completed', from: ['running'], make: (id) => control.completeOperation(id) },
  failOperation: { to: 'failed', from: ['running'], make: (id) => control.failOperation(id, 'no') },
  releaseOperation: { to: 'pending', from: ['running'], make: (id) => control.releaseOperation(id) },
  retryOperation: { to: 'running', from: ['failed'], make: (id) => control.retryOperation(id) },
  takeOver: { to: 'running', from: ['running', 'paused'], make: (id) => control.takeOver(id, { from: 1 }) },
};
const cases = Object.keys(changes).flatMap((name) => statuses.map((status) => [name, status] as const));

it.each(cases)('%s of a %s operation changes one row or is a TransitionError', async (name, status) => {
  const { to, from, make } = changes[name] as (typeof changes)[string];
  await insertRow(database, { status, records_processed: 7 });
  const id = await insertRow(database, { status, worker_id: 1, table_name: 'files', records_processed: 7 });
  await insertRow(database, { status, worker_id: 1, table_name: 'cases', records_processed: 7 });
  const before = await allRows(database);
  if (from.includes(status)) {
    await make(id);
    const after = await allRows(database);
    const same = after.filter((row) => before.some((other) => JSON.stringify(other) === JSON.stringify(row)));
    // A retry adds a row. Taking over this worker's own operation changes its start.
    expect(same).toHaveLength(name === 'retryOperation' ? 3 : 2);
    expect(after).toHaveLength(name === 'retryOperation' ? 4 : 3);
  } else {
    const error = await make(id).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TransitionError);
    expect(error).toMatchObject({ id, from: status, to });
    expect(String(error)).toContain(`to ${to}: it is`);
    expect(String(error)).toContain(`it is ${status}`);
    expect(await allRows(database)).toEqual(before);
  }
});

it.each(Object.keys(changes))('%s of a deleted row is an OperationGoneError', async (name) => {
  await expect(changes[name]?.make(4711)).rejects.toThrow(OperationGoneError);
});

it.each(['completeOperation', 'failOperation', 'releaseOperation'])(
  '%s of another worker’s operation is refused and names the worker',
  async (name) => {
    const id = await insertRow(database, { worker_id: 2 });
    const before = await rowOf(database, id);
    const error = await changes[name]?.make(id).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OperationTakenError);
    expect(error).toMatchObject({ id, workerId: 2 });
    expect(await rowOf(database, id)).toEqual(before);
  },
);

describe('startOperation', () => {
  it('inserts a running operation of this worker with the database’s time', async () => {
    const operation = await control.startOperation({
      phase: 'execution',
      tableName: 'brackets',
      operation: 'batch_migration',
      batchSize: 500,
      totalRecords: 1569,
      sourceQuery: "SELECT '\t' FROM dispatch_bracket",
      validationQuery: 'SELECT COUNT(*) FROM brackets',
    });
    expect(await rowOf(database, operation.id)).toMatchObject({
      phase: 'execution',
      table_name: 'brackets',
      operation: 'batch_migration',
      status: 'running',
      records_processed: 0,
      total_records: 1569,
      completed_at: null,
      batch_size: 500,
      worker_id: 1,
      source_query: "SELECT '\t' FROM dispatch_bracket",
      validation_query: 'SELECT COUNT(*) FROM brackets /* migtop run=- counts=own */',
    });
    expect(operation.validationQuery).toBe('SELECT COUNT(*) FROM brackets');
    const { rows } = await database.query(
      `SELECT started_at BETWEEN localtimestamp - interval '1 hour' AND clock_timestamp()::timestamp AS ok,
         date_part('epoch', started_at) AS epoch FROM migration_control`,
    );
    expect(rows).toEqual([{ ok: true, epoch: operation.startedAt }]);
    // A worker may run its source query: it is returned exactly as stored, including its tab.
    expect(operation.sourceQuery).toBe("SELECT '\t' FROM dispatch_bracket");
  });

  it('accepts only values that the table can store', async () => {
    const start = { phase: 'execution', tableName: 't', operation: 'o' } as const;
    await expect(control.startOperation({ ...start, phase: 'exec' as 'execution' })).rejects.toThrow(/exec.*discovery/);
    await expect(control.startOperation({ ...start, tableName: '' })).rejects.toThrow(TypeError);
    await expect(control.startOperation({ ...start, totalRecords: -1 })).rejects.toThrow(TypeError);
    await expect(control.startOperation({ ...start, batchSize: 0.5 })).rejects.toThrow(TypeError);
    await expect(control.updateMigrationProgress(1, Number.NaN)).rejects.toThrow(TypeError);
    await expect(control.updateMigrationProgress(Number.NaN, 1)).rejects.toThrow(TypeError);
    expect(() => createMigrationControl(client, { workerId: -1 })).toThrow(TypeError);
    expect(await allRows(database)).toEqual([]);
    expect(await control.startOperation({ ...start, batchSize: null, sourceQuery: undefined })).toMatchObject({
      batchSize: null,
      sourceQuery: null,
      totalRecords: null,
    });
  });
});

describe('completeOperation and failOperation', () => {
  it('keep the counters that are not passed', async () => {
    const [kept, given] = [
      await insertRow(database, { records_processed: 400 }),
      await insertRow(database, { records_processed: 400 }),
    ];
    await control.completeOperation(kept);
    await control.completeOperation(given, { recordsProcessed: 500, totalRecords: 1600 });
    expect(await rowOf(database, kept)).toMatchObject({
      status: 'completed',
      records_processed: 400,
      total_records: 1569,
    });
    expect(await rowOf(database, given)).toMatchObject({
      status: 'completed',
      records_processed: 500,
      total_records: 1600,
    });
    expect((await rowOf(database, kept)).completed_at).toBeInstanceOf(Date);
  });

  it('set an end after the start even within one transaction, where NOW() would not', async () => {
    await client.query('BEGIN');
    const { id } = await control.startOperation({ phase: 'execution', tableName: 't', operation: 'o' });
    await control.completeOperation(id);
    await client.query('COMMIT');
    const { rows } = await database.query('SELECT completed_at > started_at AS later FROM migration_control');
    expect(rows).toEqual([{ later: true }]);
  });

  it('failOperation records the error, its SQLSTATE, its detail and its causes', async () => {
    const id = await insertRow(database);
    await database.query('CREATE TABLE parents (id int PRIMARY KEY); INSERT INTO parents VALUES (1)');
    const cause = await database.query('INSERT INTO parents VALUES (1)').catch((error: unknown) => error);
    const operation = await control.failOperation(id, new Error('the batch was refused', { cause }), {
      recordsProcessed: 12,
    });
    const text =
      'the batch was refused\ncaused by: duplicate key value violates unique constraint "parents_pkey" (23505)\nKey (id)=(1) already exists.';
    expect(operation.errorMessage).toBe(text);
    expect(await rowOf(database, id)).toMatchObject({ status: 'failed', error_message: text, records_processed: 12 });
  });
});

describe('takeOver', () => {
  it('assigns a dead worker’s operation to this worker, unless another worker was faster', async () => {
    const id = await insertRow(database, { worker_id: 7, records_processed: 40 });
    const { control: other } = await workerOf(database, 2);
    expect(await control.takeOver(id, { from: 7 })).toMatchObject({ id, workerId: 1, status: 'running' });
    await expect(other.takeOver(id, { from: 7 })).rejects.toThrow(OperationTakenError);
    expect(await rowOf(database, id)).toMatchObject({ worker_id: 1, records_processed: 40 });
    const orphan = await insertRow(database, { worker_id: null, status: 'paused' });
    expect(await control.takeOver(orphan, { from: null })).toMatchObject({ workerId: 1, status: 'paused' });
  });

  it('answers `stop` to the previous worker, and ignores its counter', async () => {
    const id = await insertRow(database, { worker_id: 7, records_processed: 40 });
    const { control: zombie } = await workerOf(database, 7);
    await control.takeOver(id, { from: 7 });
    expect(await zombie.updateMigrationProgress(id, 60)).toEqual({ answer: 'stop', status: 'running' });
    await expect(zombie.completeOperation(id)).rejects.toThrow(OperationTakenError);
    expect(await rowOf(database, id)).toMatchObject({ status: 'running', records_processed: 40 });
  });
});

describe('the table', () => {
  it('is found by any name that SQL accepts, once, and quoted', async () => {
    await database.query(
      `CREATE SCHEMA "Odd ""one"; CREATE TABLE "Odd ""one"."a;b" (LIKE migration_control INCLUDING ALL)`,
    );
    const odd = createMigrationControl(client, { workerId: 1, table: '"Odd ""one"."a;b"' });
    await odd.startOperation({ phase: 'mapping', tableName: 't', operation: 'o' });
    expect((await database.query('SELECT phase FROM "Odd ""one"."a;b"')).rows).toEqual([{ phase: 'mapping' }]);
    expect(await allRows(database)).toEqual([]);

    await control.findIncompleteOperations();
    await client.query('SET search_path = "Odd ""one"; CREATE TABLE migration_control (LIKE "a;b" INCLUDING ALL)');
    await control.startOperation({ phase: 'planning', tableName: 't', operation: 'o' });
    await client.query('RESET search_path');
    expect(await allRows(database)).toHaveLength(1);
  });

  it('is named in the error if it is missing, and found once it exists', async () => {
    const late = createMigrationControl(client, { workerId: 1, table: 'later.control' });
    await expect(late.claimNext()).rejects.toThrow(ControlTableError);
    await expect(late.claimNext()).rejects.toThrow(/later\.control.*migtop init/);
    await database.query('CREATE SCHEMA later; CREATE TABLE later.control (LIKE migration_control INCLUDING ALL)');
    expect(await late.claimNext()).toBeNull();
  });

  it('may have an unreadable row: the error names it', async () => {
    await database.query('CREATE SCHEMA free; CREATE TABLE free.control AS TABLE migration_control');
    await database.query(`INSERT INTO free.control (id, phase, table_name, operation, status)
      VALUES (1, 'mapping', 't', 'o', 'DONE'), (1.5, 'planning', 't', 'o', 'pending')`);
    const free = createMigrationControl(client, { workerId: 1, table: 'free.control' });
    await expect(free.getMigrationStatus('mapping')).rejects.toThrow(
      /Operation 1 cannot be read: its status is "DONE"/,
    );
    await expect(free.updateMigrationProgress(1, 1)).rejects.toThrow(ControlTableError);
    expect(await free.getMigrationStatus('planning')).toMatchObject([{ id: 2 }]);
  });
});
