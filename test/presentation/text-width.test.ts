import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { cleanLine, cleanText } from '../../source/domain/clean-text.ts';
import {
  toWidth,
  truncate,
  truncateBetweenWords,
  truncateMiddle,
  truncateName,
  widthOf,
  wrap,
} from '../../source/presentation/text-width.ts';

const family = '👩‍👩‍👧‍👦';
const flag = '🇩🇪';

/** Characters whose columns in a terminal are hard to count. */
const tricky = fc.constantFrom(
  '中',
  '日本',
  '한',
  '\u1112\u1161\u11AB',
  '\u1100',
  family,
  flag,
  '🇩',
  '👍🏽',
  '❤️',
  '1️⃣',
  'e\u0301',
  '\u0301',
  '\u200D',
  '\u200B',
  '\u00AD',
  '\uFE0F',
  '\u0600',
  '\u0D4E',
  '\u{111C2}',
  'क्षि',
  'ก็',
  'ｶﾞ',
  '\uFF9E',
  '…',
  ' ',
  'a',
  '𝒳',
);
const line = fc
  .array(fc.oneof(tricky, fc.string({ unit: 'grapheme', maxLength: 3 }), fc.string({ unit: 'binary', maxLength: 3 })))
  .map((parts) => cleanLine(parts.join('')));
const width = fc.integer({ min: 0, max: 40 });

describe('a width', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['中文', 4],
    [family, 2],
    [flag, 2],
    ['1️⃣', 2],
    ['\u200B', 0],
    ['…', 1],
    ['█▌', 2],
  ])('of %j is %d', (text, columns) => {
    expect(widthOf(text)).toBe(columns);
  });

  it('is the same as that of Ink for every character', () => {
    const different: number[] = [];
    for (let code = 0x20; code <= 0xffff; code++) {
      const text = cleanLine(`${String.fromCharCode(code)}–`);
      if (widthOf(text) !== stringWidth(text)) different.push(code);
    }
    expect(different).toEqual([]);
  });

  it('is the same as that of Ink', () => {
    fc.assert(
      fc.property(line, (text) => {
        expect(widthOf(text)).toBe(stringWidth(text));
      }),
    );
  });
});

describe('a text in a column', () => {
  it.each([
    ['brackets', 10, 'left', 'brackets  '],
    ['1,569', 8, 'right', '   1,569'],
    ['case_file_relationships', 10, 'left', 'case_file…'],
    ['case_file_relationships', 10, 'right', 'case_file…'],
    ['brackets', 8, 'left', 'brackets'],
    ['brackets', 1, 'left', '…'],
    ['', 3, 'left', '   '],
    ['brackets', 0, 'left', ''],
    ['brackets', -3, 'left', ''],
    ['中文日本', 5, 'left', '中文…'],
    ['中文日本', 6, 'left', '中文… '],
    ['中文日本', 8, 'left', '中文日本'],
    ['中', 1, 'left', '…'],
    [`${family}${family}`, 3, 'left', `${family}…`],
    [`${flag}${flag}`, 3, 'right', `${flag}…`],
    ['🏻', 3, 'right', '   🏻'],
    ['🏻', 3, 'left', '🏻 '],
    ['café', 3, 'left', 'ca…'],
    ['cafe\u0301s', 4, 'left', 'caf…'],
    ['cafe\u0301s', 5, 'left', 'cafe\u0301s'],
  ] as const)('%j in %d columns, %s', (text, columns, align, expected) => {
    expect(toWidth(text, columns, align)).toBe(expected);
  });

  it('takes exactly the columns that it has', () => {
    fc.assert(
      fc.property(line, width, fc.constantFrom('left' as const, 'right' as const), (text, columns, align) => {
        expect(widthOf(toWidth(text, columns, align))).toBe(columns);
        expect(widthOf(toWidth(text, columns, align, '~'))).toBe(columns);
      }),
      { numRuns: 5000 },
    );
  });

  it('is cut to its columns, and not at all if it fits', () => {
    fc.assert(
      fc.property(line, width, (text, columns) => {
        const cut = truncate(text, columns);
        expect(widthOf(cut)).toBeLessThanOrEqual(columns);
        if (widthOf(text) <= columns && text.length <= columns * 32) expect(cut).toBe(text);
        else if (columns > 0) expect(cut.endsWith('…')).toBe(true);
        if (columns > 0 && cut !== text) expect(text.startsWith(cut.slice(0, -1))).toBe(true);
        expect(cut.isWellFormed()).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it('is never cut inside a grapheme', () => {
    for (let columns = 1; columns < 12; columns++) {
      const cut = truncate(`a${family}b${flag}c${'e\u0301'}d`.repeat(3), columns);
      expect(cut.slice(0, -1).replaceAll(family, '').replaceAll(flag, '').replaceAll('e\u0301', '')).toMatch(
        /^[abcd]*$/,
      );
    }
  });

  it('keeps its beginning and its end when it is cut in the middle', () => {
    const refused = 'user "ana" has no UPDATE privilege on dispatch.migration_control. Grant UPDATE to "ana"';
    expect(truncateMiddle(refused, 60)).toBe('user "ana" has no UPDAT…ation_control. Grant UPDATE to "ana"');
    expect(truncateMiddle(refused, 100)).toBe(refused);
    fc.assert(
      fc.property(line, width, (text, columns) => {
        const cut = truncateMiddle(text, columns);
        expect(widthOf(cut)).toBeLessThanOrEqual(columns);
        expect(cut.isWellFormed()).toBe(true);
        if (truncate(text, columns) === text) expect(cut).toBe(text);
      }),
      { numRuns: 5000 },
    );
  });

  it('is cut between words where these are not longer than most of the room', () => {
    const refused = 'user "ana" has no UPDATE privilege on dispatch.migration_control. Grant UPDATE to "ana"';
    expect(truncateBetweenWords(refused, 60)).toBe('user "ana" has no UPDATE privilege … Grant UPDATE to "ana"');
    expect(truncateBetweenWords(refused, 100)).toBe(refused);
    expect(truncateBetweenWords('a'.repeat(40), 20)).toBe(truncateMiddle('a'.repeat(40), 20));
    fc.assert(
      fc.property(line, width, (text, columns) => {
        const cut = truncateBetweenWords(text, columns);
        expect(widthOf(cut)).toBeLessThanOrEqual(columns);
        if (truncate(text, columns) === text) expect(cut).toBe(text);
      }),
      { numRuns: 5000 },
    );
  });

  it('ends also if one letter has more marks than a column holds', () => {
    const zalgo = `a${'\u0301'.repeat(100_000)}`;
    expect(widthOf(toWidth(zalgo, 5))).toBe(5);
    expect(toWidth(zalgo, 5).length).toBeLessThan(1000);
    expect(widthOf(toWidth('\u1100'.repeat(1000), 5))).toBe(5);
    expect(truncate('𝒳'.repeat(1000), 3).isWellFormed()).toBe(true);
    expect(truncate(`b${'\u{E0101}'.repeat(1000)}`, 1).isWellFormed()).toBe(true);
  });

  it('is not measured completely if it is long', () => {
    const text = `${'中'.repeat(1_000_000)}`;
    for (let time = 0; time < 1000; time++) truncate(text, 80);
    expect(widthOf(truncate(text, 80))).toBe(79);
  });
});

describe('a wrapped text', () => {
  it.each([
    ['', 10, ['']],
    ['short', 10, ['short']],
    ['duplicate key value', 10, ['duplicate', 'key value']],
    ['duplicate key', 9, ['duplicate', 'key']],
    ['case_file_relationships', 10, ['case_file_', 'relationsh', 'ips']],
    ['a case_file_relationships', 10, ['a case_fil', 'e_relation', 'ships']],
    ['one\ntwo\n\nfour', 10, ['one', 'two', '', 'four']],
    ['  WHERE id = 1', 20, ['  WHERE id = 1']],
    ['中文日本', 5, ['中文', '日本']],
    ['中文日本', 4, ['中文', '日本']],
    ['clé étrangère violée', 15, ['clé étrangère', 'violée']],
    ['中', 1, ['中']],
    ['中文', 1, ['中', '文']],
    [`${family}${family}`, 2, [family, family]],
    ['🇩1️⃣ﾞﾞ', 2, ['🇩', '1️⃣ﾞ', 'ﾞ']],
  ])('%j in %d columns', (text, columns, lines) => {
    expect(wrap(text, columns)).toEqual(lines);
  });

  it('has no line that is too long, and loses only the blanks at its line ends', () => {
    fc.assert(
      fc.property(
        fc.array(line).map((lines) => lines.join('\n')),
        fc.integer({ min: 2, max: 40 }),
        (text, columns) => {
          const lines = wrap(text, columns);
          for (const one of lines) expect(widthOf(one)).toBeLessThanOrEqual(columns);
          expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(/[ \n]/g, ''));
          const lost = text.length - lines.join('').length;
          expect(lost).toBeLessThan(lines.length);
          expect(lost).toBeGreaterThanOrEqual(text.split('\n').length - 1);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('breaks a line without accents at the same places as one with an accent', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-d ]*$/), fc.integer({ min: 1, max: 30 }), (text, columns) => {
        const accented = wrap(text.replaceAll('a', 'à'), columns);
        expect(accented.map((one) => one.replaceAll('à', 'a'))).toEqual(wrap(text, columns));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([0, -5])('ends in a window of %d columns', (columns) => {
    expect(wrap('ab c', columns).join('').replaceAll(' ', '')).toBe('abc');
    expect(wrap('中文 c', columns).join('').replaceAll(' ', '')).toBe('中文c');
  });

  it('splits a grapheme that is wider than the window', () => {
    const lines = wrap('\u1100'.repeat(100), 10);
    expect(lines).toHaveLength(20);
    expect(lines.join('')).toBe('\u1100'.repeat(100));
  });

  it('handles five megabytes without a blank', () => {
    const lines = wrap('x'.repeat(5_000_000), 80);
    expect(lines).toHaveLength(62_500);
    expect(lines.at(-1)).toHaveLength(80);
  });

  it('handles five megabytes of words and of line ends', () => {
    const lines = wrap('four '.repeat(1_000_000), 80);
    expect(lines.every((one) => one.length <= 80)).toBe(true);
    expect(lines.length).toBeLessThan(70_000);
    expect(wrap('\n'.repeat(1_000_000), 80)).toHaveLength(1_000_001);
  });

  it('handles a megabyte of ideographs', () => {
    expect(wrap('中'.repeat(350_000), 80)).toHaveLength(8750);
  });

  it('handles a cleaned error that was only control sequences', () => {
    expect(wrap(cleanText('\u001B[31mred\u001B[0m '.repeat(50_000)), 80).length).toBeLessThanOrEqual(2501);
  });
});

it('cuts the middle of a name that ends with a number: the number tells it from others', () => {
  expect(truncateName('retry_batch_15', 14)).toBe('retry_batch_15');
  expect(truncateName('retry_batch_15', 11)).toBe('retry_b…_15');
  expect(truncateName('case_file_relationships', 12)).toBe('case_file_r…');
  expect(truncateName('x123456789', 6)).toBe('x1234…');
  expect(truncateName('表表表表表表_15', 9)).toBe('表表…_15');
});
