import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commands } from '../../source/commands/command-table.ts';
import { runCommand } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { ended, startProgram } from '../support/program.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  await database.query(`INSERT INTO migration_control (phase, table_name, operation, status, error_message, completed_at)
    VALUES ('execution', 'cases', 'copy', 'failed', 'deadlock detected', now())`);
});
afterAll(() => database?.drop());

type Command = (typeof commands)[number]['name'];

/** The arguments of a run that ends by itself; null for commands that only end when they are told to, or that need the demo's database. */
const runs: Readonly<Record<Command, readonly string[] | null>> = {
  monitor: null,
  demo: null,
  metrics: null,
  status: [],
  wait: ['--for', 'failed', '--timeout', '1s'],
  export: [],
  show: ['1'],
  handoff: ['1'],
  pause: ['1'],
  resume: ['1'],
  skip: ['9'],
  retry: ['1', '--dry-run'],
  takeover: ['1'],
  doctor: [],
  init: ['--apply'],
  completion: ['bash'],
  help: [],
  version: [],
};
const withoutDatabase: readonly Command[] = ['completion', 'help', 'version'];

async function run(args: readonly string[], closed: 'stdout' | 'stderr') {
  const child = await startProgram(args);
  const end = ended(child);
  child[closed]?.destroy();
  const read = async (name: 'stdout' | 'stderr') => (child[name] === null || closed === name ? '' : text(child[name]));
  const [stderr] = await Promise.all([read('stderr'), read('stdout')]);
  return { ...(await end), stderr };
}

it.each([
  ...commands.flatMap(({ name }) => {
    const args = runs[name];
    return args === null ? [] : [[name, ...args, ...(withoutDatabase.includes(name) ? [] : ['DATABASE'])]];
  }),
  ['status', '--bogus'],
  ['status', 'postgres://127.0.0.1:1/none'],
  ['status', '--check', 'DATABASE'],
])('a closed pipe changes no exit code of %s %s %s', async (...words) => {
  const args = words.map((word) => (word === 'DATABASE' ? database.url : String(word)));
  const { code, stdout, stderr } = await runCommand(args);
  // A run that writes nothing to a pipe does not notice that it is closed.
  expect(stdout + stderr).not.toBe('');
  // The part that an export has written may look complete.
  const incomplete = 'migtop: note: the reader closed the pipe: the export is incomplete\n';
  const errors = words[0] === 'export' ? incomplete : stderr;
  if (stdout !== '') expect(await run(args, 'stdout')).toEqual({ code, signal: null, stderr: errors });
  if (stderr !== '') expect(await run(args, 'stderr')).toMatchObject({ code, signal: null });
});

it('a closed pipe does not end a wait as if the migration were done', async () => {
  await using working = await createDatabase({ schema: true });
  await working.query(`INSERT INTO migration_control (phase, table_name, operation, status, started_at)
    VALUES ('execution', 'cases', 'copy', 'running', localtimestamp)`);
  const args = ['wait', '--for', 'done', '--timeout', '3s', working.url];
  expect(await run(args, 'stdout')).toMatchObject({ code: 8, stderr: expect.stringContaining('timed out') });
});
