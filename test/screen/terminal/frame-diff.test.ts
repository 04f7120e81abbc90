import headless from '@xterm/headless';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blankRow, parseLine, type Row } from '../../../source/screen/terminal/cells.ts';
import { difference } from '../../../source/screen/terminal/frame-diff.ts';
import { createTerminal } from '../../support/terminal.ts';
import { asSeen, disputed, type Frame, frames, intended, type Size, size, written } from './random-frames.ts';

const alternateScreen = '\u001B[?1049h\u001B[?7l';

function rowsOf(frame: string, { columns, rows }: Size): readonly Row[] {
  const lines = frame.split('\n');
  return Array.from({ length: rows }, (_, row) => parseLine(lines[row] ?? '', columns));
}

function blank({ columns, rows }: Size): readonly Row[] {
  return new Array<Row>(rows).fill(blankRow(columns));
}

/** The bytes that change each frame to the next one. */
function steps(all: readonly Frame[], window: Size): string[] {
  let before = blank(window);
  return all.map((frame) => {
    const rows = rowsOf(written(frame), window);
    const bytes = difference(before, rows, window.columns);
    before = rows;
    return bytes;
  });
}

/** The bytes between two frames of one line, the first of them from the blank screen on. */
function bytesBetween(before: string, after: string, columns = 40): string {
  return difference([parseLine(before, columns)], [parseLine(after, columns)], columns);
}

describe('the difference of two frames', () => {
  it('changes a terminal from each frame to the next, cell by cell', async () => {
    await fc.assert(
      fc.asyncProperty(frames, size, async (all, window) => {
        const terminal = createTerminal(window);
        await terminal.write(alternateScreen);
        for (const [index, bytes] of steps(all, window).entries()) {
          await terminal.write(bytes);
          expect(terminal.cells().map((cells) => cells.map(asSeen))).toEqual(intended(all[index] ?? [], window));
        }
        expect(terminal.overflow()).toEqual({ wrappedLines: 0, scrolledLines: 0 });
        terminal.dispose();
      }),
      { numRuns: 300 },
    );
  });

  it('writes the neighbours of a character in place, however wide the terminal draws it', async () => {
    await fc.assert(
      fc.asyncProperty(frames, size, async (all, window) => {
        // The widths of Unicode 6: an emoji is narrow, and a sequence is several.
        const terminal = new headless.Terminal({
          cols: window.columns,
          rows: window.rows,
          allowProposedApi: true,
        });
        const bytes = alternateScreen + steps(all, window).join('');
        await new Promise<void>((resolve) => terminal.write(bytes, resolve));
        const shown = intended(all.at(-1) ?? [], window);
        for (const [y, cells] of shown.entries()) {
          const line = terminal.buffer.active.getLine(y);
          let owner = '';
          for (const [x, { text }] of cells.entries()) {
            if (text !== '') owner = text;
            const seen = line?.getCell(x)?.getChars() || ' ';
            // In the columns of such a character there may be less of it, but nothing that was there before.
            if (disputed.includes(owner)) expect(seen === ' ' || owner.includes(seen), `${y} ${x} ${seen}`).toBe(true);
            else if (text !== '') expect([y, x, seen]).toEqual([y, x, text]);
          }
        }
        terminal.dispose();
      }),
      { numRuns: 300 },
    );
  });

  it('is empty between equal frames', () => {
    fc.assert(
      fc.property(frames, size, (all, window) => {
        for (const frame of all) {
          const text = written(frame);
          expect(difference(rowsOf(text, window), rowsOf(text, window), window.columns)).toBe('');
        }
      }),
    );
  });

  it('is empty if only blanks differ that look the same', () => {
    expect(bytesBetween('a b', '\u001B[1;31m \u001B[0m')).not.toBe('');
    expect(bytesBetween('', '\u001B[1;31m   \u001B[0m')).toBe('');
    expect(bytesBetween('', '\u001B[7m   \u001B[0m')).not.toBe('');
  });

  it('begins at an absolute place and ends in the plain style', () => {
    fc.assert(
      fc.property(frames, size, (all, window) => {
        for (const bytes of steps(all, window)) {
          if (bytes === '') continue;
          expect(bytes).toMatch(/^\u001B\[[\d;]*H/);
          const last = [...bytes.matchAll(/\u001B\[([\d;]*)m/g)].at(-1);
          expect(['', undefined]).toContain(last?.[1]);
        }
      }),
    );
  });

  it.each([
    ['one cell', 'abc', 'abX', '\u001B[1;3HX'],
    ['a short gap, which is written once more', 'a 1 b', 'x 1 y', '\u001B[Hx 1 y'],
    ['a long gap, which is jumped over', `a${'.'.repeat(20)}b`, `x${'.'.repeat(20)}y`, '\u001B[Hx\u001B[22Gy'],
    ['an end that becomes blank', 'abcdefghij', 'abc', '\u001B[1;4H\u001B[K'],
    ['a short end that becomes blank', 'abcd', 'abc', '\u001B[1;4H '],
    ['a blank in a style that does not show on it', '', '\u001B[1ma b\u001B[0m', '\u001B[1;1H\u001B[1ma b\u001B[m'],
    ['a change of colour alone', '', '\u001B[31ma\u001B[32mb', '\u001B[H\u001B[31ma\u001B[32mb\u001B[m'],
    ['the end of bold within a colour', '', '\u001B[1;31ma\u001B[22mb', '\u001B[H\u001B[1;31ma\u001B[22mb\u001B[m'],
    ['half of a wide character', '字', 'a', '\u001B[Ha '],
    ['a wide character over two', 'ab', '字', '\u001B[H字'],
  ])('writes as little as it can for %s', (_name, before, after, bytes) => {
    expect(bytesBetween(before, after)).toBe(bytes.replace('\u001B[1;1H', '\u001B[H'));
  });

  it('moves down a column without an absolute address', () => {
    const before = ['.... 1', '.... 2', '.... 3'].map((line) => parseLine(line, 40));
    const after = ['.... 4', '.... 5', '.... 6'].map((line) => parseLine(line, 40));
    expect(difference(before, after, 40)).toBe('\u001B[1;6H4\u001B[B\b5\u001B[B\b6');
  });
});
