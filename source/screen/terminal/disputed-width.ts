import { eastAsianWidthType } from 'get-east-asian-width';
import { widthOf } from '../../presentation/text-width.ts';

/** How many columns a grapheme may take on the terminal; 0 if it surely takes the columns of `widthOf`. */
export type Reach = (grapheme: string) => number;

/** Maximum number of graphemes of which a terminal keeps the reach. */
const maximumKept = 2000;

/** The reach of graphemes on one terminal, which keeps them. */
export function reachFor({ ambiguousIsWide }: { readonly ambiguousIsWide: boolean }): Reach {
  const reachOf = ambiguousIsWide ? reachWithWideAmbiguous : disputedReach;
  const kept = new Map<string, number>();
  return (grapheme) => {
    if (isPlain(grapheme)) return 0;
    const known = kept.get(grapheme);
    if (known !== undefined) return known;
    const reach = reachOf(grapheme);
    if (kept.size >= maximumKept) kept.clear();
    kept.set(grapheme, reach);
    return reach;
  };
}

/** On a terminal that draws characters of ambiguous width (Unicode annex 11) in two columns. */
export function reachWithWideAmbiguous(grapheme: string): number {
  const code = grapheme.codePointAt(0) ?? 0;
  if (isPlain(grapheme)) return 0;
  return eastAsianWidthType(code) === 'ambiguous' ? Math.max(2, disputedReach(grapheme)) : disputedReach(grapheme);
}

/**
 * The maximum columns of a grapheme on which terminals do not agree: emoji and their sequences, letters with marks, characters
 * that are newer than the terminal's tables. 0 if all terminals agree with `widthOf`.
 */
export function disputedReach(grapheme: string): number {
  return grapheme.length === 1 && grapheme.charCodeAt(0) < 0x300 ? 0 : measured(grapheme);
}

function isPlain(grapheme: string): boolean {
  return grapheme.length === 1 && grapheme.charCodeAt(0) < 0x80;
}

function measured(grapheme: string): number {
  const characters = [...grapheme];
  const [first = ''] = characters;
  if (characters.length === 1 && isAgreed(first.codePointAt(0) ?? 0)) return 0;
  // Simple terminals draw each part of a sequence separately; terminals that know emoji draw it in two columns.
  const apart = characters.reduce((sum, character) => sum + partWidth(character), 0);
  return Math.max(2, apart, widthOf(grapheme));
}

/**
 * Marks and joiners take no column on any terminal. Exceptions: vowel signs that are drawn next to their letter, and format
 * characters with a glyph, which enclose or precede numbers and verses.
 */
function partWidth(character: string): number {
  if (/^[\u00AD\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2\u{110BD}\u{110CD}]$/u.test(character)) return 1;
  if (/^[\p{Nonspacing_Mark}\p{Enclosing_Mark}\p{Format}\p{Variation_Selector}]$/u.test(character)) return 0;
  return Math.max(1, widthOf(character), (character.codePointAt(0) ?? 0) >= 0x1f000 ? 2 : 1);
}

/** Whether the width is the same in all tables since decades: true except for signs that became emoji of two columns. */
function isAgreed(code: number): boolean {
  if (code < 0x300) return true;
  const expected = wide.some(holds) ? 2 : narrow.some(holds) ? 1 : null;
  return widthOf(String.fromCodePoint(code)) === expected;

  function holds([from, to]: readonly [number, number]): boolean {
    return code >= from && code <= to;
  }
}

/** Greek, Cyrillic, Armenian, Hebrew, extended Latin and Greek, punctuation, currencies, letterlike signs, arrows, boxes. */
const narrow = [
  [0x370, 0x58f],
  [0x5d0, 0x5ea],
  [0x1e00, 0x1fff],
  [0x2010, 0x2027],
  [0x2030, 0x205e],
  [0x20a0, 0x20bf],
  [0x2100, 0x28ff],
] as const;

/**
 * Kana and Han with their punctuation, Hangul, fullwidth ASCII, the later planes of Han; without the circled numbers on black
 * (U+3248 to 324F) and the hexagrams (U+4DC0 to 4DFF), on which terminals do not agree.
 */
const wide = [
  [0x3001, 0x3029],
  [0x3041, 0x3096],
  [0x309b, 0x3247],
  [0x3250, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xac00, 0xd7a3],
  [0xff01, 0xff60],
  [0x20000, 0x2fffd],
] as const;
