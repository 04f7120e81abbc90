import type { Row } from './cells.ts';
import type { Reach } from './disputed-width.ts';
import { plain, type Style, showsOnBlank, transition } from './sgr.ts';

/**
 * Writes cells onto a screen in the fewest bytes that it finds: it knows where the cursor is and how the terminal
 * draws, and takes of all ways to the next cell the shortest one.
 *
 * It begins at an absolute place and begins and ends with the plain style: output of other programs in between does not
 * change where this is drawn.
 */
export interface Pen {
  /** Draws the cell at this place of the rows, both from 0. */
  draw(row: number, column: number): void;
  /** Makes the rest of a row blank, from this column on. */
  eraseFrom(row: number, column: number): void;
  /** Bytes that `eraseFrom` would take now. */
  erasingCost(row: number, column: number): number;
  /** Bytes that a number of blanks would take now, at most. */
  blankingCost(row: number, column: number, blanks: number): number;
  /** All that was drawn. */
  end(): string;
}

interface Way {
  readonly text: string;
  readonly style: Style;
  readonly bytes: number;
}

const erase = '\u001B[K';

/** @param rows the cells of the screen that the writer may write again on its way */
export function createPen(rows: readonly Row[], columns: number, reachOf: Reach): Pen {
  let written = '';
  let style = plain;
  /** Where the cursor is; a column of -1 is one that is not known. */
  let atRow = -1;
  let atColumn = -1;

  /** The way from one column of a row to another over the cells between, which are written once more. */
  function over(row: number, from: number, to: number, before: Style, limit: number): Way | null {
    const cells = rows[row];
    let text = '';
    let bytes = 0;
    let current = before;
    for (let column = from; column < to; column++) {
      const cell = cells?.texts[column] ?? ' ';
      if (cell === '') {
        // The second half of a character whose first half was not written.
        if (column === from) return null;
        continue;
      }
      if (reachOf(cell) > 0) return null;
      const wanted = styleFor(cell, cells?.styles[column] ?? plain, current);
      const change = transition(current, wanted);
      text += change + cell;
      bytes += change.length + byteLength(cell);
      current = wanted;
      if (bytes >= limit) return null;
    }
    // A wide character that reaches over the goal.
    return cells?.texts[to] === '' ? null : { text, style: current, bytes };
  }

  function along(row: number, from: number, to: number, before: Style): Way {
    let best = sequence(columnMove(from, to), before);
    if (from <= to) {
      const written = over(row, from, to, before, best.bytes + 8);
      if (written !== null && total(written, row, to) < total(best, row, to)) best = written;
    }
    return best;
  }

  /** Bytes of a way together with the change of style that the cell at its end needs. */
  function total(way: Way, row: number, column: number): number {
    return way.bytes + transition(way.style, wantedAt(row, column, way.style)).length;
  }

  function wantedAt(row: number, column: number, current: Style): Style {
    const cells = rows[row];
    return styleFor(cells?.texts[column] ?? ' ', cells?.styles[column] ?? plain, current);
  }

  function move(row: number, column: number): void {
    if (row === atRow && column === atColumn) return;
    let best = sequence(placeMove(row, column), style);
    const consider = (way: Way): void => {
      if (total(way, row, column) < total(best, row, column)) best = way;
    };
    if (row === atRow) {
      consider(sequence(`\u001B[${column + 1}G`, style));
      if (column === 0) consider(sequence('\r', style));
      if (atColumn >= 0) consider(along(row, atColumn, column, style));
    } else if (atRow >= 0 && row > atRow) {
      const down = row - atRow === 1 ? '\u001B[B' : `\u001B[${row - atRow}B`;
      if (atColumn >= 0) consider(after(down, along(row, atColumn, column, style)));
      // The terminal's driver makes two bytes of the line feed.
      if (row - atRow === 1) consider(after('\r\n', along(row, 0, column, style), 3));
    }
    put(best.text, best.style);
    atRow = row;
    atColumn = column;
  }

  function moveCost(row: number, column: number): number {
    return row === atRow && column === atColumn ? 0 : placeMove(row, column).length;
  }

  function put(text: string, now: Style): void {
    written += text;
    style = now;
  }

  function restyle(wanted: Style): void {
    put(transition(style, wanted), wanted);
  }

  return {
    draw(row, column) {
      const text = rows[row]?.texts[column] ?? ' ';
      move(row, column);
      restyle(wantedAt(row, column, style));
      let end = column + 1;
      while (end < columns && rows[row]?.texts[end] === '') end += 1;
      if (reachOf(text) === 0) {
        written += text;
        // Beyond the last column terminals differ in where the cursor is.
        atColumn = end < columns ? end : -1;
        return;
      }
      // Where the terminal takes it for narrower, something else would stay in its last column.
      if (end - column > 1) written += `${' '.repeat(end - column)}\u001B[${column + 1}G`;
      written += text;
      atColumn = -1;
    },
    eraseFrom(row, column) {
      move(row, column);
      restyle(plain);
      written += erase;
    },
    erasingCost: (row, column) => moveCost(row, column) + transition(style, plain).length + erase.length,
    blankingCost: (row, column, blanks) =>
      moveCost(row, column) + (showsOnBlank(style) ? transition(style, plain).length : 0) + blanks,
    end() {
      restyle(plain);
      return written;
    },
  };
}

/** A blank takes the style that is on, where that does not show. */
function styleFor(text: string, wanted: Style, current: Style): Style {
  return text === ' ' && wanted === plain && !showsOnBlank(current) ? current : wanted;
}

function sequence(text: string, style: Style): Way {
  return { text, style, bytes: text.length };
}

function after(text: string, way: Way, bytes = text.length): Way {
  return { text: text + way.text, style: way.style, bytes: bytes + way.bytes };
}

function placeMove(row: number, column: number): string {
  if (column > 0) return `\u001B[${row + 1};${column + 1}H`;
  return row === 0 ? '\u001B[H' : `\u001B[${row + 1}H`;
}

/** Within a row, to the right or to the left. */
function columnMove(from: number, to: number): string {
  const by = to - from;
  if (by === 0) return '';
  const absolute = `\u001B[${to + 1}G`;
  const relative = by > 0 ? `\u001B[${by === 1 ? '' : by}C` : by >= -4 ? '\b'.repeat(-by) : `\u001B[${-by}D`;
  return to === 0 ? '\r' : relative.length <= absolute.length ? relative : absolute;
}

/** UTF-8 bytes of a text. */
function byteLength(text: string): number {
  if (text.length > 1) return Buffer.byteLength(text);
  const code = text.charCodeAt(0);
  return code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
}
