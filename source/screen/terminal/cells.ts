import { columnsOfAmbiguous, graphemeSegments, widthOf } from '../../presentation/text-width.ts';
import { isVisibleOnBlank, plain, type Style, styleAfter } from './sgr.ts';

/**
 * A row of the terminal, column by column. Of a character of two columns, the second one is empty (`''`). A blank that looks
 * like a plain one has the plain style.
 */
export interface Row {
  readonly texts: readonly string[];
  readonly styles: readonly Style[];
}

const escapeCode = 0x1b;
const blankCode = 0x20;

/** A row of blanks in the plain style; its arrays are changed in place. */
export function blankRow(columns: number): Row {
  return { texts: new Array<string>(columns).fill(' '), styles: new Array<Style>(columns).fill(plain) };
}

/**
 * The cells of a line of text with SGR sequences, which begins and ends in the plain style. Other control sequences and
 * control characters are left out, and everything beyond `columns`, also a wide character that does not fit.
 */
export function parseLine(line: string, columns: number): Row {
  if (measuredFor !== columnsOfAmbiguous()) {
    measuredFor = columnsOfAmbiguous();
    simpleWidths.fill(unknown);
  }
  const texts: string[] = [];
  const styles: Style[] = [];
  let style = plain;
  let blankStyle = plain;
  let index = 0;
  const place = (text: string, width: number): void => {
    if (texts.length + width > columns) {
      while (texts.length < columns) place(' ', 1);
      return;
    }
    texts.push(text);
    styles.push(text === ' ' ? blankStyle : style);
    for (let column = 1; column < width; column++) {
      texts.push('');
      styles.push(style);
    }
  };
  while (index < line.length && texts.length < columns) {
    const code = line.charCodeAt(index);
    if (code === escapeCode) {
      const end = sequenceEnd(line, index);
      if (line[index + 1] === '[' && line[end - 1] === 'm') {
        style = styleAfter(style, line.slice(index + 2, end - 1));
        blankStyle = isVisibleOnBlank(style) ? style : plain;
      }
      index = end;
      continue;
    }
    const width = simpleWidth(code);
    // Surely one grapheme: the costly segmentation is not needed.
    if (width > 0 && (index + 1 === line.length || isBoundary(line.charCodeAt(index + 1)))) {
      if (width === 1) {
        texts.push(line.charAt(index));
        styles.push(code === blankCode ? blankStyle : style);
      } else {
        place(line.charAt(index), width);
      }
      index += 1;
    } else if (code < blankCode) {
      index += 1;
    } else {
      let end = line.indexOf('\u001B', index);
      if (end === -1) end = line.length;
      for (const { segment } of graphemeSegments(line.slice(index, end))) {
        const width = widthOf(segment);
        // A mark without a letter is added to the character before it, as terminals do.
        if (width === 0) join(texts, segment);
        else place(segment, width);
      }
      index = end;
    }
  }
  while (texts.length < columns) {
    texts.push(' ');
    styles.push(plain);
  }
  return { texts, styles };
}

function join(texts: string[], mark: string): void {
  const last = texts.findLastIndex((text) => text !== '');
  const text = texts[last];
  if (text !== undefined && text !== ' ' && !isControl(mark)) texts[last] = text + mark;
}

function isControl(text: string): boolean {
  return /^[\p{Control}\p{Surrogate}\p{Default_Ignorable_Code_Point}]+$/u.test(text);
}

/** The end of the control sequence that begins at `start`: CSI (ECMA-48, 5.4) and OSC (5.6). */
function sequenceEnd(line: string, start: number): number {
  const kind = line[start + 1];
  if (kind === '[') {
    let end = start + 2;
    while (end < line.length && line.charCodeAt(end) >= 0x20 && line.charCodeAt(end) < 0x40) end += 1;
    return Math.min(end + 1, line.length);
  }
  if (kind !== ']') return Math.min(start + 2, line.length);
  for (let end = start + 2; end < line.length; end++) {
    const code = line.charCodeAt(end);
    if (code === 0x07 || code === 0x9c) return end + 1;
    if (code === escapeCode) return line[end + 1] === '\\' ? end + 2 : end;
  }
  return line.length;
}

// The widths of characters on the process's terminal: a byte for each.
const unknown = 0xff;
const simpleWidths = new Uint8Array(0xa000).fill(unknown);
let measuredFor = columnsOfAmbiguous();

/**
 * The columns of a character that never joins its neighbour: ASCII, Latin letters, lines, bars and arrows, Han characters; 0
 * for all others. Each is measured when it is used first: to measure all of them takes half a second.
 */
function simpleWidth(code: number): number {
  if (code >= simpleWidths.length) return 0;
  let width = simpleWidths[code] ?? unknown;
  if (width === unknown) {
    width = isSimple(code) ? widthOf(String.fromCharCode(code)) : 0;
    simpleWidths[code] = width;
  }
  return width;
}

/** Whether a simple character is complete if this one follows. */
function isBoundary(next: number): boolean {
  return next === escapeCode || simpleWidth(next) > 0;
}

function isSimple(code: number): boolean {
  if (code < 0x7f) return code >= blankCode;
  return (
    (code >= 0xa1 && code < 0x300 && code !== 0xa9 && code !== 0xad && code !== 0xae) ||
    (code >= 0x2010 && code < 0x2028) ||
    (code >= 0x2190 && code < 0x2800) ||
    (code >= 0x4e00 && code < 0xa000)
  );
}
