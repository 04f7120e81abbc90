import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binary, noise } from '../screen/input/sequences.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { builtProgram } from '../support/program.ts';
import { type PtyProgram, runInTerminal } from '../support/pty.ts';
import { keys } from '../support/terminal.ts';
import { expectWholeFrame, insertRows, openMigtop, press, pressAndSee, showsData } from './migtop.ts';

let database: TestDatabase;

const rows = [
  { id: 31, status: 'running', worker: 1, table: 'brackets' },
  { id: 32, status: 'paused', worker: 2, table: 'cases' },
  { id: 33, status: 'failed', worker: 3, table: 'files', error: 'no' },
];

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  await insertRows(database, rows);
});
afterAll(() => database.drop());

async function statuses(): Promise<string[]> {
  const { rows } = await database.query<{ status: string }>('SELECT status FROM migration_control ORDER BY id');
  return rows.map(({ status }) => status);
}
const untouched = rows.map(({ status }) => status);

const size = { columns: 120, rows: 30 };

async function inBash(): Promise<PtyProgram> {
  const shell = runInTerminal('bash', ['--noprofile', '--norc', '--noediting', '-i'], {
    ...size,
    env: {
      NODE: process.execPath,
      MIGTOP: await builtProgram(),
      URL: database.url,
      PS1: 'ready> ',
      HISTFILE: '/dev/null',
    },
  });
  await shell.waitForText('ready>');
  shell.press('"$NODE" "$MIGTOP" "$URL"; echo "code $?"\r');
  await shell.waitFor(showsData, { description: 'the first data' });
  return shell;
}

/** Esc in a form that is no beginning of another key: an ESC before the next key might be that key with Alt. */
const escapeOfKitty = '\u001B[27u';

/** Waits until all keys have been read: opens the help and closes it again. */
async function settled(program: PtyProgram): Promise<void> {
  await pressAndSee(program, '?', 'KEYS AND SIGNS');
  program.press('?');
  await program.waitFor((terminal) => !terminal.text().includes('KEYS AND SIGNS'));
}

async function endedInBash({ waitForText, terminal }: PtyProgram): Promise<string> {
  await waitForText(/^code \d+$/m);
  return /^code \d+$/m.exec(terminal.text())?.[0] ?? '';
}

describe.each([
  {
    name: 'bash',
    start: inBash,
    ended: endedInBash,
    leaving: ['q', 'qp'],
    unended: ['a string', '\u001B]11;rgb:\u0003p'],
  },
  {
    name: 'no shell',
    start: () => openMigtop([database.url], size),
    ended: async ({ exit }: PtyProgram) => `code ${(await exit).exitCode}`,
    leaving: ['ctrl-c', '\u0003p'],
    unended: ['a paste', '\u001B[200~p\u0003p'],
  },
] as const)('in $name', ({ name, start, ended, leaving, unended }) => {
  /** One program for all tests, which leave it on its first screen. The last one leaves it. */
  let program: PtyProgram;
  beforeAll(async () => {
    program = await start();
  });
  afterAll(() => program?.kill());

  it('reports of the terminal never change the table, in any part of the screen', async () => {
    for (const [opening, shown, closing] of [
      ['', ' PHASES', ''],
      ['js', 'Skip operation 32', escapeOfKitty],
      // The row above is an operation; the one of 32 is its kind of failure.
      ['k', ' PHASES', ''],
      ['\r', 'OPERATION 3', escapeOfKitty],
    ] as const) {
      if (opening !== '') await press(program, opening, shown);
      for (const [name, bytes] of Object.entries(noise)) {
        program.press(bytes);
        // In two parts, as on a slow line; if both arrive together, the result is the same.
        const cut = 1 + (name.length % (bytes.length - 1));
        program.press(bytes.subarray(0, cut));
        await pause(5);
        program.press(bytes.subarray(cut));
      }
      if (closing !== '') await pressAndSee(program, closing, ' PHASES');
      await settled(program);
      expect(await statuses()).toEqual(untouched);
    }
    expect(await statuses()).toEqual(untouched);
    expectWholeFrame(program.terminal);
  });

  it('keys work in every form', async () => {
    await pressAndSee(program, '\u001B[103;2u', /▸ +1 +no .*files/);
    await pressAndSee(program, '\u001B[103u', /▸ ► +\d+ +1 +brackets/);
    await pressAndSee(program, '\u001B[112;1:1u\u001B[112;1:3u', '✓ paused: operation 31 · brackets');
    await pressAndSee(program, '\u001B[27;1;117~', '✓ undone: operation 31 is running again');
    await pressAndSee(program, '\u001B[47:63;2u', 'KEYS AND SIGNS');
    program.press('\u001B[27u');
    await program.waitFor((terminal) => !terminal.text().includes('Pause a running'), { description: 'no help' });
    expect(await statuses()).toEqual(untouched);
  });

  it('a paste causes no action and a toast, with marks or without', async () => {
    await pressAndSee(program, '\u001B[200~p\ru\u001B[201~', 'ignored 3 pasted characters');
    await pressAndSee(program, 'please pause\r', 'ignored 13 pasted characters: press / to paste into the filter');
    await settled(program);
    expect(await statuses()).toEqual(untouched);
  });

  it('the cursor of the terminal is where text is typed', async () => {
    const { terminal } = program;
    expect(terminal.cursor().visible).toBe(false);
    const at = (x: number) => () =>
      terminal.cursor().visible && terminal.cursor().x === x && terminal.cursor().y === 29;
    program.press('/');
    await program.waitFor(at(2), { description: 'the cursor after the slash' });
    program.press('cas\u001B[De');
    await program.waitFor(at(5), { description: 'the cursor before the last letter' });
    await program.waitForText(/^ \/caes /m);
    program.press('\u001B[3~s');
    await program.waitForText(/^ \/caes /m);
    program.paste('p\nu');
    await program.waitForText(/^ \/caesp u /m);
    program.press('\r');
    await program.waitFor(() => !terminal.cursor().visible, { description: 'no cursor' });
    await program.waitForText('filter caesp u');
    await pressAndSee(program, escapeOfKitty, 'brackets');
    expect(await statuses()).toEqual(untouched);
  });

  it('ctrl-l erases the screen and draws it again', async () => {
    const before = program.output().length;
    program.press(keys.ctrl('l'));
    await program.waitFor(() => program.output().slice(before).includes('\u001B[H\u001B[J'), {
      description: 'an erased screen',
    });
    await settled(program);
    expectWholeFrame(program.terminal);
  });

  it('bytes that are no UTF-8 are dropped, and letters may arrive in parts', async () => {
    // By then the terminal has answered the program's questions: no answer arrives inside a letter.
    await pressAndSee(program, '/', 'Enter show all');
    program.press(binary('\u00FF\u00C3'));
    await pause(5);
    program.press(binary('\u00A9\u00E7\u00A7'));
    await pause(5);
    program.press(binary('\u00BB'));
    await program.waitForText(/^ \/é移 /m);
    await pressAndSee(program, escapeOfKitty, 'brackets');
  });

  it.runIf(name === 'no shell').each([
    ['a paste', '\u001B[200~half'],
    ['a string', '\u001BP>|tm'],
  ])('%s without an end gives the keys back, though these are pressed all the while', async (_, begun) => {
    program.press(begun);
    const until = Date.now() + 20_000;
    while (!program.terminal.text().includes(' WORKERS') && Date.now() < until) {
      program.press('2');
      await pause(200);
    }
    await pressAndSee(program, '1', ' PHASES');
    expect(await statuses()).toEqual(untouched);
  });

  it.runIf(name === 'bash')('ctrl-z is the last key of its chunk', async () => {
    program.press('\u001Ap');
    await program.waitFor((terminal) => !terminal.isAlternate() && /ready>\s*$/.test(terminal.text().trimEnd()), {
      description: 'the prompt',
    });
    program.press('clear; fg; echo "code $?"\r');
    await program.waitFor(showsData, { description: 'the frame again' });
    await settled(program);
    expect(await statuses()).toEqual(untouched);
  });

  it(`${leaving[0]} leaves, and no later key counts`, async () => {
    program.press(leaving[1]);
    expect(await ended(program)).toBe('code 0');
    expect(await statuses()).toEqual(untouched);
  });

  it(`ctrl-c in ${unended[0]} without an end leaves, and no later key counts`, async () => {
    await using another = await start();
    another.press(unended[1]);
    expect(await ended(another)).toBe('code 0');
    expect(await statuses()).toEqual(untouched);
  });
});
