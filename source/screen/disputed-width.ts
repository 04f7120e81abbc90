import { widthOf } from '../monitor/text-width.ts';

const reaches = new Map<string, number>();
const remembered = 2000;

/**
 * Columns that a grapheme may take on some terminal, where terminals do not agree on that: emoji and their sequences,
 * letters with marks, signs that arrived after the terminal's tables. 0 where all agree with `widthOf`.
 */
export function disputedReach(grapheme: string): number {
  if (grapheme.length === 1 && isAgreed(grapheme.charCodeAt(0))) return 0;
  let reach = reaches.get(grapheme);
  if (reach === undefined) {
    reach = measured(grapheme);
    if (reaches.size >= remembered) reaches.clear();
    reaches.set(grapheme, reach);
  }
  return reach;
}

function measured(grapheme: string): number {
  const characters = [...grapheme];
  const [first = ''] = characters;
  if (characters.length === 1 && isAgreed(first.codePointAt(0) ?? 0)) return 0;
  // The simplest terminals draw each part of a sequence for itself; those that know emoji, all of it in two columns.
  const apart = characters.reduce((sum, character) => sum + partWidth(character), 0);
  return Math.max(2, apart, widthOf(grapheme));
}

/** Marks and joiners take nothing anywhere, but for the vowel signs that are drawn beside their letter. */
function partWidth(character: string): number {
  if (/^[\p{Nonspacing_Mark}\p{Enclosing_Mark}\p{Format}\p{Variation_Selector}]$/u.test(character)) return 0;
  return Math.max(1, widthOf(character), (character.codePointAt(0) ?? 0) >= 0x1f000 ? 2 : 1);
}

/** The same in the tables of decades: of the signs all but those that became emoji of two columns. */
function isAgreed(code: number): boolean {
  return (
    code < 0x300 ||
    (code >= 0x370 && code < 0x530) ||
    (code >= 0x2010 && code < 0x2028) ||
    (code >= 0x2190 && code < 0x2900 && widthOf(String.fromCodePoint(code)) === 1) ||
    (code >= 0x3001 && code < 0x302a) ||
    (code >= 0x3041 && code < 0x3097) ||
    (code >= 0x309b && code < 0xa000) ||
    (code >= 0xac00 && code < 0xd7a4) ||
    (code >= 0xff01 && code < 0xff61) ||
    (code >= 0x20000 && code < 0x2fffe)
  );
}
