import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { builtProgram, ended, plainEnvironment } from '../support/program.ts';
import { runInTerminal } from '../support/pty.ts';
import { keys } from '../support/terminal.ts';
import { controlCharacter, eventually, insertRows, startMigtop } from './migtop.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ examples: true });
  await insertRows(database, [
    { id: 31, status: 'running', worker: 1, table: 'brackets', processed: 321 },
    ...Array.from({ length: 40 }, (_, index) => ({ id: 100 + index, status: 'running', worker: 2, table: 'churn' })),
  ]);
});
afterAll(() => database.drop());

interface Run {
  readonly child: ChildProcess;
  readonly lines: () => string[];
}

async function start(args: readonly string[], stdin: 'ignore' | 'pipe' = 'ignore'): Promise<Run> {
  const child = spawn(process.execPath, [await builtProgram(), ...args], {
    stdio: [stdin, 'pipe', 'pipe'],
    env: plainEnvironment(),
  });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return { child, lines: () => output.split('\n').filter((line) => line !== '') };
}

/** Waits until a line is there. */
async function expectLine({ lines }: Run, pattern: RegExp): Promise<void> {
  await expect.poll(() => lines().join('\n'), { timeout: 20_000 }).toMatch(pattern);
}

async function sessions(): Promise<number> {
  const { rowCount } = await database.query(
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'migtop'",
  );
  return rowCount ?? 0;
}

async function setStatus(id: number, status: string): Promise<void> {
  await database.query('UPDATE migration_control SET status = $2 WHERE id = $1', [id, status]);
}

describe('--plain without a terminal', () => {
  it('begins with a summary, writes a line for each change, and ends with SIGTERM', async () => {
    const run = await start(['--plain', '--interval', '0.2', database.url]);
    await expectLine(run, /^migtop watches public\.migration_control .*\n\d\d:\d\d:\d\d execution: .*41 running/m);
    await setStatus(31, 'paused');
    await expectLine(run, /paused: operation 31 · brackets, worker 1$/m);
    await expectLine(run, /now .*40 running.* 1 paused/m);
    await setStatus(31, 'running');
    await expectLine(run, /resumed: operation 31 · brackets, worker 1$/m);
    await database.query(
      "UPDATE migration_control SET status = 'failed', error_message = E'no\\nroom', completed_at = localtimestamp WHERE id = 31",
    );
    await expectLine(run, /failed: operation 31 · brackets: no room$/m);
    expect(run.lines().join('\n')).not.toMatch(controlCharacter);
    run.child.kill('SIGTERM');
    expect(await ended(run.child)).toEqual({ code: 143, signal: null });
    await eventually(async () => expect(await sessions()).toBe(0));
    await setStatus(31, 'running');
  });

  it('ends with q and Enter, and not with the end of its input', async () => {
    const run = await start(['--plain', database.url], 'pipe');
    await expectLine(run, /execution: /);
    run.child.stdin?.write('x\nq\n');
    expect(await ended(run.child)).toEqual({ code: 0, signal: null });

    const other = await start(['--plain', '--interval', '0.2', database.url], 'pipe');
    other.child.stdin?.end();
    await expectLine(other, /execution: /);
    await setStatus(31, 'paused');
    await expectLine(other, /paused: operation 31/);
    await setStatus(31, 'running');
    other.child.kill('SIGINT');
    expect(await ended(other.child)).toEqual({ code: 130, signal: null });
  });

  it('ends when its reader closes the pipe', async () => {
    const run = await start(['--plain', '--interval', '0.2', database.url]);
    await expectLine(run, /execution: /);
    run.child.stdout?.destroy();
    const end = ended(run.child);
    await setStatus(31, 'paused');
    expect(await end).toEqual({ code: 0, signal: null });
    await setStatus(31, 'running');
  });
});

describe('a screen reader', () => {
  it.each([
    ['ctrl-c', keys.ctrl('c'), 130],
    ['ctrl-d', keys.ctrl('d'), 0],
  ])('gets lines and no control sequence, and leaves with %s', async (_name, typed, exitCode) => {
    await using program = await startMigtop([database.url], { columns: 200, env: { INK_SCREEN_READER: 'true' } });
    await program.waitForText(/execution: .*running/);
    program.press(typed);
    expect(await program.exit).toEqual({ exitCode, signal: undefined });
    expect(program.output().replaceAll('\r\n', '\n')).not.toMatch(/[\u001B\u0080-\u009F]/);
  });

  it('runs in the background of a shell, and quits with q after fg', async () => {
    await using shell = runInTerminal('bash', ['--noprofile', '--norc', '--noediting', '-i'], {
      columns: 200,
      env: { NODE: process.execPath, MIGTOP: await builtProgram(), URL: database.url, PS1: 'ready> ' },
    });
    await shell.waitForText('ready>');
    shell.press('"$NODE" "$MIGTOP" --plain "$URL" &\r');
    await shell.waitForText(/execution: .*running/);
    shell.press('jobs\r');
    await shell.waitForText(/^\[1\]\+ +Running/m);
    shell.press('fg\r');
    await shell.waitForText(/^"\$NODE" "\$MIGTOP" --plain "\$URL"$/m);
    shell.press('q\r');
    await shell.waitForText(/^q\n+ready>/m);
    shell.press('echo "code $?"\r');
    await shell.waitForText(/^code 0$/m);
  });
});
