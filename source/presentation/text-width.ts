import { createTextMeasure } from './text-measure.ts';

/** The terminal of this program. The code that paints sets it before it measures anything. */
let terminal = createTextMeasure(1);

/** Sets how wide this process takes signs of ambiguous width to be (Unicode, annex 11). */
export function measureAmbiguousAs(columns: 1 | 2): void {
  if (columns !== terminal.ambiguousColumns) terminal = createTextMeasure(columns);
}

/** How many columns a sign of ambiguous width has here. */
export function columnsOfAmbiguous(): 1 | 2 {
  return terminal.ambiguousColumns;
}

/** The graphemes of a text, by Unicode's rules (annex 29). */
export function graphemeSegments(text: string): Intl.Segments {
  return terminal.segments(text);
}

/** The characters of a text as a reader counts them. */
export function graphemesOf(text: string): string[] {
  return terminal.isOfSingles(text) ? [...text] : Array.from(terminal.segments(text), ({ segment }) => segment);
}

/** The width of a text on the terminal in columns, measured as Ink does. */
export function widthOf(text: string): number {
  return terminal.widthOf(text);
}

/** The text in exactly `width` columns: cut with an ellipsis, or filled up with blanks. */
export function toWidth(text: string, width: number, align: 'left' | 'right' = 'left', ellipsis = '…'): string {
  if (width <= 0) return '';
  // Most texts fit, and need no other measure than their length.
  const isShort = text.length <= width && terminal.isOfSingles(text);
  const cut = isShort ? text : truncate(text, width, ellipsis);
  const blanks = ' '.repeat(Math.max(0, width - (isShort ? text.length : widthOf(cut))));
  if (align === 'left' || blanks === '') return cut + blanks;
  const filled = blanks + cut;
  // A sign that changes the one before it, such as the colour of a skin, has no columns after a blank.
  return isShort ? filled : ' '.repeat(Math.max(0, width - widthOf(filled))) + filled;
}

/** The text in at most `width` columns, with an ellipsis if it was cut. */
export function truncate(text: string, width: number, ellipsis = '…'): string {
  if (width <= 0) return '';
  if (terminal.isOfSingles(text))
    return text.length <= width ? text : text.slice(0, width - widthOf(ellipsis)) + ellipsis;
  // A long text is not measured whole to learn that it is too long: no grapheme is narrower than nothing.
  const room = width - widthOf(ellipsis);
  let kept = '';
  let keptWidth = 0;
  let whole = '';
  let wholeWidth = 0;
  for (const { segment } of terminal.segments(text.slice(0, width * 32))) {
    const segmentWidth = terminal.graphemeWidth(segment);
    if (wholeWidth + segmentWidth > width) return kept + ellipsis;
    if (keptWidth + segmentWidth <= room && kept === whole) {
      kept += segment;
      keptWidth += segmentWidth;
    }
    whole += segment;
    wholeWidth += segmentWidth;
  }
  return text.length > width * 32 ? kept + ellipsis : whole;
}

/** A name in at most `width` columns. If it ends with a number, which tells it from others, its middle is cut: `retry_…_15`. */
export function truncateName(name: string, width: number, ellipsis = '…'): string {
  if (widthOf(name) <= width) return name;
  const [number = ''] = /[^\p{L}\p{N}]?\d+$/u.exec(name) ?? [];
  if (number === '' || number.length > width / 2) return truncate(name, width, ellipsis);
  return truncate(name, width - number.length - widthOf(ellipsis), '') + ellipsis + number;
}

/** The share of the room for the end of a text that is cut in its middle: a message has its remedy there. */
const endShare = 0.6;

/** The text in at most `width` columns: its beginning and its end, with an ellipsis in the place of the rest. */
export function truncateMiddle(text: string, width: number, ellipsis = '…'): string {
  if (truncate(text, width, ellipsis) === text) return text;
  // Megabytes are not measured completely; the first piece of the end may be half a grapheme, and is left out.
  const last = graphemesOf(text.slice(-width * 32)).slice(1);
  let room = Math.floor(width * endShare);
  let end = '';
  for (const grapheme of last.toReversed()) {
    room -= terminal.graphemeWidth(grapheme);
    if (room < 0) break;
    end = grapheme + end;
  }
  return truncate(text, width - widthOf(end), ellipsis) + end;
}

/** A text that is too long, cut in its middle between words, or within them if they are too long for that: `user "ana" has no UPDATE … Grant UPDATE to "ana"`. */
export function truncateBetweenWords(text: string, width: number, ellipsis = '…'): string {
  const cut = truncateMiddle(text, width, ellipsis);
  if (cut === text || !cut.includes(ellipsis)) return cut;
  // Megabytes are not measured completely.
  const words = [text.slice(0, width * 4), text.slice(-width * 4)].map((part) => part.split(' '));
  const [first = [], last = []] = words;
  const end = longestOf(last.length, (count) => last.slice(last.length - count).join(' '), width / 2);
  const room = width - widthOf(ellipsis) - widthOf(end) - 2;
  const begin = longestOf(first.length, (count) => first.slice(0, count).join(' '), room);
  const isShort = widthOf(begin) + widthOf(end) < width * leastWords;
  return begin === '' || end === '' || isShort ? cut : `${begin} ${ellipsis} ${end}`;
}

/** A message is cut within words if whole ones would fill less than this share of it. */
const leastWords = 2 / 3;

/** The longest of texts of ever more words that has the room; the one of all words is left out. */
function longestOf(words: number, textOf: (words: number) => string, room: number): string {
  let longest = '';
  for (let number = 1; number < words; number++) {
    const text = textOf(number);
    if (widthOf(text) > room) break;
    longest = text;
  }
  return longest;
}

/** A line is broken between two words if the part before that is longer than this share of it. */
const leastShare = 1 / 3;

/** The text in lines of at most `width` columns, broken between words if possible. */
export function wrap(text: string, width: number): string[] {
  // A window that is being resized may have no column left.
  const room = Math.max(1, width);
  return text
    .split('\n')
    .flatMap((line) => (terminal.isOfSingles(line) ? wrapSingles(line, room) : wrapGraphemes(line, room)));
}

function wrapSingles(line: string, width: number): string[] {
  const lines: string[] = [];
  let start = 0;
  while (line.length - start > width) {
    // Looked for in this piece alone: a line of megabytes may have no blank at all.
    const blank = line.slice(start, start + width + 1).lastIndexOf(' ');
    const end = start + (blank > width * leastShare ? blank : width);
    lines.push(line.slice(start, end));
    start = line[end] === ' ' ? end + 1 : end;
  }
  lines.push(line.slice(start));
  return lines;
}

function wrapGraphemes(line: string, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  let currentWidth = 0;
  /** The last blank in `current`, and the width of the text before it. */
  let blank = -1;
  let blankWidth = 0;
  for (const segment of pieces(line, width)) {
    const segmentWidth = terminal.graphemeWidth(segment);
    if (current !== '' && currentWidth + segmentWidth > width) {
      const inWords = blank !== -1 && blankWidth > width * leastShare && segment !== ' ';
      lines.push(inWords ? current.slice(0, blank) : current);
      current = inWords ? current.slice(blank + 1) : '';
      currentWidth = inWords ? currentWidth - blankWidth - 1 : 0;
      blank = -1;
      if (segment === ' ') continue;
    }
    if (segment === ' ') {
      blank = current.length;
      blankWidth = currentWidth;
    }
    current += segment;
    currentWidth += segmentWidth;
  }
  lines.push(current);
  return lines;
}

/** The graphemes of a line. A grapheme that is wider than the line (many jamo or vowel signs) is divided. */
function* pieces(line: string, width: number): Generator<string> {
  for (const { segment } of terminal.segments(line)) {
    if (terminal.graphemeWidth(segment) > width) yield* divided(segment, width);
    else yield segment;
  }
}

/** Maximum number of characters of a piece: each is measured again with the next one. */
const longestPiece = 64;

/** The characters of a grapheme in pieces of at most `width` columns. Joined characters may be wider than each by itself: `1️⃣`. */
function* divided(grapheme: string, width: number): Generator<string> {
  let piece = '';
  for (const character of grapheme) {
    if (piece !== '' && (piece.length >= longestPiece || terminal.widthOf(piece + character) > width)) {
      yield piece;
      piece = '';
    }
    piece += character;
  }
  if (piece !== '') yield piece;
}
