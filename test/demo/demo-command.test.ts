import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  childrenOf,
  eventually,
  openMigtop,
  pressAndSee,
  runShell,
  showsData,
  startMigtop,
} from '../end-to-end/migtop.ts';
import { runCommand } from '../support/command.ts';
import { ended, type ProgramRun, runProgram, startProgram } from '../support/program.ts';
import type { PtyProgram } from '../support/pty.ts';
import { keys } from '../support/terminal.ts';

/** The directory in which the program creates its files: empty before and after. */
let temporary: string;

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'demo-command-'));
});
afterEach(() => rm(temporary, { recursive: true, force: true }));

const isolated = (columns = 80) => ({ columns, env: environment() });

/** Node's compile cache is kept: without it the program would start more slowly. */
function environment(): Record<string, string> {
  return { TMPDIR: temporary, NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') };
}

/** Connects with the parameters of the psql command. */
async function connectAsPrinted(output: string): Promise<pg.Client> {
  const line = /^ {2}psql "(host=\S+[^"\r\n]*)"\r?$/m.exec(output)?.[1] ?? '';
  const parameters = Object.fromEntries(line.split(' ').map((pair) => pair.split('=')));
  const { host, port = '5432', user, dbname = user } = parameters;
  expect(host).toContain(temporary);
  const client = new pg.Client({ host, port: Number(port), user, database: dbname });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function recordsOf(client: pg.Client, where: string): Promise<number> {
  const { rows } = await client.query(`SELECT sum(records_processed) AS records FROM migration_control WHERE ${where}`);
  return Number(rows[0]?.records);
}

/** The records done, as shown in the migration line. */
function shownRecords({ terminal }: PtyProgram): string {
  return /([\d.,]+[kMG]?)\/[\d.,]+[kMG]? /.exec(terminal.text().split('\n')[1] ?? '')?.[1] ?? '';
}

/** Without a terminal it prints one snapshot and exits. */
function expectSnapshot({ code, signal, stdout, stderr }: ProgramRun): void {
  expect({ code, signal }).toEqual({ code: 0, signal: null });
  expect(stdout).toMatch(/^postgres@\S+\s+public\.migration_control\s+at /);
  expect(stdout).toMatch(/^execution: [\d,]+ of [\d,]+ records \(\d/m);
  expect(stdout).toMatch(/^\d+ +running +\d+ +\w+/m);
  expect(stdout + stderr).not.toContain('\u001B');
  expect(stderr).toMatch(/^starting PostgreSQL\n(.+\n)*A migration is running in an embedded PostgreSQL\./);
}

describe('migtop demo', () => {
  it('starts, obeys the operator, and leaves no files', async () => {
    await using program = await openMigtop(['demo'], isolated(120));
    const { terminal } = program;
    expect(program.output()).toMatch(/^\r\u001B\[K[^\n]*starting PostgreSQL/);
    expect(program.output().split('\u001B[?1049h')).toHaveLength(2);
    expect(terminal.text()).toMatch(/^ migtop {2}postgres@local\/postgres · migration_control /);
    expect(terminal.overflow()).toEqual({ wrappedLines: 0, scrolledLines: 0 });

    await program.waitForText(/ [1-9][\d,.]*[kM]? rec\/s/);
    const first = shownRecords(program);
    expect(first).not.toBe('');
    await program.waitFor(() => !['', first].includes(shownRecords(program)), { description: 'more records' });

    const client = await connectAsPrinted(program.output());
    const running = await recordsOf(client, "status = 'running' OR status = 'completed'");
    await eventually(async () => {
      expect(await recordsOf(client, "status = 'running' OR status = 'completed'")).toBeGreaterThan(running);
    });

    await pressAndSee(program, 'p', /✓ paused.*: operation \d+ · \w+/);
    const id = Number(/operation (\d+) ·/.exec(terminal.text())?.[1]);
    const own = `id = ${id}`;
    // Its worker may still report its last records after the pause.
    await program.waitForText(/paused, stopped after/);
    const paused = await recordsOf(client, own);
    for (let seen = 0; seen < 3; seen++) {
      const others = await recordsOf(client, `id <> ${id}`);
      await eventually(async () => expect(await recordsOf(client, `id <> ${id}`)).toBeGreaterThan(others));
      expect(await recordsOf(client, own)).toBe(paused);
    }
    const { rows } = await client.query('SELECT status FROM migration_control WHERE id = $1', [id]);
    expect(rows).toEqual([{ status: 'paused' }]);

    await pressAndSee(program, 'r', /✓ (resumed|running again).*: operation \d+ · \w+/);
    await eventually(async () => expect(await recordsOf(client, own)).toBeGreaterThan(paused));
    await client.end();

    await pressAndSee(program, '?', /KEYS AND SIGNS.* connect with: psql "host=/);
    program.press('q');
    expect(await program.exit).toEqual({ exitCode: 0, signal: undefined });
    expect(terminal.isAlternate()).toBe(false);
    // The lines printed before the screen are there again: they no longer hold.
    expect(terminal.text()).toMatch(/Connect with:\n {2}psql "host=.*"\nThe demo has ended: .* removed\.\n*$/);
    expect(await readdir(temporary)).toEqual([]);
  });

  it('leaves no files when ctrl-c ends it before it has started', async () => {
    await using program = await startMigtop(['demo'], isolated());
    await program.waitForText(/PostgreSQL …/);
    program.press(keys.ctrl('c'));
    const { exitCode, signal } = await program.exit;
    expect(signal).toBeUndefined();
    expect(exitCode).not.toBe(0);
    expect(program.output()).not.toContain('\u001B[?1049h');
    expect(await readdir(temporary)).toEqual([]);
  });

  it('leaves no files when a signal ends it during the start, and removes those of a killed demo, but not of one that runs', async () => {
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGQUIT', 131],
      ['SIGKILL', null],
    ] as const) {
      const child = await startProgram(['demo'], { env: environment() });
      await eventually(async () => expect(await readdir(temporary)).toHaveLength(1));
      child.kill(signal);
      expect(await ended(child)).toMatchObject({ code });
      expect([signal, (await readdir(temporary)).length]).toEqual([signal, signal === 'SIGKILL' ? 1 : 0]);
    }
    const [left = ''] = await readdir(temporary);

    await using living = await runShell('"$@"; :', ['demo'], isolated());
    await living.waitForText(/PostgreSQL …/);
    const [pid = 0] = await childrenOf(living.pid);
    process.kill(pid, 'SIGUSR1');
    await living.waitFor(showsData, { description: 'the first data' });
    const names = await readdir(temporary);
    expect(names).toHaveLength(1);
    expect(names).not.toContain(left);

    expectSnapshot(await runProgram(['demo'], { env: environment() }));
    expect(await readdir(temporary)).toEqual(names);
    const client = await connectAsPrinted(living.output());
    await client.end();

    // However early it was, the signal has opened no debugger.
    process.kill(pid, 'SIGUSR1');
    await pressAndSee(living, '?', ' KEYS ');
    expect(living.output()).not.toMatch(/debugger/i);

    // The leader of the session ends: the kernel hangs its terminal up.
    expect(await readdir(temporary)).toEqual(names);
    const children = await childrenOf(pid);
    process.kill(living.pid, 'SIGKILL');
    for (const each of [pid, ...children]) await eventually(() => expect(() => process.kill(each, 0)).toThrow('ESRCH'));
    await eventually(async () => expect(await readdir(temporary)).toEqual([]));
  });

  it('refuses a database in the arguments', async () => {
    const { code, stdout, stderr } = await runCommand(['demo', 'postgres://user@127.0.0.1/database']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe('migtop: demo starts its own database and takes no connection (see: migtop demo --help)\n');
  });
});
