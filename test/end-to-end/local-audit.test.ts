import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { eventually, holdOpen, insertRows, openMigtop, pressAndSee, statusOf } from './migtop.ts';

let database: TestDatabase;
let state: string;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
});
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'migtop-state-'));
  await database.query('TRUNCATE migration_control');
  await insertRows(database, [{ id: 31, status: 'running', worker: 1, table: 'brackets', processed: 321 }]);
});
afterEach(() => rm(state, { recursive: true, force: true }));
afterAll(() => database?.drop());

const lines = async () =>
  (await readFile(join(state, 'migtop', 'audit.jsonl'), 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

it('has the intent of an action while it waits, with an unknown outcome if migtop was killed', async () => {
  const options = { columns: 120, env: { XDG_STATE_HOME: state } };
  await using _holder = await holdOpen(database, 'UPDATE migration_control SET records_processed = 400 WHERE id = 31');
  {
    await using program = await openMigtop([database.url], options);
    program.press('p');
    await eventually(async () => {
      const [reserved, intent] = await lines();
      expect(reserved).toMatchObject({ outcome: null });
      expect(intent).toMatchObject({ action: 'pause', operationId: 31, toStatus: 'paused' });
    });
    await program.kill();
  }
  expect((await lines())[0]).toMatchObject({ outcome: null });
  await using next = await openMigtop([database.url], options);
  await pressAndSee(next, '6', /pause +31 .*not known/);
});

it('refuses the action on a full disk, and nothing is changed', async () => {
  await mkdir(join(state, 'migtop'));
  await symlink('/dev/full', join(state, 'migtop', 'audit.jsonl'));
  await using program = await openMigtop([database.url], { columns: 200, env: { XDG_STATE_HOME: state } });
  await pressAndSee(program, 'p', /nothing was changed: could not write/);
  expect(await statusOf(database, 31)).toBe('running');
});

/** Runs before the program: the folder of the audit is on a disk that does not answer, so a thread waits permanently. */
const hangingDisk = `
  import { execFileSync } from 'node:child_process';
  import fs from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  const pipe = process.env.XDG_STATE_HOME + '/pipe';
  execFileSync('mkfifo', [pipe]);
  const { mkdir, open } = fs.promises;
  fs.promises.mkdir = async (path, options) => (String(path).includes('migtop') ? open(pipe, 'r') : mkdir(path, options));
  syncBuiltinESMExports();`;

it('on a disk that does not answer refuses the action in seconds, and quits at once', async () => {
  await writeFile(join(state, 'hang.mjs'), hangingDisk);
  const env = { XDG_STATE_HOME: state, NODE_OPTIONS: `--import=${join(state, 'hang.mjs')}` };
  await using program = await openMigtop([database.url], { columns: 200, env });
  await pressAndSee(program, 'p', /cannot pause operation 31.*: nothing was changed, because the disk/);
  expect(await statusOf(database, 31)).toBe('running');
  program.press('q');
  expect(await program.exit).toEqual({ exitCode: 0, signal: undefined });
});
