import { describe, expect, it } from 'vitest';
import { fewestBytes } from '../../bench/fewest-bytes.ts';
import { createTerminal } from '../support/terminal.ts';

const size = { columns: 20, rows: 5 };

/** The minimum number of bytes from the screen after `before` to the screen after `after`. */
async function between(before: string, after: string): Promise<number> {
  const terminal = createTerminal(size);
  await terminal.write(before);
  const cells = terminal.cells();
  await terminal.write(after);
  const bytes = fewestBytes(cells, terminal.cells());
  terminal.dispose();
  return bytes;
}

describe('the minimum number of bytes between two screens', () => {
  it('is 0 if nothing has changed', async () => {
    expect(await between('workers', '\u001B[Hworkers')).toBe(0);
  });

  it('is a cursor position and the character for one cell', async () => {
    expect(await between('', '\u001B[2;3Hx')).toBe('\u001B[2;3Hx'.length);
  });

  it('omits the column at the start of a line', async () => {
    expect(await between('', '\u001B[2Hx')).toBe('\u001B[2Hx'.length);
  });

  it('writes the cells between two changes again if that is shorter than moving the cursor', async () => {
    expect(await between('abcde', '\u001B[HA\u001B[1;3HC')).toBe('\u001B[1HAbC'.length);
  });

  it('moves the cursor forward over a longer distance', async () => {
    expect(await between('abcdefghij', '\u001B[HA\u001B[1;10HJ')).toBe('\u001B[1HA\u001B[8CJ'.length);
  });

  it('uses a line feed to the next line', async () => {
    expect(await between('', '\u001B[1;1Ha\u001B[2;1Hb')).toBe('\u001B[1Ha\r\nb'.length);
  });

  it('includes the change of style, and the reset at the end', async () => {
    expect(await between('', '\u001B[31mfailed\u001B[m')).toBe('\u001B[1H\u001B[31mfailed\u001B[m'.length);
  });

  it('adds an attribute to the current style', async () => {
    expect(await between('', '\u001B[31mab\u001B[1mcd\u001B[m')).toBe(
      '\u001B[1H\u001B[31mab\u001B[1mcd\u001B[m'.length,
    );
  });

  it('erases the end of a line', async () => {
    expect(await between('abcdefghij', '\u001B[1;3H\u001B[K')).toBe('\u001B[1;3H\u001B[K'.length);
  });

  it('counts the bytes of a character in UTF-8', async () => {
    expect(await between('', '►')).toBe('\u001B[1H'.length + 3);
  });
});
