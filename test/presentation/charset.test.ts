import { describe, expect, it } from 'vitest';
import { isUtf8 } from '../../source/domain/locale.ts';
import { asciiCells, asciiJson, asciiText, plainSigns } from '../../source/presentation/charset.ts';
import { widthOf } from '../../source/presentation/text-width.ts';
import { nastyTexts } from '../support/nasty.ts';

describe('the character set', () => {
  it.each<[Record<string, string>, boolean]>([
    [{}, true],
    [{ LANG: 'en_US.UTF-8' }, true],
    [{ LC_ALL: 'C.utf8', LANG: 'C' }, true],
    [{ LC_ALL: '', LC_CTYPE: 'de_DE.ISO-8859-1', LANG: 'de_DE.UTF-8' }, false],
    [{ LC_ALL: 'C' }, false],
    [{ LC_ALL: 'POSIX' }, false],
    [{ LANG: 'en_US' }, false],
    [{ LANG: 'ja_JP.eucJP' }, false],
  ])('is UTF-8 in %o: %s', (env, expected) => {
    expect(isUtf8(env)).toBe(expected);
  });
});

describe('ASCII for other character sets', () => {
  it('keeps the columns of every text', () => {
    for (const text of [...Object.values(nastyTexts), 'café – 9–12m …', '漢字', '👨‍👩‍👧 x', 'e\u0301']) {
      // Line ends are no columns.
      const line = text.replaceAll('\n', ' ');
      expect(asciiCells(line)).toMatch(/^[\u0000-\u007F]*$/);
      expect(widthOf(asciiCells(line)), JSON.stringify(line)).toBe(widthOf(line));
    }
  });

  it('replaces the signs of migtop, and writes ? for each column of other characters', () => {
    expect(asciiCells('9–12m · café 漢字 …')).toBe('9-12m | caf? ???? ~');
    expect(asciiText('name it: host=…')).toBe('name it: host=...');
  });

  it('keeps the text of the table if only signs are missing', () => {
    expect(plainSigns('9–12m · café')).toBe('9-12m | café');
  });

  it('loses nothing in JSON', () => {
    const value = { name: 'café 漢字 \u{1F600}\u0085' };
    expect(asciiJson(JSON.stringify(value))).toMatch(/^[ -~]*$/);
    expect(JSON.parse(asciiJson(JSON.stringify(value)))).toEqual(value);
  });
});
