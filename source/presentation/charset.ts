import { graphemesOf, widthOf } from './text-width.ts';

const ascii = /^[\u0000-\u007F]*$/;

/** The signs of migtop and common ones, each with ASCII of the same width. */
const narrow: Readonly<Record<string, string>> = {
  '–': '-',
  '—': '-',
  '−': '-',
  '…': '~',
  '·': '|',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '\u00A0': ' ',
};

/** Our own words on terminals that lack these signs, or draw them in two columns; other text stays as it is. */
export function plainSigns(text: string): string {
  return ascii.test(text) ? text : text.replace(/[–−…·]/g, (sign) => narrow[sign] ?? sign);
}

/** The text in ASCII with the same width: `?` for each column of a character that ASCII lacks. */
export function asciiCells(text: string): string {
  if (ascii.test(text)) return text;
  return graphemesOf(text)
    .map((grapheme) => (ascii.test(grapheme) ? grapheme : (narrow[grapheme] ?? '?'.repeat(widthOf(grapheme)))))
    .join('');
}

/** A message in ASCII, for a locale whose characters are not UTF-8: there a byte of UTF-8 may be a control. */
export function asciiText(text: string): string {
  return ascii.test(text) ? text : asciiCells(text.replaceAll('…', '...'));
}

/** JSON in ASCII: it means the same. */
export function asciiJson(json: string): string {
  return escapedJson(json, /[\u0080-\uFFFF]/g);
}

/** JSON with escapes in place of some units of its texts: it means the same. */
export function escapedJson(json: string, units: RegExp): string {
  return json.replace(units, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
