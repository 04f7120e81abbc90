import { cleanLine } from './clean-text.ts';

/**
 * Characters that show nothing or only a blank: control characters and line ends; joiners, fillers, direction controls, selectors, tags,
 * and all blanks except the space; and the signs before Arabic, Syriac and Kaithi numbers, since terminals that draw them lose the
 * next character.
 */
const invisible =
  /[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u00A0\u1680\u2000-\u200A\u202F\u205F\u2800\u3000\uFFF9-\uFFFB\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2\u{110BD}\u{110CD}\u{13430}-\u{1343F}]/gu;

/** The ones of them that `cleanLine` would remove or replace. */
const removed = /[\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g;

/** Emoji, with their joiners and selectors, and the tags of the three flags that have tags: all of these are visible. */
const emoji =
  /\u{1F3F4}\u{E0067}\u{E0062}(?:\u{E0065}\u{E006E}\u{E0067}|\u{E0073}\u{E0063}\u{E0074}|\u{E0077}\u{E006C}\u{E0073})\u{E007F}|[\d#*]\uFE0F\u20E3|\p{Extended_Pictographic}[\uFE0E\uFE0F]?\p{Emoji_Modifier}?(?:\u200D\p{Extended_Pictographic}\uFE0F?\p{Emoji_Modifier}?)*/gu;

/** Backslashes of the name that look like an escape of `visibleName`, or are before one. */
const lookalike = new RegExp(`\\\\+(?=u(?:[\\da-f]{4}|\\{[\\da-f]{5,6}\\})|${invisible.source})`, 'gu');

const simple = /^[\u0020-\u005B\u005D-\u007E]*$/;

/**
 * A name from the database as a list shows it: clean, on one line, with invisible characters as escapes (`\u200b`, `\u001b`), so
 * that different names look different. Emoji stay whole, and letters keep their marks.
 */
export function visibleName(text: string): string {
  if (simple.test(text)) return text;
  const clean = cleanLine(text.replace(lookalike, '$&$&').replace(removed, escaped));
  let shown = '';
  let from = 0;
  for (const { 0: whole, index } of clean.matchAll(emoji)) {
    shown += clean.slice(from, index).replace(invisible, escaped) + whole;
    from = index + whole.length;
  }
  return shown + clean.slice(from).replace(invisible, escaped);
}

/** The name that `visibleName` shows as this text: to search the table for it. */
export function nameShownAs(shown: string): string {
  return shown.replace(
    /(\\+)u(?:([\da-f]{4})|\{([\da-f]{5,6})\})/g,
    (all, backslashes: string, short: string | undefined, long: string | undefined) => {
      const half = backslashes.slice(0, backslashes.length / 2);
      if (backslashes.length % 2 === 0) return half + all.slice(backslashes.length);
      const character = characterOf(Number.parseInt(short ?? long ?? '', 16));
      return character.replace(invisible, '') === '' ? half + character : all;
    },
  );
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}

function characterOf(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : '?';
}
