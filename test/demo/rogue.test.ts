import { expect, test } from 'vitest';
import { rogue } from '../../source/demo/rogue.ts';
import guard from '../../sql/options/guard.sql';
import removeGuard from '../../sql/options/guard-remove.sql';
import { type Row, simulatedDatabase, until } from './simulated.ts';

const { rows, exec, begin } = simulatedDatabase();

async function operation(): Promise<Row & { completed_at: Date | null }> {
  const found = await rows<Row & { completed_at: Date | null }>(
    "SELECT * FROM migration_control WHERE phase = 'execution' AND table_name = $1 AND worker_id = $2",
    [rogue.table, rogue.workerId],
  );
  if (found[0] === undefined || found.length > 1) throw new Error(`The rogue has ${found.length} operations.`);
  return found[0];
}

const setStatus = (id: number, status: string) =>
  rows('UPDATE migration_control SET status = $2 WHERE id = $1', [id, status]);

/** All rows except the rogue's, without ids, which its row shifts by one. */
const others = () =>
  rows(
    `SELECT phase, table_name, operation, status, records_processed, worker_id FROM migration_control
     WHERE table_name <> $1 ORDER BY id`,
    [rogue.table],
  );

test('runs only on request, with its own worker id and table', async () => {
  await begin();
  expect(await rows('SELECT 1 FROM migration_control WHERE table_name = $1', [rogue.table])).toEqual([]);
  expect(await rows('SELECT 1 FROM migration_control WHERE worker_id = $1', [rogue.workerId])).toEqual([]);
});

test('does not change the rest of the migration', async () => {
  const alone = await begin();
  for (let second = 0; second < 60; second++) await alone.advance(1);
  const without = await others();
  await rows('TRUNCATE migration_control RESTART IDENTITY');
  const together = await begin({ rogue: true });
  for (let second = 0; second < 60; second++) await together.advance(1);
  expect(await others()).toEqual(without);
});

test.each(['paused', 'skipped'])('undoes with its next report that its operation was %s', async (status) => {
  const simulation = await begin({ rogue: true });
  await simulation.advance(1);
  const { id, records_processed: before } = await operation();
  await setStatus(id, status);
  await simulation.advance(1);
  const after = await operation();
  expect(after).toMatchObject({ id, status: 'running' });
  expect(after.records_processed).toBeGreaterThan(before);
});

test.each(['paused', 'skipped'])('cannot undo %s with the guard, and its counter still rises', async (status) => {
  const simulation = await begin({ rogue: true });
  await simulation.advance(1);
  await exec(guard);
  const { id } = await operation();
  await setStatus(id, status);
  let before = (await operation()).records_processed;
  for (let second = 0; second < 10; second++) {
    await simulation.advance(1);
    const now = await operation();
    expect(now.status).toBe(status);
    expect(now.records_processed).toBeGreaterThan(before);
    before = now.records_processed;
  }

  // An operator can undo it.
  await exec(
    `BEGIN; SET LOCAL migtop.operator = 'ana'; UPDATE migration_control SET status = 'running' WHERE id = ${id}; COMMIT`,
  );
  await simulation.advance(1);
  expect((await operation()).status).toBe('running');
});

test('overwrites again after the guard is removed', async () => {
  const simulation = await begin({ rogue: true });
  await exec(guard);
  await setStatus((await operation()).id, 'paused');
  await simulation.advance(1);
  await exec(removeGuard);
  await simulation.advance(1);
  expect((await operation()).status).toBe('running');
});

test('the guard does not stop the other workers', async () => {
  await exec(guard);
  const simulation = await begin({ rogue: true });
  await until(
    simulation,
    async () =>
      (await rows("SELECT 1 FROM migration_control WHERE table_name = 'brackets' AND status = 'completed'")).length > 5,
    200,
  );
});

test('works for most of an hour, completes its operation, and writes no more', async () => {
  const simulation = await begin({ rogue: true });
  for (let minute = 0; minute < 30; minute++) await simulation.advance(60);
  expect(await operation()).toMatchObject({ status: 'running', completed_at: null });
  await simulation.advance(3_600);
  const completed = await operation();
  expect(completed).toMatchObject({ status: 'completed', records_processed: rogue.records });
  expect(completed.completed_at).not.toBeNull();
  await setStatus(completed.id, 'paused');
  await simulation.advance(60);
  expect((await operation()).status).toBe('paused');
});

test('continues after its table was missing', async () => {
  const simulation = await begin({ rogue: true });
  await simulation.advance(1);
  await exec('ALTER TABLE migration_control RENAME TO away');
  await simulation.advance(10);
  await exec('ALTER TABLE away RENAME TO migration_control');
  const { records_processed: before } = await operation();
  await simulation.advance(10);
  expect((await operation()).records_processed).toBeGreaterThan(before);
});
