import { type CellContext, type Column, cellText, gap, naturalRoom, naturalWidth, type Placed } from './columns.ts';
import { sharedWidths } from './shared-widths.ts';
import { columnKey, noSteadyColumns, type SteadyColumns } from './steady-columns.ts';
import { widthOf } from './text-width.ts';

/** Minimum width of a text that is cut. */
const narrowest = 6;
/** No column is left out for more of a name than this. */
const usualName = 32;
/** Narrower lists show short titles: names need the room. */
const shortTitlesBelow = 96;

/**
 * Which columns a list of a width shows, and how wide each is.
 *
 * @param needs how wide the longest text of each column that grows is: free columns go first to those whose texts are cut
 */
export function placeColumns<Row>(
  columns: readonly Column<Row>[],
  width: number,
  needs: ColumnNeeds = noNeeds,
): readonly Placed<Row>[] {
  const visible = columns.filter(({ from = 0, until = Number.POSITIVE_INFINITY }) => from <= width && width < until);
  const needed = (): number => visible.reduce((sum, { width: own }) => sum + own + gap.length, -gap.length);
  // If the minimum widths do not fit, columns that narrow lists omit are removed: those first that only wide lists have.
  const omitted = visible.filter(({ from }) => from !== undefined).toReversed();
  for (const column of omitted.toSorted((a, b) => (b.from ?? 0) - (a.from ?? 0))) {
    if (needed() <= width) break;
    visible.splice(visible.indexOf(column), 1);
  }
  const needOf = (column: Column<Row>): number | undefined =>
    column.grow === undefined ? undefined : needs.get(hasUsual(column) ? usualKey(column) : columnKey(column));
  for (const column of visible.filter(({ yieldsTo }) => yieldsTo !== undefined)) {
    const names = visible.find(({ title }) => title === column.yieldsTo);
    const lacking = names === undefined ? 0 : Math.min(usualName, needOf(names) ?? 0) - names.width;
    if (needed() + Math.max(0, lacking) > width) visible.splice(visible.indexOf(column), 1);
  }
  /** Makes columns narrower, from left to right, until all fit: each to its least width, if it has one. */
  const shrink = (leastOf: (column: Column<Row>) => number | undefined): void => {
    for (const [index, column] of visible.entries()) {
      const over = needed() - width;
      const least = leastOf(column) ?? column.width;
      if (over > 0 && least < column.width) visible[index] = { ...column, width: Math.max(least, column.width - over) };
    }
  };
  shrink(({ isName, least }) => (isName === true ? least : undefined));
  shrink(({ longer, least }) => (longer === undefined ? undefined : least));
  shrink(({ least }) => least);
  // If they still do not fit, the columns that grow become narrower: the last column must not leave the window.
  shrink(({ grow = 0 }) => (grow > 0 ? narrowest : undefined));
  shrink(({ longer }) => (longer === undefined ? undefined : narrowest));
  for (const [index, column] of visible.entries()) {
    if (column.shortTitle === undefined) continue;
    const missing = Math.max(0, widthOf(column.title) - column.width);
    if (missing > 0 && (width < shortTitlesBelow || needed() + missing > width))
      visible[index] = { ...column, title: column.shortTitle };
    else visible[index] = { ...column, width: column.width + missing };
  }
  // A column of short texts needs less than its usual width: the others get the rest.
  for (const [index, column] of visible.entries()) {
    const need = needOf(column);
    if (need !== undefined && need < column.width)
      visible[index] = { ...column, width: Math.min(column.width, Math.max(widthOf(column.title), need)) };
  }
  const sharing = visible.map((column, index) => {
    const fills = hasUsual(column) ? needs.get(columnKey(column)) : column.isFilling === true ? column.most : undefined;
    return {
      ...column,
      need: needOf(column) ?? 0,
      ...(fills !== undefined && { fills }),
      takesRest: column.longer !== undefined && index === visible.length - 1,
    };
  });
  const widths = sharedWidths(sharing, Math.max(0, width - needed()));
  return visible.map((column, index) => ({ column, width: widths[index] ?? column.width }));
}

/**
 * How wide the longest text of each column that grows is, by `columnKey`; where that is more than the column usually needs, this need too, by
 * `usualKey`.
 */
export type ColumnNeeds = ReadonlyMap<string, number>;
const noNeeds: ColumnNeeds = new Map();

/** Whether a column usually needs less than its longest text: a list says how many more there are, other texts may have empty columns. */
function hasUsual<Row>({ isList = false, isMeasured }: Column<Row>): boolean {
  return isList || isMeasured !== undefined;
}

function usualKey<Row>(column: Column<Row>): string {
  return `${columnKey(column)} usual`;
}

/** How wide the longest text of each column that grows is in these rows. */
export function needsOf<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  context: CellContext,
  before: ColumnNeeds = noNeeds,
): ColumnNeeds {
  const needs = new Map(before);
  for (const column of columns) {
    if (column.grow === undefined || column.isFilling === true) continue;
    const widen = (key: string, of: readonly Row[], room: number): void => {
      for (const row of of) {
        const width = Math.min(naturalWidth(column, row, context, room), column.most ?? naturalRoom);
        if (width > (needs.get(key) ?? 0)) needs.set(key, width);
      }
    };
    widen(columnKey(column), rows, naturalRoom);
    const { isMeasured = () => true, isList = false } = column;
    if (hasUsual(column)) widen(usualKey(column), rows.filter(isMeasured), isList ? column.width : naturalRoom);
  }
  return needs;
}

/** The columns with the widths that these rows need, or earlier rows needed: of those that are never cut, and of those with a longer width. */
export function fitColumns<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  context: CellContext,
  { widths }: SteadyColumns = noSteadyColumns,
): readonly Column<Row>[] {
  return columns.map((column) => {
    const before = widths.get(columnKey(column)) ?? 0;
    const needed = widthNeeded(column, rows, context);
    return needed === null ? column : { ...column, width: Math.max(column.width, before, needed) };
  });
}

/** How wide a column has to be for these rows: as their longest text, or one of its two widths; null if other columns decide it too. */
export function widthNeeded<Row>(
  { whole = false, longer, width, cell }: Column<Row>,
  rows: readonly Row[],
  context: CellContext,
): number | null {
  if (!whole && longer === undefined) return null;
  const widest = Math.max(...rows.map((row) => widthOf(cellText(cell(row, width, context)))), 0);
  return longer === undefined || widest <= width ? widest : longer;
}
