import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { runInTerminal } from '../support/pty.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

let folder: string;
let binary: string;
let database: TestDatabase;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migtop-compat-'));
  binary = join(folder, 'migtop');
  const building = run(process.execPath, ['scripts/build-binary.ts', '--output', binary], { cwd: root });
  [database] = await Promise.all([createDatabase(), building]);
});
afterAll(async () => {
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

/** The environment of a machine without Node and without anything else. */
const bare = { PATH: '', HOME: '/nonexistent', NODE_OPTIONS: '--bogus' };

it('runs without Node, with an empty PATH, and has its version and its SQL inside', async () => {
  const inFolder = { cwd: folder, env: bare };
  expect((await run(binary, ['--version'], inFolder)).stdout).toBe(`migtop ${packageJson.version}\n`);
  expect((await run(binary, ['init', '--guard'], inFolder)).stdout).toContain('FUNCTION %s.migtop_guard()');
  await expect(run(binary, ['demo'], inFolder)).rejects.toMatchObject({
    code: 2,
    stderr: 'migtop: The single executable has no demo. Run it from the package: npx migtop demo\n',
  });
});

it('asks before it installs, watches, acts, and diagnoses, in a terminal', async () => {
  const options = { columns: 100, rows: 30, cwd: folder, env: bare };
  await using refused = runInTerminal(binary, ['init', '--apply', database.url], options);
  await refused.waitForText(/\? \[y\/N\]/);
  refused.press('n\r');
  expect((await refused.exit).exitCode).toBe(1);
  expect(refused.terminal.text()).toContain('nothing was changed');
  expect((await database.query("SELECT to_regclass('migration_control')::text AS name")).rows).toEqual([
    { name: null },
  ]);

  await using init = runInTerminal(binary, ['init', '--audit', '--apply', database.url], options);
  await init.waitForText(/\? \[y\/N\]/);
  init.press('y\r');
  expect((await init.exit).exitCode).toBe(0);
  expect(init.terminal.text()).toContain('installed the audit on public.migration_control');

  await database.query(`INSERT INTO migration_control (phase, table_name, operation, status, started_at, worker_id)
    VALUES ('execution', 'brackets', 'batch', 'running', now(), 1)`);
  await using monitor = runInTerminal(binary, [database.url], options);
  await monitor.waitForText('brackets');
  await monitor.waitFor(({ modes }) => modes.bracketedPaste);
  monitor.press('2');
  await monitor.waitForText(/WORKERS/);
  monitor.press('p');
  await monitor.waitForText(/paused/);
  monitor.press('q');
  expect(await monitor.exit).toEqual({ exitCode: 0, signal: undefined });
  expect((await database.query('SELECT status FROM migration_control')).rows).toEqual([{ status: 'paused' }]);
  expect((await database.query('SELECT action FROM migtop_audit')).rows).toEqual([{ action: 'pause' }]);

  const { stdout } = await run(binary, ['doctor', database.url], { cwd: folder, env: bare });
  expect(stdout).toBe('no problems found\n');
});
