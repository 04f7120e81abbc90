import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import type { PtyProgram } from '../support/pty.ts';
import { keys } from '../support/terminal.ts';
import { insertRows, openMigtop, pressAndSee } from './migtop.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ examples: true });
  await insertRows(database, [
    ...Array.from({ length: 30 }, (_, index) => ({ id: 100 + index, status: 'running', worker: index })),
    ...Array.from({ length: 12 }, (_, index) => ({
      id: 200 + index,
      status: 'failed',
      table: `t${index}`,
      error: `broken in a way that takes many words to tell, the ${index}. of a dozen of them, and then some more`,
    })),
  ]);
});
afterAll(() => database.drop());

/** A frame that only we change. */
const seldom = ['--interval', '60'];

/** Resizes the window and waits for the frame that belongs into it. */
async function resizeTo(program: PtyProgram, columns: number, rows: number): Promise<void> {
  const small = columns < 60 || rows < 15;
  program.resize(columns, rows);
  await program.waitFor(() => (small ? isSmallFrame(program) : isWholeFrame(program)), {
    description: `the frame of ${columns}x${rows}`,
  });
}

/** Exactly one line that says so, and nothing that is left of the frame before. */
function isSmallFrame({ terminal }: PtyProgram): boolean {
  const said = `migtop needs 60x15; this is ${terminal.columns}x${terminal.rows}`;
  const [first, ...rest] = terminal.text().split('\n');
  const shown = said.length <= terminal.columns ? said : `${said.slice(0, terminal.columns - 1)}…`;
  return first === shown && rest.every((line) => line === '');
}

/** Header, cursor and keys are each there once, and at the edges of this window: what it showed before is gone. */
function isWholeFrame({ terminal }: PtyProgram): boolean {
  const lines = terminal.text().split('\n');
  const once = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length === 1;
  return (
    /^ migtop .* every \d.*:\d\d$/.test(lines[0] ?? '') &&
    lines[0]?.length === terminal.columns - 1 &&
    lines.slice(-2).some((line) => line.endsWith('q quit')) &&
    [/^ migtop /, /▸ ► +\d+ +0 /, /q quit$/].every(once)
  );
}

/** The frame without what changes by itself: the age of the data, and a message, which comes and goes. */
function still({ terminal }: PtyProgram): string {
  return terminal
    .text()
    .replace(/\d+s · every/, 'every')
    .replace(/^ · .*$/m, '');
}

describe('resizing the window', () => {
  /** One for all tests, which leave it at 80x24; frozen for those that compare frames. */
  let program: PtyProgram;
  beforeAll(async () => {
    program = await openMigtop([database.url, ...seldom]);
    // The second poll, which follows at once, has read the attempts of the failures.
    await program.waitForText('3 Failures 12');
    await pressAndSee(program, 'z', 'FROZEN');
  });
  afterAll(() => program?.kill());

  it('draws the same frame for a size, whatever the previous size was', async () => {
    const sizes = [
      [80, 24],
      [120, 40],
      [80, 15],
      [60, 15],
      [59, 15],
      [60, 14],
      [20, 5],
      [2, 2],
      [200, 50],
      [179, 50],
      [180, 50],
      [100, 20],
    ] as const;
    const frames = new Map<string, string>();
    for (const [columns, rows] of [...sizes, ...sizes.toReversed(), sizes[5], sizes[8], sizes[2], sizes[0]]) {
      const name = `${columns}x${rows}`;
      await resizeTo(program, columns, rows);
      const frame = still(program);
      if (!frames.has(name)) frames.set(name, frame);
      expect(frame).toBe(frames.get(name));
    }
    expect(program.terminal.isAlternate()).toBe(true);
  });

  it('handles fifty sizes in a row, each before the last one is drawn', async () => {
    const before = still(program);
    const random = randomNumbers(7);
    for (let round = 0; round < 5; round++) {
      for (let step = 0; step < 10; step++) {
        program.resize(10 + Math.floor(random() * 240), 3 + Math.floor(random() * 70));
        // Some of them meet a frame half drawn, some a finished one.
        if (random() < 0.5) await program.terminal.write('');
        if (random() < 0.2) program.press('jk');
      }
      program.resize(80, 24);
      await program.waitFor(() => still(program) === before, { description: 'the frame as it was' });
      await resizeTo(program, 60 + Math.floor(random() * 190), 15 + Math.floor(random() * 55));
    }
    await resizeTo(program, 80, 24);
    expect(still(program)).toBe(before);
  });

  it('repaints a window that had its old size again before the program read it', async () => {
    const before = still(program);
    // Stopped, it cannot look in between; a busy machine does the same to it.
    program.signal('SIGSTOP');
    program.resize(30, 8);
    program.resize(80, 24);
    expect(still(program)).not.toBe(before);
    program.signal('SIGCONT');
    await program.waitFor(() => still(program) === before, { description: 'the frame as it was' });
  });

  it('keeps the cursor on its operation', async () => {
    const isAt = (columns: number) => () =>
      program.terminal.text().split('\n')[0]?.length === columns - 1 && /▸ ► +\d+ +25 /.test(program.terminal.text());
    program.resize(120, 60);
    program.press('z');
    await program.waitFor(({ text }) => !text().includes('FROZEN'), { description: 'no frozen frame' });
    program.press('j'.repeat(25));
    await program.waitFor(isAt(120), { description: 'the cursor' });
    program.resize(80, 20);
    await program.waitFor(isAt(80), { description: 'the cursor in the small window' });
    program.resize(200, 60);
    await program.waitFor(isAt(200), { description: 'the cursor in the large window' });
    program.resize(80, 24);
    await program.waitFor(isAt(80), { description: 'the cursor in the first window' });
  });

  it('keeps an open dialog', async () => {
    await pressAndSee(program, 'g', /▸ ► +\d+ +0 /);
    // The row may show the pause before the answer to it has arrived; until then no other key may change the row.
    await pressAndSee(program, 'p', '✓ paused: operation 100');
    await pressAndSee(program, 's', 'Skip operation 100 · brackets?');
    program.resize(40, 10);
    await program.waitFor(() => isSmallFrame(program), { description: 'the small frame' });
    program.resize(100, 30);
    await program.waitForText('Skip operation 100 · brackets?');
    await pressAndSee(program, keys.escape, 'PHASES');
    await pressAndSee(program, 'u', 'running again');
  });
});

/** The same numbers in every run, so that a failure comes again. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
}
