import type { Row } from './cells.ts';
import { disputedReach, type Reach } from './disputed-width.ts';
import { plain } from './sgr.ts';
import { createWriter, type Writer } from './writer.ts';

/**
 * The control sequences and texts that change one screen to another, in few bytes: only cells that differ; empty if none does.
 * Both screens have the same size, the cursor is hidden, lines do not wrap, and the style is plain before and after.
 */
export function difference(
  before: readonly Row[],
  after: readonly Row[],
  columns: number,
  reachOf: Reach = disputedReach,
): string {
  const writer = createWriter(after, columns, reachOf);
  for (const [row, cells] of after.entries()) {
    const old = before[row];
    if (old !== undefined && old !== cells) drawRow(writer, row, old, cells, columns, reachOf);
  }
  return writer.end();
}

function drawRow(writer: Writer, row: number, old: Row, cells: Row, columns: number, reachOf: Reach): void {
  const end = blankFrom(cells, columns);
  // The neighbours of a character of disputed width are always written after it.
  let disturbed = 0;
  for (let column = 0; column < columns; column++) {
    const text = cells.texts[column] ?? ' ';
    if (text === '' || (column >= disturbed && isSame(old, cells, column))) continue;
    if (column >= end && erases(writer, row, column, end, old, columns)) return;
    writer.draw(row, column);
    const reach = reachOf(text);
    if (reach > 0) disturbed = Math.max(disturbed, column + reach);
  }
}

/** Erases the rest of a row, if that takes fewer bytes than the blanks that are needed there. Returns whether it did. */
function erases(writer: Writer, row: number, column: number, end: number, old: Row, columns: number): boolean {
  let last = column;
  for (let each = column; each < columns; each++) {
    if (!isBlank(old, each)) last = each;
  }
  // From the end of the text, if the cursor is there.
  const from = writer.erasingCost(row, end) < writer.erasingCost(row, column) ? end : column;
  if (writer.erasingCost(row, from) >= writer.blankingCost(row, column, last - column + 1)) return false;
  writer.eraseFrom(row, from);
  return true;
}

function isSame(old: Row, cells: Row, column: number): boolean {
  return old.texts[column] === cells.texts[column] && old.styles[column] === cells.styles[column];
}

function isBlank(row: Row, column: number): boolean {
  return row.texts[column] === ' ' && row.styles[column] === plain;
}

/** The column from which on the row is blank. */
function blankFrom(row: Row, columns: number): number {
  let end = columns;
  while (end > 0 && isBlank(row, end - 1)) end -= 1;
  return end;
}
