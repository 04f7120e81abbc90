/**
 * A text to find. It has wildcards between its literals: one literal is a text without a wildcard, `['case', '']` is
 * `case*`. Letter case does not matter unless it is exact.
 */
export interface Pattern {
  readonly literals: readonly string[];
  /** Whether the whole text has to be the only literal, in the same letter case (`table:=cases`). */
  readonly isExact: boolean;
}

/**
 * Where a pattern without wildcards is found: anywhere in a text, or only as the whole text. With wildcards, `part` and
 * `whole` cover the whole text, and `anywhere` does not.
 */
export type PatternPlace = 'anywhere' | 'part' | 'whole';

/** Whether the pattern has to cover the text from its start to its end. */
export function isAnchored({ literals, isExact }: Pattern, place: PatternPlace): boolean {
  return isExact || place === 'whole' || (place === 'part' && literals.length > 1);
}

/** Whether a text matches. Takes time linear in the length of the text for each literal. */
export function matchesPattern(pattern: Pattern, text: string, place: PatternPlace): boolean {
  const { literals, isExact } = pattern;
  if (isExact) return text === literals[0];
  const folded = fold(text);
  const parts = literals.map(fold);
  const [first = ''] = parts;
  const last = parts.at(-1) ?? '';
  if (!isAnchored(pattern, place)) return isInOrder(parts, folded);
  if (parts.length === 1) return folded === first;
  if (!folded.startsWith(first) || !folded.endsWith(last) || folded.length < first.length + last.length) return false;
  return isInOrder(parts.slice(1, -1), folded.slice(first.length, folded.length - last.length));
}

function isInOrder(parts: readonly string[], text: string): boolean {
  let from = 0;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  return true;
}

/**
 * A text without the difference between upper and lower case. It does not depend on the locale of this machine or of a
 * database: a letter is folded if it has exactly one upper and one lower form.
 */
export function fold(text: string): string {
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase();
  return [...text].map(folded).join('');
}

/** All letters that `fold` makes to this one. */
export function variantsOf(letter: string): readonly string[] {
  const upper = letter.toUpperCase();
  return upper !== letter && [...upper].length === 1 && folded(upper) === letter ? [letter, upper] : [letter];
}

function folded(letter: string): string {
  const lower = letter.toLowerCase();
  return lower !== letter && [...lower].length === 1 && lower.toUpperCase() === letter ? lower : letter;
}
