import { describe, expect, it } from 'vitest';
import { themeOf } from '../../../source/presentation/theme.ts';
import { disputedReach } from '../../../source/screen/terminal/disputed-width.ts';

describe('the maximum columns of a character', () => {
  it.each([...'aÄ€–…━╸●▸✓✗►‖»▁█移カ한Жא'])('are the same on all terminals: %s', (character) => {
    expect(disputedReach(character)).toBe(0);
  });

  it('are the same on all terminals for every sign of migtop', () => {
    const signs = JSON.stringify(Object.values(themeOf({ LANG: 'C.UTF-8' }).glyphs));
    expect([...signs].filter((sign) => disputedReach(sign) > 0)).toEqual([]);
  });

  it.each([
    ['skin tones', '👍🏽', 4],
    ['joined emoji', '👨‍👩‍👧', 6],
    ['an emoji by its selector', '❤️', 2],
    ['a flag', '🇩🇪', 2],
    ['a keycap', '1️⃣', 2],
    ['a vowel sign beside its letter', 'กำ', 2],
    ['a letter with its mark', 'e\u0301', 2],
    ['what became wide with time', '⌚', 2],
    ['a pictograph that is narrow', '🕱', 2],
    ['a sign of number before its number', '\u06007', 2],
    ['several of them', '\u0600\u0605\u06DD7', 4],
    ['a letter with an abbreviation mark', 'a\u070F', 2],
    ['an end of verse', '\u06DD', 1],
    ['a Kaithi number sign', '\u{110BD}\u{110CD}', 2],
    ['a circled number on black', '\u3248', 2],
    ['the last of them', '\u324F', 2],
  ])('are those of the widest of them: %s', (_name, grapheme, columns) => {
    expect(disputedReach(grapheme)).toBeGreaterThanOrEqual(columns);
  });
});
