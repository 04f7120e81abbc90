import { execFile } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { spawn } from '@lydell/node-pty';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { builtProgram, plainEnvironment } from '../support/program.ts';
import { createTerminal, keys, waitForScreen } from '../support/terminal.ts';
import { childrenOf, eventually, insertRows, runShell, showsData } from './migtop.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ examples: true });
  await insertRows(database, [{ id: 31, status: 'running', worker: 1, table: 'brackets', processed: 321 }]);
});
afterAll(() => database.drop());

/** The program in a terminal that can stop to read; behind a shell with job control, if it is to be stopped. */
async function openStallable({ isJob = false } = {}) {
  const size = { columns: 120, rows: 40 };
  const terminal = createTerminal(size);
  const command = [process.execPath, await builtProgram(), database.url, '--interval', '0.2'];
  const [file = '', ...args] = isJob ? ['sh', '-c', 'set -m; "$@"; sleep 60', 'sh', ...command] : command;
  const pty = spawn(file, args, {
    name: 'xterm-256color',
    cols: size.columns,
    rows: size.rows,
    env: { ...plainEnvironment(), LC_ALL: 'C.UTF-8' },
  });
  let end: { exitCode: number; signal?: number | undefined } | undefined;
  pty.onData((data) => void terminal.write(data));
  pty.onExit((how) => {
    end = how;
  });
  await waitForScreen(terminal, showsData, { description: 'the first data' });
  const { stdout } = await promisify(execFile)('ps', ['-o', 'tty=', '-p', String(pty.pid)]);
  const [job] = isJob ? await childrenOf(pty.pid) : [];
  return {
    pid: job ?? pty.pid,
    terminal,
    press: (typed: string) => pty.write(typed),
    /** Stops to read, and fills what the kernel holds for us to the brim, with bytes that show nothing. */
    async stall() {
      pty.pause();
      const device = openSync(`/dev/${stdout.trim()}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
      // A read that was under way when the test stopped reading makes room once more.
      for (let full = 0; full < 5; await new Promise((resolve) => setTimeout(resolve, 20))) {
        full = fill(device) ? 0 : full + 1;
      }
      closeSync(device);
    },
    resume: () => pty.resume(),
    end: () => end,
    async [Symbol.asyncDispose]() {
      if (end === undefined) for (const pid of [job, pty.pid]) if (pid !== undefined) process.kill(pid, 'SIGKILL');
      pty.resume();
      await eventually(() => expect(end).toBeDefined());
    },
  };
}

/** Fills the terminal's buffer. Returns whether there was room. */
function fill(device: number): boolean {
  for (let written = 0; ; ) {
    try {
      written += writeSync(device, '\0'.repeat(512));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return written > 0;
      throw error;
    }
  }
}

/** Whether writes of the shell block, from its descriptors, which migtop has inherited. */
function isBlocking(pid: number, descriptor: number): boolean {
  const flags = /^flags:\s+([0-7]+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8'))?.[1] ?? '';
  return (Number.parseInt(flags, 8) & constants.O_NONBLOCK) === 0;
}

async function stateOf(pid: number): Promise<string> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=', '-p', String(pid)]);
  return stdout.trim();
}

describe('a terminal that does not read', () => {
  it.each([
    [keys.ctrl('c'), 0],
    ['SIGHUP', 129],
  ] as const)('does not keep the program from leaving on %j', async (how, exitCode) => {
    await using program = await openStallable();
    await program.stall();
    program.press('23?');
    if (how === 'SIGHUP') process.kill(program.pid, how);
    else program.press(how);
    await eventually(() => expect(program.end()).toMatchObject({ exitCode }));
  });

  it('does not prevent quitting', async () => {
    await using program = await openStallable({ isJob: true });
    await program.stall();
    process.kill(program.pid, 'SIGTSTP');
    await eventually(async () => expect(await stateOf(program.pid)).toMatch(/^T/));
  });

  it('gets the newest frame when it reads again, not those in between', async () => {
    await using program = await openStallable();
    await program.stall();
    for (const key of ['2', '3', '4', '5', '2']) {
      program.press(key);
      // As many changes of the table, each with separate frames.
      await database.query('UPDATE migration_control SET records_processed = records_processed + 1 WHERE id = 31');
    }
    program.resume();
    await waitForScreen(program.terminal, (terminal) => terminal.text().includes(' WORKERS'));
    expect(program.terminal.text()).not.toContain('PHASES');
    expect(program.terminal.overflow()).toEqual({ wrappedLines: 0, scrolledLines: 0 });
    program.press('q');
    await eventually(() => expect(program.end()).toMatchObject({ exitCode: 0 }));
    expect(program.terminal.isAlternate()).toBe(false);
  });
});

describe.runIf(existsSync('/proc/self/fdinfo'))('the terminal of the shell', () => {
  it('keeps its blocking writes for the shell, while migtop runs and afterwards', async () => {
    const shell = await runShell('"$@"; echo left; read answer', [database.url]);
    await using _shell = shell;
    await shell.waitFor(showsData, { description: 'the first data' });
    const [pid = 0] = await childrenOf(shell.pid);
    expect(isBlocking(pid, 1)).toBe(false);
    for (const descriptor of [0, 1, 2]) expect(isBlocking(shell.pid, descriptor)).toBe(true);
    shell.press('q');
    await shell.waitForText('left');
    for (const descriptor of [0, 1, 2]) expect(isBlocking(shell.pid, descriptor)).toBe(true);
  });
});
