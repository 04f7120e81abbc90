import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import type { PtyProgram } from '../support/pty.ts';
import { childrenOf, eventually, insertRows, runShell, showsData } from './migtop.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ examples: true });
  await insertRows(database, [{ id: 31, status: 'running', worker: 1, table: 'brackets', processed: 321 }]);
});
afterAll(() => database.drop());

async function sessions(): Promise<number> {
  const { rowCount } = await database.query(
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'migtop'",
  );
  return rowCount ?? 0;
}

async function open(script: string): Promise<{ shell: PtyProgram; pid: number }> {
  const shell = await runShell(script, [database.url]);
  await shell.waitFor(showsData, { description: 'the first data' });
  const [pid = 0] = await childrenOf(shell.pid);
  expect(pid).toBeGreaterThan(0);
  return { shell, pid };
}

/** The leader of a session ends: the kernel hangs its terminal up. */
async function hangUp({ shell, pid }: { shell: PtyProgram; pid: number }): Promise<void> {
  process.kill(shell.pid, 'SIGKILL');
  await eventually(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'));
  await eventually(async () => expect(await sessions()).toBe(0));
}

describe('a terminal that hangs up', () => {
  it.each([
    ['with a hang-up signal', '"$@"; :'],
    ['without one, in a session of our own', 'setsid -w "$@" </dev/tty; :'],
    ['where the shell ignores the signal', 'trap "" HUP; "$@"; :'],
  ])('leaves no process and no session %s', async (_name, script) => {
    const program = await open(script);
    // setsid -w may stand between the shell and the program.
    const [inner] = await childrenOf(program.pid);
    await hangUp({ shell: program.shell, pid: inner ?? program.pid });
  });

  it('leaves no process and no session while the window is too small', async () => {
    const program = await open('"$@"; :');
    program.shell.resize(30, 5);
    await program.shell.waitForText(/60/);
    await hangUp(program);
  });
});

describe('a terminal without a size', () => {
  it.each<[string, string, number, number]>([
    ['is taken for 80x24', 'stty rows 0 cols 0; "$@"', 80, 24],
    ['has the size that LINES and COLUMNS tell', 'stty rows 0 cols 0; export LINES=20 COLUMNS=100; "$@"', 100, 20],
    ['keeps the part of its size that it tells', 'stty rows 30 cols 0; "$@"', 80, 30],
  ])('%s', async (_name, script, columns, rows) => {
    await using shell = await runShell(script, [database.url], { columns: 120, rows: 40 });
    await shell.waitFor(showsData, { description: 'the first data' });
    const lines = shell.terminal.text().trimEnd().split('\n');
    expect(lines[0]?.trimEnd()).toHaveLength(columns - 1);
    expect(lines).toHaveLength(rows);
    expect(lines.at(-1)).toContain('q quit');
  });

  it('is drawn at 80x24 after its size is lost', async () => {
    const { shell, pid } = await open('"$@"; :');
    await using _shell = shell;
    shell.resize(120, 40);
    const header = () => shell.terminal.text().split('\n')[0]?.trimEnd().length;
    await shell.waitFor(() => header() === 119, { description: 'the wide window' });
    execFileSync('stty', ['-F', readlinkSync(`/proc/${pid}/fd/0`), 'rows', '0', 'cols', '0']);
    await shell.waitFor(() => header() === 79, { description: 'a frame of 80 columns' });
    expect(shell.terminal.text().trimEnd().split('\n')).toHaveLength(24);
  });
});
