import { toWidth, widthOf } from './text-width.ts';
import type { Line, Segment, Theme, Tone } from './theme.ts';

/** A column of a list. */
export interface Column<Row> {
  readonly title: string;
  /** Columns of the terminal; a column that grows takes at least these, and its part of what is left. */
  readonly width: number;
  readonly grow?: number;
  readonly align?: 'left' | 'right';
  /** Never cut: as wide as its longest text needs. An id that lacks digits names another operation. */
  readonly whole?: boolean;
  /** Shown only where the list has at least this much room. */
  readonly from?: number;
  readonly cell: (row: Row, width: number) => Cell;
}

/** A cell's text with its tone, or segments that already have the column's width. */
export type Cell = string | { readonly text: string; readonly tone: Tone } | readonly Segment[];

interface Placed<Row> {
  readonly column: Column<Row>;
  readonly width: number;
}

const gap = '  ';
/** Columns below which a cut text says nothing. */
const narrowest = 6;

/** Which columns a list of a width shows, and how wide each is. */
export function placeColumns<Row>(columns: readonly Column<Row>[], width: number): readonly Placed<Row>[] {
  const visible = columns.filter((column) => (column.from ?? 0) <= width);
  const needed = (): number => visible.reduce((sum, { width: own }) => sum + own + gap.length, -gap.length);
  // Where even the least widths are too much, the columns that not every window shows give way, the last one first.
  for (let last = visible.length - 1; last >= 0 && needed() > width; last--) {
    if (visible[last]?.from !== undefined) visible.splice(last, 1);
  }
  // Then those that would grow are narrower, and their long texts are cut: nothing falls off the right edge.
  for (const [index, column] of visible.entries()) {
    const over = needed() - width;
    if (over > 0 && column.grow !== undefined)
      visible[index] = { ...column, width: Math.max(Math.min(narrowest, column.width), column.width - over) };
  }
  const fixed = needed();
  const shares = visible.reduce((sum, column) => sum + (column.grow ?? 0), 0);
  let left = Math.max(0, width - fixed);
  let sharesLeft = shares;
  return visible.map((column) => {
    const extra = sharesLeft === 0 ? 0 : Math.floor((left * (column.grow ?? 0)) / sharesLeft);
    left -= extra;
    sharesLeft -= column.grow ?? 0;
    return { column, width: column.width + extra };
  });
}

/** The columns, those that must not be cut as wide as these rows need them. */
export function fitColumns<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): readonly Column<Row>[] {
  return columns.map((column) => {
    if (column.whole !== true) return column;
    const needed = rows.map((row) => {
      const cell = column.cell(row, column.width);
      return typeof cell === 'string' ? widthOf(cell) : 0;
    });
    return { ...column, width: Math.max(column.width, ...needed) };
  });
}

/** The titles over the columns. */
export function titleLine<Row>(placed: readonly Placed<Row>[], theme: Theme): Line {
  return joinCells(
    placed.map(({ column, width }) => [
      { text: toWidth(column.title, width, column.align, theme.glyphs.ellipsis), tone: 'dim' as const },
    ]),
  );
}

/** One row of a list. */
export function rowLine<Row>(placed: readonly Placed<Row>[], row: Row, theme: Theme): Line {
  return joinCells(placed.map(({ column, width }) => cellSegments(column, column.cell(row, width), width, theme)));
}

function cellSegments<Row>(column: Column<Row>, cell: Cell, width: number, theme: Theme): Line {
  if (typeof cell === 'string') return [{ text: toWidth(cell, width, column.align, theme.glyphs.ellipsis) }];
  if ('text' in cell)
    return [{ text: toWidth(cell.text, width, column.align, theme.glyphs.ellipsis), tone: cell.tone }];
  const used = cell.reduce((sum, segment) => sum + widthOf(segment.text), 0);
  return [...cell, { text: ' '.repeat(Math.max(0, width - used)) }];
}

function joinCells(cells: readonly Line[]): Line {
  return cells.flatMap((cell, index) => (index === 0 ? cell : [{ text: gap }, ...cell]));
}
