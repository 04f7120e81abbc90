import { describe, expect, it } from 'vitest';
import InkOutput from '../../node_modules/ink/build/output.js';
import Output from '../../source/screen/ink-output.ts';

const rows = ['\u001B[36m►\u001B[39m  legacy_table_001  ━━━──', '', 'ends in blanks   '];
const blanks = ` ${'\n'.repeat(rows.length - 1)}`;
const inPlace = { transformers: [(_: string, row: number) => rows[row] ?? ''] };

/** What each makes of the same writes, without the blanks at the ends of rows, which show nothing. */
function madeBy(Kind: typeof InkOutput, use: (output: InkOutput) => void, size: { width: number; height: number }) {
  const output = new Kind(size);
  use(output);
  const { output: text, height } = output.get();
  return { text: text.replace(/ +$/gm, ''), height };
}

describe("our own Output makes what Ink's makes", () => {
  it.each([
    ['rows that fill the frame', { width: 40, height: 3 }],
    ['rows above a blank', { width: 40, height: 5 }],
    ['more rows than the frame has', { width: 40, height: 2 }],
  ])('of one text: %s', (_, size) => {
    const use = (output: InkOutput) => output.write(0, 0, blanks, inPlace);
    expect(madeBy(Output, use, size)).toEqual(madeBy(InkOutput, use, size));
  });

  it.each<[string, (output: InkOutput) => void]>([
    ['nothing', () => {}],
    [
      'two texts',
      (output) => {
        output.write(0, 0, 'above', { transformers: [] });
        output.write(0, 1, 'below', { transformers: [] });
      },
    ],
    ['a text further in', (output) => output.write(2, 1, 'row', { transformers: [] })],
    [
      'a text that is clipped',
      (output) => {
        output.clip({ x1: 0, x2: 2, y1: undefined, y2: undefined });
        output.write(0, 0, 'row', { transformers: [] });
        output.unclip();
      },
    ],
  ])('of %s', (_, use) => {
    const size = { width: 40, height: 3 };
    expect(madeBy(Output, use, size)).toEqual(madeBy(InkOutput, use, size));
  });
});
