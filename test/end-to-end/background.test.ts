import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import type { PtyProgram } from '../support/pty.ts';
import { insertRows, openMigtop, pressAndSee, runShell, type StartOptions, startMigtop, statusOf } from './migtop.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  await insertRows(database, [{ id: 31, status: 'paused', worker: 1 }]);
});
afterAll(() => database.drop());

const question = '\u001B]11;?\u0007\u001B[c';
const white = 'rgb:ffff/ffff/ffff';
/** A colour that only the palette for light backgrounds has. */
const lightPalette = /\u001B\[(?:[\d;]*;)?38;5;\d+m/;

async function asked(program: PtyProgram): Promise<void> {
  await program.waitFor(() => program.output().includes(question), { description: 'the question' });
}

describe('the background of the terminal', () => {
  it.each([
    ['white', white],
    ['#fdf6e3', '#fdf6e3'],
    ['rgba', 'rgba:ff/ff/ff/80'],
  ])('is asked for, and a light one gets the palette for it: %s', async (_, background) => {
    await using program = await openMigtop([database.url], { background });
    await program.waitFor(() => lightPalette.test(program.output()), {
      description: 'a colour for a light background',
    });
    expect(program.output().split(question)).toHaveLength(2);
  });

  it.each<[string, StartOptions]>([
    ['dark', { background: 'rgb:0000/0000/0000' }],
    ['not told', {}],
    ['no colour', { background: 'rgb:prsu/pause' }],
  ])('keeps the usual palette if it is %s', async (_, options) => {
    await using program = await openMigtop([database.url], options);
    await asked(program);
    await pressAndSee(program, '2', ' WORKERS');
    expect(program.output()).not.toMatch(lightPalette);
  });

  it.each<[string, string[], Record<string, string>]>([
    ['--theme says it', ['--theme', 'dark'], {}],
    ['COLORFGBG says it', [], { COLORFGBG: '15;0' }],
    ['there is no colour', [], { NO_COLOR: '1' }],
    ['the terminal knows no control strings', [], { TERM: 'linux' }],
  ])('is not asked for if %s', async (_, flags, env) => {
    await using program = await openMigtop([...flags, database.url], { env });
    expect(program.output()).not.toContain(']11;?');
  });

  it('changes nothing if it arrives late and in parts', async () => {
    await using program = await openMigtop([database.url], { answers: false });
    await asked(program);
    await pause(1500);
    for (const part of ['\u001B', ']11;', 'rgb:ffff/ff', 'ff/ffff\u001B', '\\', '\u001B[?1;2', 'c']) {
      program.press(part);
      await pause(30);
    }
    await pressAndSee(program, '2', ' WORKERS');
    expect(program.output()).not.toMatch(lightPalette);
    expect(await statusOf(database, 31)).toBe('paused');
  });

  it('does not reach the shell if migtop quits before it arrives', async () => {
    await using program = await runShell('"$@"; echo "code $?"; cat -v', [database.url], { answers: false });
    await asked(program);
    program.press('q');
    program.press(`rp\u001B]11;${white}\u001B\\\u001B[?1;2c`);
    await program.waitForText('code 0');
    program.press('end\r');
    await program.waitForText(/end\s+end/);
    expect(program.terminal.text()).not.toMatch(/rgb|rp/);
    expect(await statusOf(database, 31)).toBe('paused');
  });
});

describe('a terminal that answers nothing', () => {
  it('does not delay quitting noticeably', async () => {
    await using program = await startMigtop([database.url], { answers: false });
    await asked(program);
    program.press('q');
    expect(await program.exit).toMatchObject({ exitCode: 0 });
  });
});
