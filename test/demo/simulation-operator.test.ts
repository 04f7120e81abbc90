import { expect, test } from 'vitest';
import { parseSessionName } from '../../source/domain/session-name.ts';
import { type Row, simulatedDatabase, until } from './simulated.ts';

const { rows, createTable, begin } = simulatedDatabase();

async function row(id: number): Promise<Row | undefined> {
  return (
    await rows<Row>('SELECT id, status, records_processed, worker_id FROM migration_control WHERE id = $1', [id])
  )[0];
}

/** A running operation of worker 3 whose batch does not fail. */
async function runningOperation(): Promise<Row> {
  const [found] = await rows<Row>("SELECT * FROM migration_control WHERE status = 'running' AND worker_id = 3");
  if (found === undefined) throw new Error('Worker 3 runs nothing.');
  return found;
}

const setStatus = (id: number, status: string) =>
  rows('UPDATE migration_control SET status = $2 WHERE id = $1', [id, status]);

test('a paused worker writes its counter, stops, and continues there after a resume', async () => {
  const simulation = await begin();
  const { id, records_processed: before } = await runningOperation();
  await setStatus(id, 'paused');
  for (let second = 0; second < 3; second++) await simulation.advance(1);
  const paused = await row(id);
  expect(paused).toMatchObject({ status: 'paused', worker_id: 3 });
  expect(paused?.records_processed).toBeGreaterThan(before);
  for (let second = 0; second < 60; second++) await simulation.advance(1);
  expect(await row(id)).toEqual(paused);

  await setStatus(id, 'running');
  await until(simulation, async () => (await row(id))?.status === 'completed', 120);
  expect((await row(id))?.worker_id).toBe(3);
});

test('a worker does not end a paused operation, even with all records done', async () => {
  const simulation = await begin();
  const { id } = await runningOperation();
  await setStatus(id, 'paused');
  // So many records at once that none is left.
  await simulation.advance(600);
  expect(await row(id)).toMatchObject({ status: 'paused', worker_id: 3 });
  await setStatus(id, 'running');
  await until(simulation, async () => (await row(id))?.status === 'completed', 300);
});

test('a waiting worker claims its operation when it is resumed to pending', async () => {
  const simulation = await begin();
  const { id } = await runningOperation();
  await setStatus(id, 'paused');
  for (let second = 0; second < 3; second++) await simulation.advance(1);
  await setStatus(id, 'pending');
  // In two seconds it checks its status. An idle worker could be faster, but none is idle.
  for (let second = 0; second < 2; second++) await simulation.advance(1);
  expect(await row(id)).toMatchObject({ status: 'running', worker_id: 3 });
});

test('a worker stops work on an operation that another one has taken over', async () => {
  const simulation = await begin();
  const { id } = await runningOperation();
  await rows('UPDATE migration_control SET worker_id = 99 WHERE id = $1', [id]);
  const taken = await row(id);
  await until(
    simulation,
    async () => (await rows("SELECT 1 FROM migration_control WHERE status = 'running' AND worker_id = 3")).length > 0,
    60,
  );
  expect(await row(id)).toEqual(taken);
});

test('a worker leaves an operation that is skipped, and writes no more to it', async () => {
  const simulation = await begin();
  const { id } = await runningOperation();
  await setStatus(id, 'skipped');
  const skipped = await row(id);
  for (let second = 0; second < 10; second++) await simulation.advance(1);
  expect(await row(id)).toEqual(skipped);
  expect((await rows("SELECT 1 FROM migration_control WHERE status = 'running' AND worker_id = 3")).length).toBe(1);
});

test('the workers use migtop/worker, which sets application_name', async () => {
  const simulation = await begin();
  const name = async () =>
    (await rows<{ name: string }>("SELECT current_setting('application_name') AS name"))[0]?.name;
  await until(simulation, async () => parseSessionName((await name()) ?? '')?.run === 'demo', 10);
});

test('a worker continues at the row’s counter, not at its own', async () => {
  const simulation = await begin();
  for (let second = 0; second < 10; second++) await simulation.advance(1);
  const { id } = await runningOperation();
  await setStatus(id, 'paused');
  for (let second = 0; second < 3; second++) await simulation.advance(1);
  const paused = await row(id);
  await rows("UPDATE migration_control SET status = 'running', records_processed = 0 WHERE id = $1", [id]);
  await until(simulation, async () => (await row(id))?.records_processed !== 0, 10);
  expect((await row(id))?.records_processed).toBeLessThan(paused?.records_processed ?? 0);
});

test('a paused pending operation is not claimed before it is resumed', async () => {
  const simulation = await begin();
  await simulation.advance(1);
  const [next] = await rows<Row>(
    "SELECT * FROM migration_control WHERE status = 'pending' AND phase = 'execution' ORDER BY id LIMIT 1",
  );
  const id = next?.id ?? 0;
  await setStatus(id, 'paused');
  for (let second = 0; second < 60; second++) await simulation.advance(1);
  expect(await row(id)).toMatchObject({ status: 'paused', worker_id: null });
  await setStatus(id, 'pending');
  await until(simulation, async () => (await row(id))?.status === 'completed', 300);
});

test('a worker leaves an operation that was skipped and takes the next one', async () => {
  const simulation = await begin();
  const { id } = await runningOperation();
  await setStatus(id, 'paused');
  for (let second = 0; second < 3; second++) await simulation.advance(1);
  await setStatus(id, 'skipped');
  const skipped = await row(id);
  await until(
    simulation,
    async () => (await rows("SELECT 1 FROM migration_control WHERE status = 'running' AND worker_id = 3")).length > 0,
    60,
  );
  expect(await row(id)).toEqual(skipped);
});

test('the count verification fails if an operator skipped a batch', async () => {
  const simulation = await begin();
  await simulation.advance(1);
  await rows(
    "UPDATE migration_control SET status = 'skipped' WHERE id = (SELECT min(id) FROM migration_control WHERE table_name = 'brackets' AND status = 'running')",
  );
  const validation = () =>
    rows<{ status: string; error_message: string }>(
      "SELECT status, error_message FROM migration_control WHERE table_name = 'brackets' AND phase = 'validation'",
    );
  await until(simulation, async () => (await validation())[0]?.status === 'failed', 400);
  expect((await validation())[0]?.error_message).toMatch(
    /^count mismatch: source has 1569 records, target has 1\d\d\d$/,
  );
});

test('a failure that an operator skips is not repaired', async () => {
  const simulation = await begin();
  const failed = () =>
    rows<Row>("SELECT * FROM migration_control WHERE table_name = 'case_file_relationships' AND status = 'failed'");
  const story =
    (await rows<Row>("SELECT * FROM migration_control WHERE status = 'running' AND worker_id = 2"))[0]?.id ?? 0;
  await until(simulation, async () => (await failed()).length > 0, 120);
  await setStatus(story, 'skipped');
  await until(
    simulation,
    async () =>
      (await rows("SELECT 1 FROM migration_control WHERE source_query LIKE '%case_files LIMIT 200 OFFSET 2500'"))
        .length > 0,
    120,
  );
  expect(
    await rows("SELECT 1 FROM migration_control WHERE operation IN ('orphan_detection', 'missing_parent_migration')"),
  ).toEqual([]);
});

test('failures are left to the operator while other work remains, even if all workers are paused', async () => {
  const simulation = await begin();
  const [left] = await rows<{ source_query: string }>(
    "SELECT source_query FROM migration_control WHERE error_message LIKE 'numeric field overflow%'",
  );
  await rows("UPDATE migration_control SET status = 'paused' WHERE status = 'running'");
  for (let second = 0; second < 200; second++) await simulation.advance(1);
  expect(simulation.isFinished()).toBe(false);
  expect(await rows('SELECT status FROM migration_control WHERE source_query = $1', [left?.source_query])).toEqual([
    { status: 'failed' },
  ]);
});

test('a worker does an operation that an operator inserts', async () => {
  const simulation = await begin();
  const [queued] = await rows<Row>(
    "INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('execution', 'by_hand', 'batch_migration', 'pending') RETURNING *",
  );
  const id = queued?.id ?? 0;
  await until(simulation, async () => (await row(id))?.status === 'completed', 600);
  expect((await row(id))?.records_processed).toBe(500);
});

test('continues after the table was emptied', async () => {
  const simulation = await begin();
  await simulation.advance(1);
  await rows('TRUNCATE migration_control RESTART IDENTITY');
  await until(
    simulation,
    async () =>
      (await rows("SELECT 1 FROM migration_control WHERE status = 'completed' AND phase = 'execution'")).length > 3,
    200,
  );
});

test('waits while there is no table, and continues when there is one again', async () => {
  const simulation = await begin();
  await rows('DROP TABLE migration_control');
  for (let second = 0; second < 120; second++) await simulation.advance(1);
  await createTable();
  await until(
    simulation,
    async () =>
      (await rows("SELECT 1 FROM migration_control WHERE status = 'completed' AND phase = 'execution'")).length > 3,
    200,
  );
});
