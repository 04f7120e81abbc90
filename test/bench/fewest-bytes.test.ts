import { describe, expect, it } from 'vitest';
import { fewestBytes } from '../../bench/fewest-bytes.ts';
import { createTerminal } from '../support/terminal.ts';

const size = { columns: 20, rows: 5 };

/** The fewest bytes between what the first makes of an empty screen and what the second makes of that. */
async function between(before: string, after: string): Promise<number> {
  const terminal = createTerminal(size);
  await terminal.write(before);
  const cells = terminal.cells();
  await terminal.write(after);
  const bytes = fewestBytes(cells, terminal.cells());
  terminal.dispose();
  return bytes;
}

describe('the fewest bytes between two screens', () => {
  it('are none where nothing has changed', async () => {
    expect(await between('workers', '\u001B[Hworkers')).toBe(0);
  });

  it('are an address and the character for one cell', async () => {
    expect(await between('', '\u001B[2;3Hx')).toBe('\u001B[2;3Hx'.length);
  });

  it('leave the column out of the address at the start of a line', async () => {
    expect(await between('', '\u001B[2Hx')).toBe('\u001B[2Hx'.length);
  });

  it('write over what stands between two changes, where that is shorter than to go there', async () => {
    expect(await between('abcde', '\u001B[HA\u001B[1;3HC')).toBe('\u001B[1HAbC'.length);
  });

  it('go forwards over what is farther', async () => {
    expect(await between('abcdefghij', '\u001B[HA\u001B[1;10HJ')).toBe('\u001B[1HA\u001B[8CJ'.length);
  });

  it('take a line feed to the line below', async () => {
    expect(await between('', '\u001B[1;1Ha\u001B[2;1Hb')).toBe('\u001B[1Ha\r\nb'.length);
  });

  it('hold the change of style, and the way back to the plain one', async () => {
    expect(await between('', '\u001B[31mfailed\u001B[m')).toBe('\u001B[1H\u001B[31mfailed\u001B[m'.length);
  });

  it('add a style to the one that is there', async () => {
    expect(await between('', '\u001B[31mab\u001B[1mcd\u001B[m')).toBe(
      '\u001B[1H\u001B[31mab\u001B[1mcd\u001B[m'.length,
    );
  });

  it('erase the end of a line', async () => {
    expect(await between('abcdefghij', '\u001B[1;3H\u001B[K')).toBe('\u001B[1;3H\u001B[K'.length);
  });

  it('count what a character takes in UTF-8', async () => {
    expect(await between('', '►')).toBe('\u001B[1H'.length + 3);
  });
});
