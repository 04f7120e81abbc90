import type { Zone } from '../domain/zone.ts';
import { columnKey, noSteadyColumns, type SteadyColumns } from './steady-columns.ts';
import { toWidth, truncate, truncateName, widthOf } from './text-width.ts';
import type { Line, Segment, Theme, Tone } from './theme.ts';

/** A column of a list: its title, its cells and its sort. The list, the sort keys and the legend of the help read it. */
export interface Column<Row> {
  readonly title: string;
  /** Shown instead of the title where a narrow list has no room for that. */
  readonly shortTitle?: string;
  /** The meaning of the cells, for the legend; none if the title is clear. */
  readonly help?: string;
  /**
   * Minimum width in columns of the terminal. A column that grows also takes a share of the free ones, and is narrower where its texts
   * are short; with a share of 0 it is only that.
   */
  readonly width: number;
  readonly grow?: number;
  /**
   * Longer texts do not widen it, unless columns are free: one long name is not worth the room of the others. Of a column that fills
   * itself, how wide it can use to be.
   */
  readonly most?: number;
  /** Whether its cells fill the column, as a bar does: it gets only what no text needs. */
  readonly isFilling?: boolean;
  /** Whether its cells are lists, which end with a number where not all items fit: usually they need less than their whole text. */
  readonly isList?: boolean;
  /** To this width the column becomes narrower before texts are cut; one of names before any other. */
  readonly least?: number;
  readonly align?: 'left' | 'right';
  /** Whether its cells are names: of a long one that ends with a number, the middle is cut. */
  readonly isName?: boolean;
  /** Whether a text that would be cut goes on over the columns after it that are empty in its row. */
  readonly takesEmpty?: boolean;
  /** Which rows decide how wide it has to be; absent: all. The texts of others have the room of empty columns, and what no text needs. */
  readonly isMeasured?: (row: Row) => boolean;
  /** The text that decides instead of a cell's own: it has room for a mark that may come later. */
  readonly measured?: (row: Row) => string;
  /** Never cut: as wide as its longest text. An id without some of its digits is the id of another operation. */
  readonly whole?: boolean;
  /**
   * How the title of the list names the value, if all rows have the same one: the column is then left out. Absent for columns
   * that always stay.
   */
  readonly common?: string;
  /** Left out if every cell is empty or a dash: its room is for others. */
  readonly isOmittedIfEmpty?: boolean;
  /**
   * Its width if a text is longer than `width`: so a text that grows by a few characters moves no other column. After names, it is the
   * first that is cut, to `least`. As the last column of a list it also gets the room that the others do not use.
   */
  readonly longer?: number;
  /** The title of a column of names: where the list would cut these, it is left out. */
  readonly yieldsTo?: string;
  /** Minimum width of the list in which the column is shown. */
  readonly from?: number;
  /** The width of the list from which on the column is not shown: another one takes its place. */
  readonly until?: number;
  readonly cell: (row: Row, width: number, context: CellContext) => Cell;
  /** How a list is sorted by this column; a list cannot be sorted by a column without it. */
  readonly sort?: ColumnSort<Row>;
}

export interface ColumnSort<Row> {
  /** As the title of the list and the keys name it. */
  readonly name: string;
  /** Rows without a value come last. */
  readonly value: (row: Row) => number | string | null;
  /** Which value comes first; the lowest if absent. */
  readonly first?: 'highest';
}

/** The data that cells need besides their row. */
export interface CellContext {
  /** When the snapshot was taken, in seconds on the database's clock, and the zone of its timestamps. */
  readonly takenAt: number;
  readonly zone: Zone | undefined;
  readonly theme: Theme;
  /** Whether a row-level security policy may hide rows from this user. */
  readonly mayBeHidden: boolean;
  /** The keys of the marked operations; absent if none are. */
  readonly marks?: { has(key: string): boolean };
}

/** A cell's text with its tone, or segments that already have the column's width. */
export type Cell = string | { readonly text: string; readonly tone: Tone } | readonly Segment[];

/** A column with the width that it has in a list. */
export interface Placed<Row> {
  readonly column: Column<Row>;
  readonly width: number;
}

/** Shown for a value that is not known yet, or does not apply. */
export const dash = '–';

/** The meaning of columns that several views have. */
export const recordsPerSecondHelp = 'records per second over the last minute, or the last four batches';
export const etaHelp = 'when it is done, from the rates of 1, 5 and 15 min';

/** Between two columns. */
export const gap = '  ';
/** A cell that grows is measured with this room. */
export const naturalRoom = 400;

/**
 * The columns without those whose cells are all the same, and these values for the title of the list: `phase execution`. A
 * value that is empty everywhere is not named. A column whose cells differed in the last minute stays.
 *
 * @param width of the list: columns that it has no room for are not named
 */
export function withoutCommon<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  context: CellContext,
  width: number,
  { differing }: SteadyColumns = noSteadyColumns,
): { readonly columns: readonly Column<Row>[]; readonly common: string } {
  const [first, ...others] = rows;
  if (first === undefined) return { columns, common: '' };
  const values = new Map<Column<Row>, string>();
  for (const column of columns) {
    const { common: name, isOmittedIfEmpty = false, from = 0 } = column;
    if ((name === undefined && !isOmittedIfEmpty) || from > width || differing.has(columnKey(column))) continue;
    const cellOf = (row: Row): string => cellText(column.cell(row, column.width, context));
    const value = cellOf(first);
    const isLeftOut = isEmpty(value) ? isOmittedIfEmpty || others.length > 0 : name !== undefined && others.length > 0;
    if (isLeftOut && others.every((row) => cellOf(row) === value)) values.set(column, value);
  }
  return {
    columns: columns.filter((column) => !values.has(column)),
    common: [...values]
      .filter(([{ common: name }, value]) => name !== undefined && !isEmpty(value))
      .map(([column, value]) => `${column.common} ${value}`)
      .join('  '),
  };
}

function isEmpty(value: string): boolean {
  const text = value.trim();
  return text === '' || text === dash;
}

/** The text of a cell without its tones. */
export function cellText(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  return 'text' in cell ? cell.text : cell.map(({ text }) => text).join('');
}

/** The column by which a list is sorted, and whether its highest value comes first. */
export interface SortedBy {
  readonly name: string;
  readonly isDescending: boolean;
}

/** The titles over the columns; the one by which the list is sorted has a mark. */
export function titleLine<Row>(placed: readonly Placed<Row>[], theme: Theme, sorted: SortedBy | null = null): Line {
  const { ascending, descending, ellipsis } = theme.glyphs;
  const mark = sorted?.isDescending === true ? descending : ascending;
  let isFilled = false;
  return placed.flatMap(({ column, width }, index): Line => {
    // Where the title of the column before fills it, its mark is in the gap.
    const before = index === 0 ? [] : [{ text: isFilled ? gap.slice(1) : gap }];
    isFilled = false;
    if (sorted === null || column.sort?.name !== sorted.name)
      return [...before, { text: toWidth(column.title, width, column.align, ellipsis), tone: 'dim' }];
    const title = column.title.trim();
    isFilled = widthOf(title) + widthOf(mark) > width;
    const room = width + Number(isFilled);
    const whole = `${truncate(title, Math.max(0, room - widthOf(mark)), '')}${mark}`;
    return [...before, { text: toWidth(whole, room, column.align, ellipsis), tone: 'plain' }];
  });
}

/** One row of a list. */
export function rowLine<Row>(placed: readonly Placed<Row>[], row: Row, context: CellContext): Line {
  return joinCells(
    withRoom(placed, row, context).map(({ column, width }) =>
      cellSegments(column, column.cell(row, width, context), width, context.theme),
    ),
  );
}

/** The columns of one row: a text that would be cut goes on over the empty cells after it. */
function withRoom<Row>(placed: readonly Placed<Row>[], row: Row, context: CellContext): readonly Placed<Row>[] {
  const isBlank = ({ column, width }: Placed<Row>): boolean => isEmpty(cellText(column.cell(row, width, context)));
  const columns: Placed<Row>[] = [];
  const rest = [...placed];
  for (let one = rest.shift(); one !== undefined; one = rest.shift()) {
    const need = one.column.takesEmpty === true ? naturalWidth(one.column, row, context) : 0;
    let { width } = one;
    for (let next = rest[0]; need > width && next !== undefined && isBlank(next); next = rest[0]) {
      width += gap.length + next.width;
      rest.shift();
    }
    columns.push({ ...one, width });
  }
  return columns;
}

/** How wide the whole text of a cell is. */
export function naturalWidth<Row>(column: Column<Row>, row: Row, context: CellContext, room = naturalRoom): number {
  return widthOf((column.measured?.(row) ?? cellText(column.cell(row, room, context))).trimEnd());
}

function cellSegments<Row>(column: Column<Row>, cell: Cell, width: number, theme: Theme): Line {
  const { ellipsis } = theme.glyphs;
  if (typeof cell === 'string') {
    const name = column.isName === true ? truncateName(cell, width, ellipsis) : cell;
    return [{ text: toWidth(name, width, column.align, ellipsis) }];
  }
  if ('text' in cell) return [{ text: toWidth(cell.text, width, column.align, ellipsis), tone: cell.tone }];
  const used = cell.reduce((sum, segment) => sum + widthOf(segment.text), 0);
  return [...cell, { text: ' '.repeat(Math.max(0, width - used)) }];
}

function joinCells(cells: readonly Line[]): Line {
  return cells.flatMap((cell, index) => (index === 0 ? cell : [{ text: gap }, ...cell]));
}
