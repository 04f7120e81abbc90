import type pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Status, statuses } from '../../source/domain/operation.ts';
import type { MigrationControl } from '../../source/worker/index.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import { insertRow, rowOf, setStatus, untilBlocked, workerOf } from './table.ts';

let database: TestDatabase;

let control: MigrationControl<pg.Client>;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  ({ control } = await workerOf(database, 1));
});
afterEach(() => database.query('TRUNCATE migration_control RESTART IDENTITY'));
afterAll(() => database.drop());

const answers: Record<Status, 'continue' | 'pause' | 'stop'> = {
  pending: 'stop',
  running: 'continue',
  paused: 'pause',
  completed: 'stop',
  failed: 'stop',
  skipped: 'stop',
};

it.each(statuses)('a report on a %s operation never changes its status', async (status) => {
  const id = await insertRow(database, { status, worker_id: 1, records_processed: 100 });
  expect(await control.updateMigrationProgress(id, 150)).toEqual({ answer: answers[status], status });
  const counted = answers[status] === 'stop' ? 100 : 150;
  expect(await rowOf(database, id)).toMatchObject({ status, records_processed: counted });
});

it('a report on a deleted operation is answered with stop', async () => {
  expect(await control.updateMigrationProgress(4711, 1)).toEqual({ answer: 'stop', status: null });
});

it('a report on an operation without a worker is accepted, as in the specification', async () => {
  const id = await insertRow(database, { worker_id: null, records_processed: null });
  expect(await control.updateMigrationProgress(id, 5)).toEqual({ answer: 'continue', status: 'running' });
  expect(await rowOf(database, id)).toMatchObject({ worker_id: null, records_processed: 5 });
});

it('a report that waits for a pause is answered with pause, and its counter is kept', async () => {
  const id = await insertRow(database);
  const operator = await database.connect();
  await operator.query('BEGIN');
  await operator.query("UPDATE migration_control SET status = 'paused' WHERE id = $1", [id]);
  const report = control.updateMigrationProgress(id, 500);
  await untilBlocked(database);
  await operator.query('COMMIT');
  expect(await report).toEqual({ answer: 'pause', status: 'paused' });
  expect(await rowOf(database, id)).toMatchObject({ status: 'paused', records_processed: 500 });
});

it.each(['skipped', 'gone'])(
  'a report that waits for an operator is answered with stop if the row is %s',
  async (end) => {
    const id = await insertRow(database);
    const operator = await database.connect();
    await operator.query('BEGIN');
    await operator.query(
      end === 'gone'
        ? 'DELETE FROM migration_control WHERE id = $1'
        : "UPDATE migration_control SET status = 'skipped' WHERE id = $1",
      [id],
    );
    const report = control.updateMigrationProgress(id, 500);
    await untilBlocked(database);
    await operator.query('COMMIT');
    expect(await report).toEqual({ answer: 'stop', status: end === 'gone' ? null : end });
  },
);

it('does the same if the role’s transactions are REPEATABLE READ', async () => {
  const { client: strict, control: strictControl } = await workerOf(database, 1);
  await strict.query("SET default_transaction_isolation = 'repeatable read'");
  const id = await insertRow(database);
  const operator = await database.connect();
  await operator.query('BEGIN');
  await operator.query("UPDATE migration_control SET status = 'paused' WHERE id = $1", [id]);
  const report = strictControl.updateMigrationProgress(id, 500);
  await untilBlocked(database);
  await operator.query('COMMIT');
  expect(await report).toEqual({ answer: 'pause', status: 'paused' });

  // In the caller's transaction the first error is the useful one.
  await strict.query('BEGIN');
  await strict.query('SELECT FROM migration_control');
  await setStatus(database, id, 'running');
  await expect(strictControl.updateMigrationProgress(id, 600)).rejects.toMatchObject({ code: '40001' });
  await strict.query('ROLLBACK');
});

it('keeps an operator’s pauses while the specification’s own update runs at the same time', async () => {
  // The specification's update undoes pauses; the library never does, and counts only its own records.
  const id = await insertRow(database);
  const agent = await database.connect();
  const unguarded = "UPDATE migration_control SET records_processed = $1, status = 'running' WHERE id = $2";
  await database.query(`
    CREATE TABLE changes (was text, is_now text, by_whom text);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO changes VALUES (OLD.status, NEW.status, current_setting('application_name')); RETURN NEW; END $$;
    CREATE TRIGGER note AFTER UPDATE ON migration_control FOR EACH ROW
      WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION note()`);
  for (let round = 1; round <= 40; round++) {
    const [answer] = await Promise.all([
      control.updateMigrationProgress(id, round),
      agent.query(unguarded, [round, id]),
      setStatus(database, id, 'paused'),
    ]);
    expect(['continue', 'pause']).toContain(answer.answer);
  }
  const { rows } = await database.query(
    "SELECT count(*) FILTER (WHERE by_whom LIKE 'migtop%')::int AS ours, count(*)::int AS all FROM changes",
  );
  expect(rows[0]).toMatchObject({ ours: 0 });
  expect(rows[0]?.all).toBeGreaterThan(1);
  await database.query('DROP TRIGGER note ON migration_control');
});

it('works with additional columns of any name and order', async () => {
  await database.query(`CREATE SCHEMA wide; CREATE TABLE wide.migration_control (
    version int DEFAULT 1, applied bool DEFAULT true, mine bool, kind text, now text, started text, claimed text, target text,
    body text, session text, written text, LIKE migration_control INCLUDING ALL, other text, already text, joined text)`);
  const wide = await database.connect();
  await wide.query('SET search_path = wide');
  const { control: beside } = await workerOf(database, 1, { table: 'wide.migration_control' });
  const { id } = await beside.startOperation({ phase: 'execution', tableName: 't', operation: 'o' });
  expect(await beside.updateMigrationProgress(id, 1)).toEqual({ answer: 'continue', status: 'running' });
  expect(await beside.waitWhilePaused(id)).toBe('continue');
  expect(await beside.releaseOperation(id)).toMatchObject({ status: 'pending', recordsProcessed: 1, startedAt: null });
  expect(await beside.claimNext()).toMatchObject({ id, status: 'running' });
  expect(await beside.takeOver(id, { from: 1 })).toMatchObject({ id });
  expect(await beside.failOperation(id, 'no')).toMatchObject({ status: 'failed' });
  const retry = await beside.retryOperation(id);
  expect(retry).toMatchObject({ kind: 'started', operation: { operation: `retry_batch_${id}` } });
  expect(await beside.retryOperation(id)).toEqual({ ...retry, kind: 'open' });
  expect(await beside.completeOperation(retry.operation.id)).toMatchObject({ status: 'completed' });
  const start = { phase: 'execution', tableName: 'x', operation: 'o', batchSize: 1 } as const;
  expect(await beside.runBatches({ start, migrateBatch: async () => 0 })).toMatchObject({ kind: 'completed' });
  expect(await beside.getMigrationStatus('execution')).toHaveLength(3);
  await expect(beside.completeOperation(id)).rejects.toMatchObject({ from: 'failed' });
});

it('counts the specification’s examples: 1000 brackets and 2500 relationships', async () => {
  for (const example of ['brackets', 'case-file-relationships'])
    await database.query(await readSql(`examples/${example}.sql`));
  expect(await control.resumeFromLastCheckpoint('brackets')).toBe(1000);
  expect(await control.resumeFromLastCheckpoint('case_file_relationships')).toBe(2500);
  expect(await control.resumeFromLastCheckpoint('cases')).toBe(23);
  expect(await control.resumeFromLastCheckpoint('dispatch_bracket')).toBe(0);
  await expect(control.resumeFromLastCheckpoint('')).rejects.toThrow(TypeError);
});

it('uses the largest of cumulative counters, and refuses to count a completed row without a counter as 0', async () => {
  const insert = (records_processed: number | null) =>
    insertRow(database, { status: 'completed', records_processed, batch_size: null });
  for (const records of [500, 1000, 1569]) await insert(records);
  expect(await control.resumeFromLastCheckpoint('brackets')).toBe(1569);
  const id = await insert(null);
  const refused = { name: 'AmbiguousCheckpointError', reason: 'no counter', operations: [id] };
  await expect(control.resumeFromLastCheckpoint('brackets')).rejects.toMatchObject(refused);
});

it('lists a phase by start, and incomplete operations with pending ones last', async () => {
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
  const later = await insertRow(database, { started_at: at(2), worker_id: 2 });
  const sooner = await insertRow(database, { started_at: at(1), status: 'paused' });
  const queued = await insertRow(database, { status: 'pending' });
  const ended = await insertRow(database, { started_at: at(3), status: 'completed' });
  const mapping = await insertRow(database, { phase: 'mapping', table_name: 'cases', started_at: at(4) });
  const ids = async (list: Promise<readonly { id: number }[]>) => (await list).map(({ id }) => id);
  expect(await ids(control.getMigrationStatus('execution'))).toEqual([sooner, later, ended, queued]);
  expect(await ids(control.findIncompleteOperations())).toEqual([sooner, later, mapping, queued]);
  expect(await ids(control.findIncompleteOperations({ workerId: 2 }))).toEqual([later]);
  expect(await ids(control.findIncompleteOperations({ phase: 'mapping' }))).toEqual([mapping]);
  expect(await ids(control.findIncompleteOperations({ tableName: 'cases' }))).toEqual([mapping]);
  await expect(control.getMigrationStatus('exec' as 'execution')).rejects.toThrow(TypeError);
});
