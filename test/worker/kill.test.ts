import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { builtProgram, plainEnvironment } from '../support/program.ts';
import { allRows } from './table.ts';

const script = fileURLToPath(new URL('doomed-worker.ts', import.meta.url));
const records = 60;

let database: TestDatabase;
let library: string;

beforeAll(async () => {
  library = pathToFileURL(join(dirname(await builtProgram()), 'worker.js')).href;
  database = await createDatabase({ schema: true });
  // Ids with gaps, and a target without a key, so that a record that is migrated twice is found twice.
  await database.query('CREATE TABLE source (id int PRIMARY KEY); CREATE TABLE target (id int)');
  await database.query('INSERT INTO source SELECT n * n FROM generate_series(1, $1::int) n', [records]);
});
afterAll(() => database.drop());

/** Runs the worker until a point of its nth batch, or to its end; returns its output. */
async function run(paging: string, point = 'never', batch = 0): Promise<{ said: string; worker: ChildProcess }> {
  const args = [script, library, database.url, paging, point, `${batch}`];
  const worker = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: plainEnvironment() });
  const [said] = (await once(createInterface({ input: worker.stdout }), 'line')) as [string];
  return { said, worker };
}

async function kill(worker: ChildProcess): Promise<void> {
  const exit = once(worker, 'exit');
  worker.kill('SIGKILL');
  expect(await exit).toEqual([null, 'SIGKILL']);
}

const deaths = [
  ['begun', 1],
  ['written', 2],
  ['reported', 1],
  ['reported', 2],
  ['committed', 1],
  ['written', 1],
  ['committed', 2],
] as const;

it.each(['keyset', 'offset'])(
  'migrates every record exactly once if it is killed in the middle of batches, by %s',
  async (paging) => {
    await database.query('TRUNCATE target; TRUNCATE migration_control RESTART IDENTITY');
    for (const [point, batch] of deaths) {
      const { said, worker } = await run(paging, point, batch);
      expect(said).toBe('here');
      await kill(worker);
    }
    const { rows } = await database.query<{ n: number }>('SELECT count(*)::int AS n FROM target');
    // Commits before each kill: 0, 1, 0, 1, 1, 0 and 2 batches of 7.
    expect(rows).toEqual([{ n: 35 }]);
    expect(await allRows(database)).toMatchObject([{ status: 'running', records_processed: 35, worker_id: 7 }]);

    const { said } = await run(paging);
    expect(said).toBe('completed');
    expect(await allRows(database)).toMatchObject([{ status: 'completed', records_processed: records }]);
    const { rows: migrated } = await database.query('SELECT id FROM target ORDER BY id');
    expect(migrated).toEqual((await database.query('SELECT id FROM source ORDER BY id')).rows);
  },
);
