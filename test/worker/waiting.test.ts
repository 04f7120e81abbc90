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

/** Starts to wait for a paused operation, and resolves once the worker has looked. */
async function waiting(id: number, signal?: AbortSignal): Promise<{ answer: Promise<'continue' | 'stop'> }> {
  const answer = control.waitWhilePaused(id, { signal, pollIntervalMs: 5 });
  await untilPauseNoticed(database, client);
  return { answer };
}

it('goes on when the operator resumes it', async () => {
  const id = await insertRow(database, { status: 'paused' });
  const { answer } = await waiting(id);
  await setStatus(database, id, 'running');
  expect(await answer).toBe('continue');
});

it('claims it back when it was resumed into the queue', async () => {
  const id = await insertRow(database, { status: 'paused', records_processed: 40 });
  const { answer } = await waiting(id);
  await database.query("UPDATE migration_control SET status = 'pending', worker_id = NULL WHERE id = $1", [id]);
  expect(await answer).toBe('continue');
  expect(await rowOf(database, id)).toMatchObject({ status: 'running', worker_id: 1, records_processed: 40 });
});

it('leaves it to the worker that claimed it first, or took it over', async () => {
  for (const action of ['claim', 'take over']) {
    const id = await insertRow(database, { status: 'paused' });
    const { answer } = await waiting(id);
    if (action === 'take over') await rival.takeOver(id, { from: 1 });
    else {
      // In one transaction: the waiting worker sees the row in the queue at no time.
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

it('stops when the signal fires, in the middle of an interval or before, and leaves it paused', async () => {
  const id = await insertRow(database, { status: 'paused' });
  const abort = new AbortController();
  const answer = control.waitWhilePaused(id, { signal: abort.signal, pollIntervalMs: 3_600_000 });
  await untilPauseNoticed(database, client);
  abort.abort();
  expect(await answer).toBe('stop');
  expect(await control.waitWhilePaused(id, { signal: abort.signal })).toBe('stop');
  expect(await rowOf(database, id)).toMatchObject({ status: 'paused', worker_id: 1 });
});

it.each(['pending', 'running'])('gives a row that two workers want to one of them when it is %s', async (status) => {
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
