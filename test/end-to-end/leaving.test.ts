import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signalsThatEnd } from '../../source/commands/signals.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import type { PtyProgram } from '../support/pty.ts';
import { keys } from '../support/terminal.ts';
import {
  bytes,
  childrenOf,
  controlCharacter,
  eventually,
  holdOpen,
  insertRows,
  openMigtop,
  pressAndSee,
  runShell,
  showsData,
  statusOf,
} from './migtop.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ examples: true });
  await insertRows(database, [{ id: 31, status: 'running', worker: 1, table: 'brackets', processed: 321 }]);
});
afterAll(() => database.drop());

/** A script that prints the state of the terminal before and after the program. */
const script = `
  echo "$ migtop"
  before=$(stty -g)
  "$@"
  code=$?
  after=$(stty -g)
  [ "$before" = "$after" ] && echo "terminal as before" || stty -a
  echo "exit code $code"
`;

async function openInShell(env: Record<string, string> = {}): Promise<{ shell: PtyProgram; pid: number }> {
  const shell = await runShell(script, [database.url], { env });
  await shell.waitFor(showsData, { description: 'the first data' });
  const [pid = 0] = await childrenOf(shell.pid);
  expect(pid).toBeGreaterThan(0);
  return { shell, pid };
}

/** The normal screen with what the shell had on it, and nothing else but the shell's own lines. */
async function expectCleanTerminal(shell: PtyProgram, code: number, printed: RegExp | null = null): Promise<void> {
  await shell.exit;
  const { terminal } = shell;
  const lines = terminal.text().trimEnd().split('\n');
  if (printed !== null) expect(lines.splice(1, lines.length - 3).join('')).toMatch(printed);
  expect(lines).toEqual(['$ migtop', 'terminal as before', `exit code ${code}`]);
  expect(terminal.isAlternate()).toBe(false);
  expect(terminal.cursor().visible).toBe(true);
  expect(terminal.modes).toEqual({
    bracketedPaste: false,
    mouse: 'none',
    applicationCursor: false,
    focusEvents: false,
    synchronizedOutput: false,
  });
  const [, afterwards = ''] = shell.output().split(bytes.normalScreen);
  expect(afterwards.replaceAll('\u001B[?25h', '').replaceAll('\r\n', '\n')).not.toMatch(controlCharacter);
}

/** The program's own sessions on the server. */
async function sessions(): Promise<number> {
  const { rowCount } = await database.query(
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'migtop'",
  );
  return rowCount ?? 0;
}

describe('leaving', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGQUIT', 131],
    ['SIGSEGV', 139],
  ] as const)('puts the terminal back after %s, and exits as its number says', async (signal, code) => {
    const { shell, pid } = await openInShell();
    process.kill(pid, signal);
    await expectCleanTerminal(shell, code);
    await eventually(async () => expect(await sessions()).toBe(0));
  });

  it('catches every signal that ends programs, opens no debugger for SIGUSR1, continues, and puts the terminal back after ctrl-c', async () => {
    const { shell, pid } = await openInShell();
    if (process.platform === 'linux') {
      const [, caught = ''] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
      const isCaught = (signal: NodeJS.Signals): boolean =>
        ((BigInt(`0x${caught}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
      expect(signalsThatEnd().filter((signal) => !isCaught(signal))).toEqual([]);
    }
    process.kill(pid, 'SIGUSR1');
    await pressAndSee(shell, '?', ' KEYS ');
    shell.press(keys.ctrl('c'));
    await expectCleanTerminal(shell, 0);
    expect(shell.output()).not.toContain('Debugger');
    await eventually(async () => expect(await sessions()).toBe(0));
  });

  it('restores the terminal after a crash, and reports the error', async () => {
    // Something in the program throws, out of anybody's reach, on the signal that the test sends.
    const crash = "process.on('SIGUSR2',()=>{throw/**/Error('out-of-reach')})";
    const { shell, pid } = await openInShell({
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(crash)}`,
    });
    process.kill(pid, 'SIGUSR2');
    await expectCleanTerminal(shell, 1, /^migtop: stopped by an error: out-of-reach.*--debug/);
    await eventually(async () => expect(await sessions()).toBe(0));
  });

  // test/monitor/commands.test.ts has the other parts of the screen.
  it('is what ctrl-c does while a filter is typed too', async () => {
    await using program = await openMigtop([database.url]);
    await pressAndSee(program, '/', 'Enter show all');
    program.press(keys.ctrl('c'));
    expect(await program.exit).toEqual({ exitCode: 0, signal: undefined });
    expect(program.terminal.isAlternate()).toBe(false);
  });

  it('puts the terminal back after q, does not wait for a running poll, and cancels it on the server', async () => {
    const { shell } = await openInShell();
    await using holder = await holdOpen(database, 'LOCK migration_control IN ACCESS EXCLUSIVE MODE');
    const waiting = async () => {
      const { rows } = await database.query<{ pid: number }>(
        'SELECT pid FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))',
        [holder.pid],
      );
      return rows.map(({ pid }) => pid);
    };
    await eventually(async () => expect(await waiting()).toHaveLength(1));
    shell.press('q');
    await expectCleanTerminal(shell, 0);
    // While the lock is still held, by which the poll would not have ended: no session waits for it any more.
    await eventually(async () => expect(await sessions()).toBe(0));
  });

  it('cancels a write that waits for a lock, names the session that holds the row, and does not change the row', async () => {
    const { shell } = await openInShell();
    await using _holder = await holdOpen(database, 'SELECT 1 FROM migration_control WHERE id = 31 FOR UPDATE');
    shell.press('p');
    await eventually(async () => {
      const { rowCount } = await database.query(
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
      );
      expect(rowCount).toBe(1);
    });
    shell.press('q');
    await expectCleanTerminal(shell, 0, /^migtop: not paused, pid \d+ .*holds its row: operation 31/);
    await eventually(async () => expect(await sessions()).toBe(0));
    expect(await statusOf(database, 31)).toBe('running');
  });

  it('happens also when its terminal ends', async () => {
    const { shell, pid } = await openInShell();
    // The leader of the session: without it the terminal hangs up.
    process.kill(shell.pid, 'SIGKILL');
    await eventually(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'));
    await eventually(async () => expect(await sessions()).toBe(0));
  });
});
