/**
 * Hands painted rows through Ink. Ink would split each of them into styled characters and join these again, for every frame: more
 * work than all the rest of a frame. So Ink lays out one character for a row, its sign, and the output replaces the sign by the row.
 *
 * The signs are of a private-use plane, in which no text of migtop has characters. They are used in turn: a sign has to be valid
 * only until Ink has written the frame for which it was made.
 */
const firstSign = 0xf_0000;
const signs = 8192;

const rows = new Array<string>(signs).fill('');
let next = 0;

/** A character of one column that stands for a painted row; empty for an empty row. */
export function signOf(row: string): string {
  if (row === '') return '';
  const sign = next;
  next = (next + 1) % signs;
  rows[sign] = row;
  return String.fromCodePoint(firstSign + sign);
}

/** Whether a text is a sign. */
export function isSign(text: string): boolean {
  if (text.length !== 2) return false;
  const place = (text.codePointAt(0) ?? 0) - firstSign;
  return place >= 0 && place < signs;
}

/** The row that a line of a frame stands for; a line that is no sign, as it is. */
export function rowOf(line: string): string {
  if (line.length !== 2) return line;
  return rows[(line.codePointAt(0) ?? 0) - firstSign] ?? line;
}
