import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { builtProgram } from '../support/program.ts';
import { type PtyProgram, runInTerminal } from '../support/pty.ts';
import { keys } from '../support/terminal.ts';
import {
  bytes,
  childrenOf,
  eventually,
  expectWholeFrame,
  insertRows,
  openMigtop,
  pressAndSee,
  showsData,
} from './migtop.ts';

let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await createDatabase({ examples: true });
  folder = await mkdtemp(join(tmpdir(), 'migtop-suspending-'));
  await insertRows(database, [{ id: 31, status: 'running', worker: 1, table: 'brackets', processed: 321 }]);
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

/** Shells with job control: one that repairs the terminal when a job stops, and one that leaves that to the job. */
const shells: { command: string; args: string[] }[] = [
  { command: 'bash', args: ['--noprofile', '--norc', '--noediting', '-i'] },
  { command: 'sh', args: ['-i'] },
];

async function startShell({ command, args }: (typeof shells)[number]): Promise<PtyProgram> {
  const shell = runInTerminal(command, args, {
    columns: 100,
    rows: 50,
    env: {
      NODE: process.execPath,
      MIGTOP: await builtProgram(),
      URL: database.url,
      PS1: 'ready> ',
      HISTFILE: '/dev/null',
      ENV: undefined,
    },
  });
  await shell.waitForText('ready>');
  // Lines above: the program has to return to its own screen, whatever line the shell was on.
  await pressAndSee(shell, 'echo; echo; echo filled; echo\r', /^filled$/m);
  return shell;
}

let commands = 0;

/** Runs a command of the shell, and waits until it has ended; resolves to what the screen shows then. */
async function run(shell: PtyProgram, command: string): Promise<string> {
  commands += 1;
  shell.press(`${command}; echo "code $?, command ${commands}"\r`);
  // In quotes it is the typed text; at the start of a line it is the output. A shell says before a prompt that a job
  // has stopped, so also after the output of a command.
  await shell.waitForText(new RegExp(`^code \\d+, command ${commands}\n+(?:\\[\\d+\\].*\n+)*ready>$`, 'm'));
  return shell.terminal.text();
}

/** The shell has the normal screen, a prompt and a terminal that echoes what is typed. */
async function expectShell(shell: PtyProgram): Promise<void> {
  const { terminal } = shell;
  await shell.waitFor(() => !terminal.isAlternate() && terminal.text().trimEnd().endsWith('\nready>'), {
    description: 'the prompt',
  });
  expect(terminal.text()).toContain('filled');
  expect(terminal.text()).not.toContain('PHASES');
  expect(terminal.cursor().visible).toBe(true);
  expect(terminal.modes.bracketedPaste).toBe(false);
  const settings = await run(shell, 'clear; echo filled; stty -a');
  expect(settings).toMatch(/\sicanon\s/);
  expect(settings).toMatch(/\secho\s/);
  expect(settings).toMatch(/\sicrnl\s/);
  expect(settings).toMatch(/\sopost\s/);
}

async function backToFront(shell: PtyProgram): Promise<void> {
  shell.terminal.resetOverflow();
  shell.press('fg\r');
  await shell.waitFor(showsData, { description: 'the frame again' });
  expectWholeFrame(shell.terminal);
  expect(shell.terminal.cursor().visible).toBe(false);
}

/** A change of the table that the frame has to follow. */
async function expectPolling(shell: PtyProgram, processed: number, share: string): Promise<void> {
  await database.query('UPDATE migration_control SET records_processed = $1 WHERE id = 31', [processed]);
  await shell.waitForText(new RegExp(`1 +brackets .* ${share}`));
}

describe.each(shells)('suspending in $command', (used) => {
  /** The shell of all tests: each continues with the job that the test before has left in the foreground, except where it says so. */
  let shell: PtyProgram;
  let pid: number;

  beforeAll(async () => {
    shell = await startShell(used);
    shell.press('"$NODE" "$MIGTOP" "$URL" --interval 0.2\r');
    await shell.waitFor(showsData, { description: 'the first data' });
    [pid = 0] = await childrenOf(shell.pid);
  });
  afterAll(() => shell?.kill());

  it('restores the screen and the terminal for the shell, and fg draws the whole frame', async () => {
    shell.press(keys.ctrl('z'));
    await expectShell(shell);
    await backToFront(shell);
    await expectPolling(shell, 350, '70%');
    // And again, with what the first time left behind.
    shell.press(keys.ctrl('z'));
    await expectShell(shell);
    await backToFront(shell);
    await expectPolling(shell, 100, '20%');
  });

  it('happens with kill -TSTP too', async () => {
    process.kill(pid, 'SIGTSTP');
    await expectShell(shell);
    await backToFront(shell);
    await expectPolling(shell, 400, '80%');
  });

  it('uses the new size after the window was resized', async () => {
    shell.press(keys.ctrl('z'));
    await expectShell(shell);
    shell.resize(110, 41);
    shell.terminal.resetOverflow();
    shell.press('fg\r');
    await shell.waitFor((terminal) => showsData(terminal) && terminal.text().split('\n')[0]?.length === 109, {
      description: 'a header as wide as the window',
    });
    expectWholeFrame(shell.terminal);
    await expectPolling(shell, 300, '60%');
  });

  it('draws nothing while it is in the background', async () => {
    shell.press(keys.ctrl('z'));
    await expectShell(shell);
    const before = shell.output().length;
    await pressAndSee(shell, 'bg\r', /^ready> bg\n(.+\n)+ready>\s*$/m);
    // It asks for the terminal, which the shell has, and is stopped for that.
    while (!(await run(shell, 'sleep 0.1; jobs -l')).includes('Stopped (tty '))
      expect(shell.terminal.isAlternate()).toBe(false);
    expect(shell.output().slice(before)).not.toContain(bytes.alternateScreen);
    await backToFront(shell);
    await expectPolling(shell, 200, '40%');
  });

  it('draws the whole frame after SIGSTOP and SIGCONT from another program', async () => {
    // Once it reacts to a key, it has read what the terminal answered at the start; the shell would take that for commands.
    await pressAndSee(shell, '2', ' WORKERS');
    await pressAndSee(shell, '1', ' PHASES');
    const before = shell.output().length;
    process.kill(pid, 'SIGSTOP');
    // The shell has the terminal now, on the screen that we had.
    await shell.waitFor(() => shell.output().slice(before).includes('Stopped'), { description: 'the shell' });
    // A line feed: a shell that leaves the terminal in raw mode takes no carriage return for one.
    shell.press('fg\n');
    await expectPolling(shell, 250, '50%');
    await pressAndSee(shell, '2', ' WORKERS');
    shell.terminal.resetOverflow();
    await pressAndSee(shell, '1', ' PHASES');
    expectWholeFrame(shell.terminal);
  });

  it('leaves no job behind after q', async () => {
    await pressAndSee(shell, '2', ' WORKERS');
    shell.press('q');
    await expectShell(shell);
    expect(await run(shell, 'jobs')).not.toContain('Stopped');
  });

  it('draws nothing if it is started in the background, and the whole frame after fg', async () => {
    const before = shell.output().length;
    shell.press('"$NODE" "$MIGTOP" "$URL" --interval 0.2 &\r');
    while (!(await run(shell, 'sleep 0.1; jobs')).includes('Stopped')) expect(shell.terminal.isAlternate()).toBe(false);
    expect(shell.output().slice(before)).not.toContain(bytes.alternateScreen);
    await run(shell, 'clear; echo filled');
    shell.press('fg\r');
    await shell.waitFor(showsData, { description: 'the frame' });
    await expectPolling(shell, 150, '30%');
    await pressAndSee(shell, '2', ' WORKERS');
    await pressAndSee(shell, '1', ' PHASES');
  });

  it('draws nothing if it is ended while suspended', async () => {
    shell.press(keys.ctrl('z'));
    await expectShell(shell);
    const before = shell.output().length;
    await run(shell, 'kill %1; kill -CONT %1');
    await eventually(async () => {
      const { rowCount } = await database.query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'migtop'",
      );
      expect(rowCount).toBe(0);
    });
    // Node itself asks for the terminal once more before it ends; a shell that has it keeps it waiting for that. It may stop for
    // that at the very moment at which `fg` gives it the terminal.
    let ended = await run(shell, 'clear; fg');
    while (/^code 150/m.test(ended)) ended = await run(shell, 'clear; fg');
    expect(ended).toContain('code 143');
    expect(shell.output().slice(before)).not.toContain(bytes.alternateScreen);
  });

  it.runIf(used.command === 'bash')('works while a target is chosen, in another job', async () => {
    const config = join(folder, 'config.toml');
    await writeFile(config, `[targets.live]\nurl = "${database.url}"\n`, { mode: 0o600 });
    await run(shell, 'clear; echo filled');
    shell.press(`"$NODE" "$MIGTOP" --config '${config}'\r`);
    await shell.waitForText(/choose a target[\s\S]*▸ live/);
    shell.press(keys.ctrl('z'));
    await expectShell(shell);
    shell.press('fg\r');
    await shell.waitForText(/choose a target[\s\S]*▸ live/);
    shell.press(keys.ctrl('c'));
    await expectShell(shell);
  });
});

describe('ctrl-z without a shell that could continue it', () => {
  it('only shows a message', async () => {
    await using program = await openMigtop([database.url], { columns: 100, rows: 50 });
    await pressAndSee(program, keys.ctrl('z'), 'cannot suspend: no shell could resume migtop');
    expect(program.terminal.isAlternate()).toBe(true);
    await pressAndSee(program, '2', ' WORKERS');
  });
});
