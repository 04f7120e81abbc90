import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanLine, cleanText } from '../../source/domain/clean-text.ts';

const ESC = '\u001B';
const BEL = '\u0007';
const ST = `${ESC}\\`;
const CSI8 = '\u009B';
const OSC8 = '\u009D';
const ST8 = '\u009C';

/** Characters that must never reach a terminal: C0 except the line end, DEL, C1, bidi controls, the byte order mark, half surrogates. */
const dangerous = /[\0-\x09\x0B-\x1F\x7F-\x9F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]|\p{Surrogate}/u;

/** Texts with the characters of attacks, so that random tests find them often enough. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ESC,
        BEL,
        ST,
        CSI8,
        OSC8,
        ST8,
        `${ESC}]`,
        `${ESC}[`,
        `${ESC}P`,
        `${ESC}_`,
        `${ESC}^`,
        `${ESC}X`,
        '\u0090',
        '\u0098',
        '\u009E',
        '\u009F',
        '\u0085',
        '\r',
        '\n',
        '\t',
        '\0',
        '\b',
        '\x7F',
        '\u2028',
        '\u202E',
        '\u2066',
        '\uFEFF',
        '\uD83D',
        '\uDE00',
        '31m',
        '52;c;x',
        '8;;http://a',
        '(0',
        'c',
        '\\',
        ' ',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

const anyText = fc.oneof(hostile, fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ unit: 'grapheme' }));

describe('whatever the text', () => {
  it('leaves nothing that a terminal would act on', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(cleanText(text)).not.toMatch(dangerous);
        expect(cleanText(text).isWellFormed()).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('changes nothing when it cleans a second time', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(cleanText(cleanText(text))).toBe(cleanText(text));
        expect(cleanLine(cleanLine(text))).toBe(cleanLine(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('makes one line of it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(cleanLine(text)).not.toMatch(/[\n\r\t\u2028\u2029]/);
      }),
    );
  });

  it('keeps printable text as it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~àéîõü中文日本語한글]*$/u), (text) => {
        expect(cleanText(text)).toBe(text);
      }),
    );
  });
});

describe('control sequences', () => {
  it.each([
    ['colour', `${ESC}[31mred${ESC}[0m`, 'red'],
    ['colour in 8 bits', `${CSI8}31mred${CSI8}0m`, 'red'],
    ['cursor and screen', `a${ESC}[2J${ESC}[1;1H${ESC}[?25lb`, 'ab'],
    ['parameters with colons', `a${ESC}[38:2::255:0:0mb`, 'ab'],
    ['an intermediate byte', `a${ESC}[0 qb`, 'ab'],
    ['the clipboard (OSC 52)', `a${ESC}]52;c;cm0gLXJmIC8=${BEL}b`, 'ab'],
    ['the clipboard, ended by ST', `a${ESC}]52;c;cm0gLXJmIC8=${ST}b`, 'ab'],
    ['the clipboard in 8 bits', `a${OSC8}52;c;cm0gLXJmIC8=${ST8}b`, 'ab'],
    ['a link (OSC 8) but for its text', `${ESC}]8;;http://evil${ST}click${ESC}]8;;${ST}`, 'click'],
    ['the title (OSC 0)', `${ESC}]0;owned${BEL}rest`, 'rest'],
    ['a device control string', `a${ESC}P$q"p${ST}b`, 'ab'],
    ['a device control string in 8 bits', `a\u0090$q"p${ST8}b`, 'ab'],
    ['an application command', `a${ESC}_Gf=100;AAAA${ST}b`, 'ab'],
    ['a privacy message', `a${ESC}^secret${ST}b`, 'ab'],
    ['a start of string', `a\u0098secret${ST8}b`, 'ab'],
    ['a reset', `a${ESC}cb`, 'ab'],
    ['the line drawing set', `a${ESC}(0b`, 'ab'],
    ['a keypad mode', `a${ESC}=b`, 'ab'],
  ])('removes %s, whole', (_, text, left) => {
    expect(cleanText(text)).toBe(left);
  });

  it.each([
    ['OSC', `before${ESC}]0;the error goes on`, 'before0;the error goes on'],
    ['OSC in 8 bits', `before${OSC8}0;the error goes on`, 'before0;the error goes on'],
    ['DCS', `before${ESC}Pthe error goes on`, 'beforethe error goes on'],
    ['APC in 8 bits', `before\u009Fthe error goes on`, 'beforethe error goes on'],
    ['CSI', `before${ESC}[31`, 'before31'],
    ['CSI in 8 bits', `before${CSI8}31`, 'before31'],
    ['ESC', `before${ESC}`, 'before'],
  ])('does not let an unterminated %s hide the rest', (_, text, left) => {
    expect(cleanText(text)).toBe(left);
  });

  it.each([
    ['ESC before a sequence', `${ESC}${ESC}[31mred`, 'red'],
    ['an OSC in an OSC', `${ESC}]0;${ESC}]52;c;x${BEL}rest`, '0;rest'],
    ['an OSC in an OSC, in 8 bits', `${OSC8}0;${OSC8}52;c;x${BEL}rest`, '0;rest'],
    ['a CSI inside a CSI', `${ESC}[3${ESC}[31m1mrest`, '31mrest'],
    ['an introducer around a sequence', `${ESC}${ESC}[0m[31mrest`, '[31mrest'],
    ['an introducer around a NUL', `${ESC}\0[31mrest`, '[31mrest'],
    ['an OSC inside a DCS', `${ESC}Pq${ESC}]52;c;x${BEL}${ST}rest`, 'qrest'],
  ])('does not put a new sequence together out of %s', (_, text, left) => {
    expect(cleanText(text)).toBe(left);
  });

  it('keeps the text of an error in which every letter is coloured', () => {
    const error = [...'duplicate key'].map((letter) => `${ESC}[1;31m${letter}${ESC}[0m`).join('');
    expect(cleanText(error)).toBe('duplicate key');
  });
});

describe('single characters', () => {
  it('makes every kind of line end a line feed', () => {
    expect(cleanText('a\r\nb\rc\nd\u2028e\u2029f')).toBe('a\nb\nc\nd\ne\nf');
  });

  it('makes a tab two blanks', () => {
    expect(cleanText('\tSELECT\t1')).toBe('  SELECT  1');
  });

  it('does not let a carriage return or backspaces overwrite the text before them', () => {
    expect(cleanText('failed\rcompleted')).toBe('failed\ncompleted');
    expect(cleanText('failed\b\b\b\b\b\bpassed')).toBe('failedpassed');
  });

  it('removes characters that change the direction of text', () => {
    expect(cleanText('user\u202Egnp.exe\u2066\u2069\u200F\u061C')).toBe('usergnp.exe');
  });

  it('replaces half a surrogate pair and keeps a whole one', () => {
    expect(cleanText('a\uD83Db')).toBe('a\uFFFDb');
    expect(cleanText('\uDE00\uD83D')).toBe('\uFFFD\uFFFD');
    expect(cleanText('\uD83D\uDE00')).toBe('\u{1F600}');
  });

  it('keeps joined emoji, flags and combining marks whole', () => {
    const text = '👩‍👩‍👧‍👦 🇩🇪 e\u0301 한국어 中文';
    expect(cleanText(text)).toBe(text);
  });
});

describe('one line', () => {
  it('puts one blank at each line end, however the lines are indented', () => {
    expect(cleanLine('ERROR: duplicate key\n  DETAIL:  Key (id)=(1)\r\n\r\n\tHINT: none')).toBe(
      'ERROR: duplicate key DETAIL:  Key (id)=(1) HINT: none',
    );
  });

  it('leaves blanks inside a line alone', () => {
    expect(cleanLine('a   b')).toBe('a   b');
  });
});

// Each of these takes minutes in a cleaner that reads the rest of the text again for every introducer.
describe('a hostile megabyte', () => {
  const size = 300_000;

  it.each([
    ['ESC', ESC],
    ['7-bit OSC introducers', `${ESC}]`],
    ['8-bit OSC introducers', OSC8],
    ['8-bit DCS introducers', '\u0090'],
    ['7-bit CSI introducers', `${ESC}[`],
    ['8-bit CSI introducers', CSI8],
    ['intermediate bytes', `${ESC}    `],
  ])('of %s is cleaned in one pass', (_, part) => {
    expect(cleanText(part.repeat(size)).trim()).toBe('');
  });

  it('of OSC introducers, each with a little text, loses nothing but the introducers', () => {
    expect(cleanText(`${OSC8}0;x`.repeat(size))).toHaveLength(3 * size);
    expect(cleanText(`${ESC}]0;x`.repeat(size))).toHaveLength(3 * size);
  });

  it('after one unterminated introducer is kept', () => {
    expect(cleanText(`${ESC}]${'x'.repeat(3 * size)}`)).toHaveLength(3 * size);
    expect(cleanText(`${CSI8}${'0'.repeat(3 * size)}`)).toHaveLength(3 * size);
  });

  it('of blanks fits one line in one pass', () => {
    expect(cleanLine(`${' '.repeat(size)}a\u0007`)).toHaveLength(size + 1);
    expect(cleanLine(`a${' '.repeat(size)}\n${' '.repeat(size)}b`)).toBe('a b');
    expect(cleanLine(`a${'\n'.repeat(size)}b`)).toBe('a b');
    expect(cleanLine(`a${' \n'.repeat(size)}b`)).toBe('a b');
  });
});
