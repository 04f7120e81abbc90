/**
 * Escape sequences, whole: OSC, DCS, SOS, PM and APC strings up to their terminator, CSI with its parameters, and
 * two-character escapes; in their 7-bit and their 8-bit (C1) forms. A string sequence without a terminator loses
 * only its introducer, so that it cannot hide the rest of an error message. A string also ends at the next introducer:
 * so one pass over the text is enough, also over a megabyte of introducers.
 */
const sequence =
  /(?:\u001B[\]PX^_]|[\u009D\u0090\u0098\u009E\u009F])[^\u0007\u001B\u0090\u0098\u009C-\u009F]*(?:\u0007|\u001B\\|\u009C)|(?:\u001B\[|\u009B)[\u0030-\u003F]*[\u0020-\u002F]*[\u0040-\u007E]|\u001B[\u0020-\u002F]*[\u0030-\u007E]/g;

/** Other characters that a terminal would act on: C0 except line ends and tabs, DEL, C1, and the bidi controls. */
const control = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/g;

/** Characters that JSON allows in a text, but that a terminal, or a reader of lines, acts on. */
export const unsafeInJson = new RegExp(`${control.source}|[\\u2028\\u2029]`, 'g');

/**
 * Letters that Unicode joins to any character after them (annex 29: Prepend), and that take a column of their own in a terminal:
 * measured with the blank after them, a padded text would have a column too few. U+200C after them ends the grapheme.
 */
const joiningLetter =
  /[\u0D4E\u{111C2}\u{111C3}\u{113D1}\u{1193F}\u{11941}\u{11A84}-\u{11A89}\u{11D46}\u{11F02}](?!\u200C)/gu;

const suspicious = /[\u0000-\u001F\u007F-\u009F\u061C\u0D4E\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF\uD800-\uDFFF]/;

/**
 * A text from the database that is safe to write to a terminal: no control sequence, no control character, no bidi
 * control, no half surrogate. Line ends become `\n`, tabs two spaces. A letter that would join the next character has U+200C after it.
 */
export function cleanText(text: string): string {
  if (!suspicious.test(text)) return text;
  return text
    .toWellFormed()
    .replace(sequence, '')
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(/\t/g, '  ')
    .replace(control, '')
    .replace(joiningLetter, '$&\u200C');
}

/**
 * A text for a file that a person or a terminal may read: as `cleanText`, but its line ends and tabs stay as they are. A carriage
 * return alone is a line end.
 */
export function cleanField(text: string): string {
  if (!suspicious.test(text)) return text;
  return text
    .toWellFormed()
    .replace(sequence, '')
    .replace(/\r(?!\n)/g, '\n')
    .replace(control, (sign) => (sign === '\r' ? sign : ''));
}

/** Cleans a text as `cleanText` does, and makes it one line: for a row, a title or a log line. */
export function cleanLine(text: string): string {
  const clean = cleanText(text);
  if (!clean.includes('\n')) return clean;
  // Not /\s*\n\s*/: that takes quadratic time on a long run of blanks.
  const lines = clean.split('\n');
  return lines
    .map((line, index) => (index === 0 ? line.trimEnd() : index === lines.length - 1 ? line.trimStart() : line.trim()))
    .filter((line, index) => line !== '' || index === 0 || index === lines.length - 1)
    .join(' ');
}
