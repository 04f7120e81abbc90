import type { Row } from './cells.ts';
import { disputedReach, type Reach } from './disputed-width.ts';
import { plain } from './sgr.ts';
import { createPen, type Pen } from './writer.ts';

/**
 * What makes one screen of another: control sequences and text for the cells that differ, as few bytes as can be; empty
 * where none does. Both have the same size, the cursor is hidden, lines do not wrap, and the style is the plain one
 * before and after.
 */
export function difference(
  before: readonly Row[],
  after: readonly Row[],
  columns: number,
  reachOf: Reach = disputedReach,
): string {
  const pen = createPen(after, columns, reachOf);
  for (const [row, cells] of after.entries()) {
    const old = before[row];
    if (old !== undefined && old !== cells) drawRow(pen, row, old, cells, columns, reachOf);
  }
  return pen.end();
}

function drawRow(pen: Pen, row: number, old: Row, cells: Row, columns: number, reachOf: Reach): void {
  const end = blankFrom(cells, columns);
  // What stands beside a character that may be wider or narrower than we think is written after it in any case.
  let disturbed = 0;
  for (let column = 0; column < columns; column++) {
    const text = cells.texts[column] ?? ' ';
    if (text === '' || (column >= disturbed && isSame(old, cells, column))) continue;
    if (column >= end && erases(pen, row, column, end, old, columns)) return;
    pen.draw(row, column);
    const reach = reachOf(text);
    if (reach > 0) disturbed = Math.max(disturbed, column + reach);
  }
}

/** Erases the rest of a row, if that takes less than the blanks that have to be written there. */
function erases(pen: Pen, row: number, column: number, end: number, old: Row, columns: number): boolean {
  let last = column;
  for (let each = column; each < columns; each++) {
    if (!isBlank(old, each)) last = each;
  }
  // From where the text ends, if the cursor is there.
  const from = pen.erasingCost(row, end) < pen.erasingCost(row, column) ? end : column;
  if (pen.erasingCost(row, from) >= pen.blankingCost(row, column, last - column + 1)) return false;
  pen.eraseFrom(row, from);
  return true;
}

function isSame(old: Row, cells: Row, column: number): boolean {
  return old.texts[column] === cells.texts[column] && old.styles[column] === cells.styles[column];
}

function isBlank(row: Row, column: number): boolean {
  return row.texts[column] === ' ' && row.styles[column] === plain;
}

/** The first column from which on everything is blank. */
function blankFrom(row: Row, columns: number): number {
  let end = columns;
  while (end > 0 && isBlank(row, end - 1)) end -= 1;
  return end;
}
