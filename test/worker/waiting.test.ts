import type pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { MigrationControl } from '../../source/worker/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { insertRow, rowOf, setStatus, untilPauseNoticed, workerOf } from './table.ts';

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

/** Starts to wait for a paused operation, and resolves once the worker has checked its status. */
async function waiting(id: number, signal?: AbortSignal): Promise<{ answer: Promise<'continue' | 'stop'> }> {
  const answer = control.waitWhilePaused(id, { signal, pollIntervalMs: 5 });
  await untilPauseNoticed(database, client);
  return { answer };
}

it('continues when an operator resumes the operation', async () => {
  const id = await insertRow(database, { status: 'paused' });
  const { answer } = await waiting(id);
  await setStatus(database, id, 'running');
  expect(await answer).toBe('continue');
});

it('claims an operation that was resumed to pending', async () => {
  const id = await insertRow(database, { status: 'paused', records_processed: 40 });
  const { answer } = await waiting(id);
  await database.query("UPDATE migration_control SET status = 'pending', worker_id = NULL WHERE id = $1", [id]);
  expect(await answer).toBe('continue');
  expect(await rowOf(database, id)).toMatchObject({ status: 'running', worker_id: 1, records_processed: 40 });
});

it('stops if another worker claimed it first, or took it over', async () => {
  for (const action of ['claim', 'take over']) {
    const id = await insertRow(database, { status: 'paused' });
    const { answer } = await waiting(id);
    if (action === 'take over') await rival.takeOver(id, { from: 1 });
    else {
      // In one transaction, so that the waiting worker never sees the row as pending.
      await database.query("UPDATE migration_control SET status = 'running', worker_id = 2 WHERE id = $1", [id]);
    }
    expect(await answer).toBe('stop');
    expect(await rowOf(database, id)).toMatchObject({ worker_id: 2 });
  }
});

it.each(['skipped', 'completed', 'failed', 'gone'])('stops when it is %s', async (end) => {
  const id = await insertRow(database, { status: 'paused' });
  const { answer } = await waiting(id);
  if (end === 'gone') await database.query('DELETE FROM migration_control WHERE id = $1', [id]);
  else await setStatus(database, id, end);
  expect(await answer).toBe('stop');
});

it('stops when the signal fires, during an interval or before, and leaves the operation paused', async () => {
  const id = await insertRow(database, { status: 'paused' });
  const abort = new AbortController();
  const answer = control.waitWhilePaused(id, { signal: abort.signal, pollIntervalMs: 3_600_000 });
  await untilPauseNoticed(database, client);
  abort.abort();
  expect(await answer).toBe('stop');
  expect(await control.waitWhilePaused(id, { signal: abort.signal })).toBe('stop');
  expect(await rowOf(database, id)).toMatchObject({ status: 'paused', worker_id: 1 });
});

it.each(['pending', 'running'])('gives a %s row to one of two waiting workers', async (status) => {
  for (let round = 0; round < 20; round++) {
    const id = await insertRow(database, { status: 'paused', worker_id: null });
    const waits = [control, rival].map((each) => each.waitWhilePaused(id, { pollIntervalMs: 1 }));
    await setStatus(database, id, status);
    const answers = await Promise.all(waits);
    expect(answers.toSorted()).toEqual(['continue', 'stop']);
    expect(await rowOf(database, id)).toMatchObject({
      status: 'running',
      worker_id: answers[0] === 'continue' ? 1 : 2,
    });
  }
});
