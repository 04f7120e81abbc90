import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameShownAs, visibleName } from '../../source/domain/visible-name.ts';

describe('a name', () => {
  it.each([
    ['a zero-width space', 'brac\u200Bkets', String.raw`brac\u200bkets`],
    ['a zero-width non-joiner', 'brac\u200Ckets', String.raw`brac\u200ckets`],
    ['a joiner between letters', 'brac\u200Dkets', String.raw`brac\u200dkets`],
    ['a soft hyphen', 'brac\u00ADkets', String.raw`brac\u00adkets`],
    ['a word joiner', 'brackets\u2060', String.raw`brackets\u2060`],
    ['an invisible operator', 'brackets\u2062', String.raw`brackets\u2062`],
    ['a byte order mark', '\uFEFFbrackets', String.raw`\ufeffbrackets`],
    ['marks of direction', 'brackets\u200E\u200F\u061C', String.raw`brackets\u200e\u200f\u061c`],
    ['a variation selector', 'brackets\uFE0F', String.raw`brackets\ufe0f`],
    ['another variation selector', 'brackets\u{E0101}', String.raw`brackets\u{e0101}`],
    ['tags', 'brackets\u{E0062}\u{E007F}', String.raw`brackets\u{e0062}\u{e007f}`],
    ['a Hangul filler', '\u3164', String.raw`\u3164`],
    ['a half-width Hangul filler', '\uFFA0', String.raw`\uffa0`],
    ['fillers of jamo', '\u115F\u1160', String.raw`\u115f\u1160`],
    ['a Mongolian vowel separator', 'a\u180E', String.raw`a\u180e`],
    ['a grapheme joiner', 'a\u034Fb', String.raw`a\u034fb`],
    ['a blank that does not break', 'a\u00A0b', String.raw`a\u00a0b`],
    ['a thin blank', 'a\u2009b', String.raw`a\u2009b`],
    ['an empty braille cell', 'a\u2800b', String.raw`a\u2800b`],
    ['annotation marks', 'a\uFFF9b', String.raw`a\ufff9b`],
    ['musical format characters', 'a\u{1D173}', String.raw`a\u{1d173}`],
    ['signs before Arabic numbers', 'a\u0600b\u0605\u06DD', String.raw`a\u0600b\u0605\u06dd`],
    ['a Syriac sign, and Kaithi ones', 'a\u070Fb\u{110BD}\u{110CD}', String.raw`a\u070fb\u{110bd}\u{110cd}`],
    ['signs before pounds and verses', 'a\u0890b\u0891\u08E2', String.raw`a\u0890b\u0891\u08e2`],
    ['what looks like an escape', String.raw`brac\u200bkets`, String.raw`brac\\u200bkets`],
  ])('shows %s', (_, name, shown) => {
    expect(visibleName(name)).toBe(shown);
  });

  it.each([
    'brackets',
    'case file',
    String.raw`C:\temp\x`,
    'Fälle',
    'e\u0301',
    '中文',
    '한국어',
    'क्षत्रिय',
    '👩‍👩‍👧‍👦',
    '🏳️‍🌈',
    '👍🏽',
    '1️⃣',
    '❤️',
    '🇩🇪',
    '🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}',
  ])('keeps %s', (name) => {
    expect(visibleName(name)).toBe(name);
  });

  it('shows a selector or a joiner that does nothing to an emoji', () => {
    expect(visibleName('❤️\uFE0F')).toBe(String.raw`❤️\ufe0f`);
    expect(visibleName('👍\u200D')).toBe(String.raw`👍\u200d`);
    expect(visibleName('👍\u200Da')).toBe(String.raw`👍\u200da`);
    expect(visibleName('🏴\u{E0061}\u{E007F}')).toBe(String.raw`🏴\u{e0061}\u{e007f}`);
  });

  it('is clean and on one line', () => {
    expect(visibleName('a\u001B[31mb\n  c\u202Ed\u0000\t\u009Be\u2028')).toBe(
      String.raw`a\u001b[31mb\u000a  c\u202ed\u0000\u0009\u009be\u2028`,
    );
    expect(visibleName('a\u001B]52;c;cm0=\u0007')).toBe(String.raw`a\u001b]52;c;cm0=\u0007`);
  });

  const invisible = '\u001B\n\u202E\u0085\u200B\u200C\u200D\u2060\u00AD\uFEFF\u200E\u3164\uFE0F\u00A0\u{E0061}\u180E';
  const unit = fc.constantFrom(...invisible, ...String.raw`\u200b{e0061}a`, '👍', '1', ' ', 'é');
  const name = fc.string({ unit, maxLength: 20 });

  it('shows every invisible character as an escape', () => {
    fc.assert(
      fc.property(fc.oneof(name, fc.string({ unit: 'binary' })), (text) => {
        const unjoined = visibleName(text).replace(
          /\p{Extended_Pictographic}[\uFE0F\uFE0E\u200D]|[\d#*]\uFE0F\u20E3/gu,
          '',
        );
        expect(unjoined).not.toMatch(/[\u00A0\u2000-\u200C\u2028-\u202F\u3000]|\p{Surrogate}/u);
      }),
      { numRuns: 2000 },
    );
  });

  it('is found by the shown text, so two names never look the same', () => {
    fc.assert(
      fc.property(name, (text) => {
        expect(nameShownAs(visibleName(text))).toBe(text);
      }),
      { numRuns: 5000 },
    );
  });
});
