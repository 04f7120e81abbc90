import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { builtProgram } from '../support/program.ts';
import { eventually, openMigtop, pressAndSee } from './migtop.ts';

const run = promisify(execFile);

let examples: TestDatabase;
let folder: string;

beforeAll(async () => {
  examples = await createDatabase({ examples: true });
  folder = await mkdtemp(join(tmpdir(), 'migtop-copying-'));
});
afterAll(async () => {
  await examples?.drop();
  await rm(folder, { recursive: true, force: true });
});

/** The last text for the terminal's clipboard. */
function clipboardOf(output: string): string {
  const base64 = [...output.matchAll(/\u001B\]52;c;([A-Za-z0-9+/=]*)\u0007/g)].at(-1)?.[1];
  return Buffer.from(base64 ?? '', 'base64').toString();
}

/** Opens the list of the one failure, which was retried. */
async function seeFailures(program: Parameters<typeof pressAndSee>[0]): Promise<void> {
  await pressAndSee(program, '3', /FAILURES.*\d resolved/);
  await pressAndSee(program, 'h', 'Foreign key');
  await pressAndSee(program, '\r', 'shows the kinds');
}

it('puts the same text into the clipboard and into a file that only this user can read', async () => {
  const env = { XDG_STATE_HOME: join(folder, 'state') };
  await using program = await openMigtop([examples.url], { env, columns: 160 });
  await seeFailures(program);
  await pressAndSee(program, 'y', /copied operation \d+/);
  const [name = ''] = (await readdir(join(folder, 'state', 'migtop'))).filter((one) => one.endsWith('.md'));
  const file = join(folder, 'state', 'migtop', name);
  const text = await readFile(file, 'utf8');
  expect(text).toMatch(/^# Operation \d+: case\\_file|^# Operation \d+: case_file_relationships/);
  expect(clipboardOf(program.output())).toBe(text);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  // The whole path is on the screen.
  await program.waitForText(name);
  expect(program.terminal.overflow()).toEqual({ wrappedLines: 0, scrolledLines: 0 });
});

it('copies even if no folder can be written, and reports that', async () => {
  const env = { XDG_STATE_HOME: '/dev/null', XDG_RUNTIME_DIR: join(folder, 'runtime') };
  await using program = await openMigtop([examples.url], { env, columns: 160 });
  await seeFailures(program);
  await pressAndSee(program, 'y', /runtime\/migtop\/operation-\d+-[\w-]+\.md/);
});

const hasTmux = spawnSync('tmux', ['-V']).status === 0;

describe.runIf(hasTmux)('in tmux', () => {
  it('fills the buffer of tmux, and passes the text on to the terminal outside', async () => {
    const socket = join(folder, 'tmux');
    const tmux = async (...args: string[]) => (await run('tmux', ['-S', socket, '-f', '/dev/null', ...args])).stdout;
    const state = join(folder, 'in-tmux');
    const command = `XDG_STATE_HOME=${state} LC_ALL=C.UTF-8 ${process.execPath} ${await builtProgram()} ${examples.url}`;
    await tmux('new-session', '-d', '-x', '120', '-y', '30', command);
    try {
      await tmux('set-option', '-s', 'set-clipboard', 'on');
      const screen = () => tmux('capture-pane', '-p');
      await eventually(async () => expect(await screen()).toContain('PHASES'));
      await tmux('send-keys', '3');
      await eventually(async () => expect(await screen()).toMatch(/FAILURES[\s\S]*\d resolved/));
      await tmux('send-keys', 'h');
      await eventually(async () => expect(await screen()).toContain('Foreign key'));
      await tmux('send-keys', 'Enter');
      await eventually(async () => expect(await screen()).toContain('shows the kinds'));
      await tmux('send-keys', 'y');
      await eventually(async () => expect(await screen()).toMatch(/copied operation \d+/));
      const [name = ''] = (await readdir(join(state, 'migtop'))).filter((one) => one.endsWith('.md'));
      const text = await readFile(join(state, 'migtop', name), 'utf8');
      await eventually(async () => expect(await tmux('show-buffer')).toBe(text));
      // The rest of the sequence is not on the screen.
      expect(await screen()).not.toMatch(/Ptmux|52;c/);
    } finally {
      await tmux('kill-server').catch(() => {});
    }
  });
});
