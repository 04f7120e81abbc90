import stringWidth from 'string-width';
import { singles } from './single-width.ts';

/**
 * How many columns a character of ambiguous width (Unicode annex 11) takes on the terminal. A program has one terminal: what
 * paints sets this before it measures anything.
 */
let ambiguousColumns: 1 | 2 = 1;

export function measureAmbiguousAs(columns: 1 | 2): void {
  if (columns === ambiguousColumns) return;
  ambiguousColumns = columns;
  graphemeWidths.clear();
  textWidths.clear();
}

export function columnsOfAmbiguous(): 1 | 2 {
  return ambiguousColumns;
}

/** Whether each character of a text takes one column. */
function isOfSingles(text: string): boolean {
  return ambiguousColumns === 1 ? singles.test(text) : /^[\u0020-\u007E]*$/.test(text);
}

function measured(text: string): number {
  if (ambiguousColumns === 1) return stringWidth(text);
  // Where these would take two columns, they are written in ASCII (charset.ts, `plainSigns`).
  return stringWidth(text.replace(/[–−…·]/g, '-'), { ambiguousIsNarrow: false });
}

/** The first one takes 10 ms, and most texts need none. */
let segmenter: Intl.Segmenter | undefined;

/** The graphemes of a text, by Unicode's rules (annex 29). */
export function graphemeSegments(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** Measuring a grapheme costs microseconds, and an error of megabytes repeats the same few thousand of them. */
const graphemeWidths = new Map<string, number>();
const rememberedGraphemes = 10_000;

function graphemeWidth(grapheme: string): number {
  let width = graphemeWidths.get(grapheme);
  if (width === undefined) {
    width = measured(grapheme);
    if (graphemeWidths.size >= rememberedGraphemes) graphemeWidths.clear();
    graphemeWidths.set(grapheme, width);
  }
  return width;
}

/** Bars and glyphs are the same from frame to frame, and dear to measure. */
const textWidths = new Map<string, number>();
const rememberedWidths = 2000;
const rememberedLength = 200;

/** The characters of a text as a reader counts them. */
export function graphemesOf(text: string): string[] {
  return isOfSingles(text) ? [...text] : Array.from(graphemeSegments(text), ({ segment }) => segment);
}

/** The width of a text on a terminal in columns, measured as Ink does. */
export function widthOf(text: string): number {
  if (isOfSingles(text)) return text.length;
  if (text.length > rememberedLength) return measured(text);
  const known = textWidths.get(text);
  if (known !== undefined) return known;
  const width = measured(text);
  if (textWidths.size >= rememberedWidths) textWidths.clear();
  textWidths.set(text, width);
  return width;
}

/** The text in exactly `width` columns: cut with an ellipsis, or filled up with blanks. */
export function toWidth(text: string, width: number, align: 'left' | 'right' = 'left', ellipsis = '…'): string {
  if (width <= 0) return '';
  const cut = truncate(text, width, ellipsis);
  const blanks = ' '.repeat(Math.max(0, width - widthOf(cut)));
  return align === 'left' ? cut + blanks : blanks + cut;
}

/** The text in at most `width` columns, with an ellipsis if it was cut. */
export function truncate(text: string, width: number, ellipsis = '…'): string {
  if (width <= 0) return '';
  if (isOfSingles(text)) return text.length <= width ? text : text.slice(0, width - widthOf(ellipsis)) + ellipsis;
  // A long text is not measured whole to learn that it is too long: no grapheme is narrower than nothing.
  const room = width - widthOf(ellipsis);
  let kept = '';
  let keptWidth = 0;
  let whole = '';
  let wholeWidth = 0;
  for (const { segment } of graphemeSegments(text.slice(0, width * 32))) {
    const segmentWidth = graphemeWidth(segment);
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
    room -= graphemeWidth(grapheme);
    if (room < 0) break;
    end = grapheme + end;
  }
  return truncate(text, width - widthOf(end), ellipsis) + end;
}

/** The text in lines of at most `width` columns, broken between words if possible. */
export function wrap(text: string, width: number): string[] {
  // A window that is being resized may have no column left.
  const room = Math.max(1, width);
  return text.split('\n').flatMap((line) => (isOfSingles(line) ? wrapSingles(line, room) : wrapGraphemes(line, room)));
}

function wrapSingles(line: string, width: number): string[] {
  const lines: string[] = [];
  let start = 0;
  while (line.length - start > width) {
    // Looked for in this piece alone: a line of megabytes may have no blank at all.
    const blank = line.slice(start, start + width + 1).lastIndexOf(' ');
    const end = start + (blank > width / 2 ? blank : width);
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
    const segmentWidth = graphemeWidth(segment);
    if (current !== '' && currentWidth + segmentWidth > width) {
      const inWords = blank !== -1 && blankWidth > width / 2 && segment !== ' ';
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
  for (const { segment } of graphemeSegments(line)) {
    if (graphemeWidth(segment) > width) yield* segment;
    else yield segment;
  }
}
