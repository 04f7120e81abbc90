import type { Row } from './cells.ts';
import type { Reach } from './disputed-width.ts';
import { isVisibleOnBlank, plain, type Style, sequenceBetween } from './sgr.ts';

/**
 * Writes cells to a screen in few bytes: it knows the place of the cursor and the current style, and uses the shortest way to
 * the next cell.
 *
 * It begins with an absolute place, and begins and ends with the plain style, so output of other programs in between does
 * not move it.
 */
export interface Writer {
  /** Draws the cell at this place; both numbers begin at 0. */
  draw(row: number, column: number): void;
  /** Erases the rest of a row, from this column on. */
  eraseFrom(row: number, column: number): void;
  /** How many bytes `eraseFrom` would take now. */
  erasingCost(row: number, column: number): number;
  /** Maximum number of bytes that the blanks would take now. */
  blankingCost(row: number, column: number, blanks: number): number;
  /** Returns everything that was written. */
  end(): string;
}

interface Way {
  readonly text: string;
  readonly style: Style;
  readonly bytes: number;
}

const erase = '\u001B[K';

/** @param rows the cells of the screen: writing them again may be the shortest way to the next cell */
export function createWriter(rows: readonly Row[], columns: number, reachOf: Reach): Writer {
  let written = '';
  let style = plain;
  /** The place of the cursor; a column of -1 is unknown. */
  let atRow = -1;
  let atColumn = -1;

  /** The way from one column of a row to another that writes the cells in between again. */
  function over(row: number, from: number, to: number, before: Style, limit: number): Way | null {
    const cells = rows[row];
    let text = '';
    let bytes = 0;
    let current = before;
    for (let column = from; column < to; column++) {
      const cell = cells?.texts[column] ?? ' ';
      if (cell === '') {
        // The second half of a character; the first half was not written.
        if (column === from) return null;
        continue;
      }
      if (reachOf(cell) > 0) return null;
      const wanted = styleFor(cell, cells?.styles[column] ?? plain, current);
      const change = sequenceBetween(current, wanted);
      text += change + cell;
      bytes += change.length + byteLength(cell);
      current = wanted;
      if (bytes >= limit) return null;
    }
    // A wide character covers the goal.
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

  /** The bytes of a way, and of the change of style for the cell at its end. */
  function total(way: Way, row: number, column: number): number {
    return way.bytes + sequenceBetween(way.style, wantedAt(row, column, way.style)).length;
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
      // The terminal driver turns the line feed into two bytes.
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
    put(sequenceBetween(style, wanted), wanted);
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
        // After the last column, the place of the cursor depends on the terminal.
        atColumn = end < columns ? end : -1;
        return;
      }
      // If it is narrower on the terminal, its last column would keep the old text.
      if (end - column > 1) written += `${' '.repeat(end - column)}\u001B[${column + 1}G`;
      written += text;
      atColumn = -1;
    },
    eraseFrom(row, column) {
      move(row, column);
      restyle(plain);
      written += erase;
    },
    erasingCost: (row, column) => moveCost(row, column) + sequenceBetween(style, plain).length + erase.length,
    blankingCost: (row, column, blanks) =>
      moveCost(row, column) + (isVisibleOnBlank(style) ? sequenceBetween(style, plain).length : 0) + blanks,
    end() {
      restyle(plain);
      return written;
    },
  };
}

/** A blank keeps the current style, if that is not visible on it. */
function styleFor(text: string, wanted: Style, current: Style): Style {
  return text === ' ' && wanted === plain && !isVisibleOnBlank(current) ? current : wanted;
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

/** Moves the cursor within a row. */
function columnMove(from: number, to: number): string {
  const by = to - from;
  if (by === 0) return '';
  const absolute = `\u001B[${to + 1}G`;
  const relative = by > 0 ? `\u001B[${by === 1 ? '' : by}C` : by >= -4 ? '\b'.repeat(-by) : `\u001B[${-by}D`;
  return to === 0 ? '\r' : relative.length <= absolute.length ? relative : absolute;
}

/** The length of a text in UTF-8. */
function byteLength(text: string): number {
  if (text.length > 1) return Buffer.byteLength(text);
  const code = text.charCodeAt(0);
  return code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
}
