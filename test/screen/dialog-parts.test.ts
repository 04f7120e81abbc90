import { describe, expect, it } from 'vitest';
import { text } from '../../source/presentation/line.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { commandPart, type DialogPart, fitted, long, rowOf } from '../../source/screen/dialog-parts.ts';

const theme = themeOf({ LANG: 'C.UTF-8' });
const columns = 63;
const row = rowOf(columns, theme);
const words = (many: number): string => Array.from({ length: many }, (_, index) => `word${index}`).join(' ');

const parts = (error: string): DialogPart[] => [
  { line: [] },
  { title: `Skip operation 31 · ${words(12)}?` },
  ...long('error', error, 'bad'),
  ...long('source query', 'SELECT 1'),
  row('reason', text('none')),
  { line: [text('   y skips it')] },
];

function textOf(height: number, error = words(40)): string[] {
  return fitted(parts(error), height, columns, theme).map(({ line }) => line.map((segment) => segment.text).join(''));
}

describe('the lines of a dialog', () => {
  it('show every text whole where the window has the rows', () => {
    const lines = textOf(40);
    expect(lines.join(' ').replace(/\s+/g, ' ')).toContain(words(40));
    expect(lines.join(' ').replace(/\s+/g, ' ')).toContain(`${words(12)}?`);
    expect(lines.join('')).not.toContain('…');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
  });

  it('cut the longest text first', () => {
    const lines = textOf(9);
    expect(lines).toHaveLength(9);
    expect(lines.filter((line) => line.endsWith('…'))).toEqual([expect.stringMatching(/^ +word\d+ .*…$/)]);
    expect(lines.join(' ').replace(/\s+/g, ' ')).toContain(`${words(12)}?`);
  });

  it('have no backslash in a command that is cut', () => {
    const command = commandPart(
      `migtop takeover 31 'host=127.0.0.1 port=5432 user=postgres dbname=dispatch' --unproven`,
    );
    const texts = (height: number): string[] =>
      fitted(command, height, columns, theme).map(({ line }) =>
        line
          .map((one) => one.text)
          .join('')
          .trim(),
      );
    expect(texts(40).at(-2)).toMatch(/dbname=dispatch' \\$/);
    expect(texts(40).at(-1)).toBe('--unproven');
    const cut = texts(texts(40).length - 1).at(-1);
    expect(cut).toMatch(/dbname=dispatch' .*…$/);
    expect(cut).not.toContain('\\');
  });

  it('keep the question and the keys in a low window', () => {
    const lines = textOf(4);
    expect(lines).toEqual([
      expect.stringMatching(/^ {3}Skip operation 31 .*…$/),
      expect.stringMatching(/^ {3}error +word0 .*…$/),
      expect.stringMatching(/reason/),
      '   y skips it',
    ]);
  });
});
