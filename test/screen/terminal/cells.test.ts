import { describe, expect, it } from 'vitest';
import { parseLine } from '../../../source/screen/terminal/cells.ts';
import { plain, styleAfter } from '../../../source/screen/terminal/sgr.ts';

describe('the cells of a line', () => {
  it.each([
    ['ASCII', 'ab c', ['a', 'b', ' ', 'c', ' ', ' ']],
    ['bars', '━╸─●', ['━', '╸', '─', '●', ' ', ' ']],
    ['wide characters', '字a移', ['字', '', 'a', '移', '', ' ']],
    ['a letter with its mark', 'e\u0301x', ['e\u0301', 'x', ' ', ' ', ' ', ' ']],
    ['a sequence of emoji', '👨‍👩‍👧x', ['👨‍👩‍👧', '', 'x', ' ', ' ', ' ']],
    ['an arrow that is an emoji', '↔\uFE0Fx', ['↔\uFE0F', '', 'x', ' ', ' ', ' ']],
    ['a mark after a colour', 'e\u001B[31m\u0301x', ['e\u0301', 'x', ' ', ' ', ' ', ' ']],
    ['what is too long', 'abcdefgh', ['a', 'b', 'c', 'd', 'e', 'f']],
    ['a wide character across the edge', 'abcde字', ['a', 'b', 'c', 'd', 'e', ' ']],
    ['what nobody sees', 'a\u200Bb\u0007c\u007Fd\u009Be', ['a', 'b', 'c', 'd', 'e', ' ']],
    [
      'other sequences',
      'a\u001B[2Kb\u001B]8;;http://x\u0007c\u001B]0;t\u001B\\d\u001B7e',
      ['a', 'b', 'c', 'd', 'e', ' '],
    ],
    ['a sequence without an end', 'ab\u001B[31', ['a', 'b', ' ', ' ', ' ', ' ']],
  ])('are those that a terminal shows: %s', (_name, line, texts) => {
    expect(parseLine(line, 6).texts).toEqual(texts);
  });

  it('have the styles of their place, and blanks without a visible style have none', () => {
    const red = styleAfter(plain, '31');
    const onRed = styleAfter(plain, '41');
    expect(parseLine('a\u001B[31mb c\u001B[39;41md \u001B[0me ', 8).styles).toEqual([
      plain,
      red,
      plain,
      red,
      onRed,
      onRed,
      plain,
      plain,
    ]);
  });

  it('fill the window, also without a line', () => {
    expect(parseLine('', 3)).toEqual({ texts: [' ', ' ', ' '], styles: [plain, plain, plain] });
  });
});
