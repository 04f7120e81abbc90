import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { eventually, openMigtop, pressAndSee } from './migtop.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
});
beforeEach(async () => {
  await database.query(`
    TRUNCATE migration_control RESTART IDENTITY;
    INSERT INTO migration_control (phase, table_name, operation, status, started_at, completed_at, error_message, worker_id)
    SELECT 'execution', CASE WHEN n % 2 = 0 THEN 'cases' ELSE 'judges' END, 'copy ' || n,
      CASE WHEN n <= 6 THEN 'running' ELSE 'failed' END, localtimestamp - interval '1 minute',
      CASE WHEN n > 6 THEN localtimestamp - interval '10 seconds' END,
      CASE WHEN n > 6 THEN 'value ' || n || ' is too long' END, n
    FROM generate_series(1, 9) AS n`);
});
afterAll(() => database?.drop());

async function statuses(): Promise<string> {
  const { rows } = await database.query<{ status: string; n: number }>(
    'SELECT status, count(*)::int AS n FROM migration_control GROUP BY status ORDER BY status',
  );
  return rows.map(({ status, n }) => `${n} ${status}`).join(', ');
}

describe('an action on many operations', () => {
  it('pauses the marked ones, and u undoes it', async () => {
    await using program = await openMigtop([database.url]);
    await pressAndSee(program, '2', ' WORKERS');
    await pressAndSee(program, ' ', '1 marked');
    await pressAndSee(program, 'a', '6 marked');
    await pressAndSee(program, 'p', '✓ paused: 6 operations  (u undoes it)');
    expect(await statuses()).toBe('3 failed, 6 paused');
    await pressAndSee(program, 'u', '✓ undone: 6 operations');
    expect(await statuses()).toBe('3 failed, 6 running');
  });

  it('skips a kind of failure after its number was typed, with a reason', async () => {
    await using program = await openMigtop([database.url]);
    await pressAndSee(program, '3', /▸ +3 .*value … is too long/);
    await pressAndSee(program, 's', '3 operations will be skipped');
    await pressAndSee(program, '3', 'type 3              3');
    program.press('\t');
    await pressAndSee(program, 'too long', /reason +too long/);
    await pressAndSee(program, '\r', '✓ skipped: 3 operations');
    expect(await statuses()).toBe('6 running, 3 skipped');
  });

  it('retries a failure by a pending operation', async () => {
    await using program = await openMigtop([database.url]);
    await pressAndSee(program, '5', /▸ +9 /);
    await pressAndSee(program, 'R', 'Retry operation 9 · judges?');
    await pressAndSee(program, 'y', /✓ retrying operation 9 as \d+/);
    await eventually(async () => expect(await statuses()).toBe('3 failed, 1 pending, 6 running'));
  });
});
