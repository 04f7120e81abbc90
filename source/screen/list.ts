import { operationKey } from '../domain/operation.ts';
import { keyOf } from '../monitor/commands.ts';
import { unappliedTerms } from '../monitor/filter-views.ts';
import { isOutside } from '../monitor/outside.ts';
import { briefSeconds } from '../monitor/pace.ts';
import { type Cursor, type MonitorState, shown } from '../monitor/state.ts';
import { sortedList } from '../monitor/views.ts';
import { type CellContext, type Column, rowLine, type SortedBy, titleLine } from '../presentation/columns.ts';
import { count, duration } from '../presentation/figures.ts';
import { topFor } from '../presentation/layout.ts';
import { cutLine, lineWidth, text } from '../presentation/line.ts';
import { selectedText } from '../presentation/no-operations.ts';
import { fitColumns, needsOf, placeColumns } from '../presentation/placed-columns.ts';
import type { ListRow } from '../presentation/rows.ts';
import { isDescending, isStartOrder, type Order, startOrder } from '../presentation/sorts.ts';
import { noSteadyColumns, type SteadyColumns } from '../presentation/steady-columns.ts';
import { widthOf, wrap } from '../presentation/text-width.ts';
import type { Line, Segment, Theme } from '../presentation/theme.ts';

/** One row of the body. */
export interface BodyLine {
  readonly line: Line;
  /** Whether the cursor of the list is on it. */
  readonly selected?: boolean;
  /** The column of the caret, if the line is a text field that is being edited. */
  readonly caret?: number;
}

export interface ListOptions<Row extends ListRow> {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly cursor: Cursor;
  readonly width: number;
  /** How many rows fit below the titles. */
  readonly height: number;
  readonly context: CellContext;
  /** Shown when there are no rows. */
  readonly empty: string;
  /** How the rows are sorted; the title of that column is marked. */
  readonly order?: Order;
  /** Which columns it has shown since the view was opened. */
  readonly steady?: SteadyColumns;
}

/** The text of a list without rows: that the filter matches none; without a filter, `otherwise`. Under a restriction (`S`), of which operations. */
export function emptyText(state: MonitorState, otherwise: string): string {
  const { scope } = state.target;
  const lead = scope === undefined ? '' : `of ${selectedText(scope)}: `;
  if (state.filter === '') return `${lead}${otherwise}`;
  const also = state.acting.marks.size > 0 ? 'unmarks, and then ' : '';
  return `${lead}no matches (${keyOf(state, 'back')} ${also}clears the filter)`;
}

/** The cursor of a list that has lines of the view below it: its row is among the `height` rows that the list shows. */
export function shownCursor(cursor: Cursor, rows: readonly { readonly key: string }[], height: number): Cursor {
  const index = rows.findIndex(({ key }) => key === cursor.key);
  if (index === -1 || cursor.isPinned === true) return cursor;
  return { ...cursor, top: topFor(cursor.top, index, height, rows.length) };
}

/** The titles of the columns, and the rows that fit. */
export function listLines<Row extends ListRow>(options: ListOptions<Row>): BodyLine[] {
  const { rows, columns, cursor, width, height, context } = options;
  const { theme } = context;
  const visible = shownRows(rows, cursor, height);
  const needs = needsOf(columns, visible, context, options.steady?.needs);
  const placed = placeColumns(fitColumns(columns, rows, context, options.steady), width - 4, needs);
  const lines: BodyLine[] = [{ line: [text('   '), ...titleLine(placed, theme, sortedBy(columns, options.order))] }];
  if (rows.length === 0) return [...lines, { line: [text(`   ${options.empty}`, 'dim')] }];
  for (const row of visible) {
    const selected = row.key === cursor.key;
    const cells = rowLine(placed, row, context);
    const cursorMark = selected ? `${theme.glyphs.cursor} ` : '  ';
    lines.push({
      line: [
        text(isMarked(row, context) ? '*' : ' ', 'accent'),
        text(cursorMark),
        ...(isOutside(row) ? dimmed(cells) : cells),
      ],
      selected,
    });
  }
  return lines;
}

/** The rows in the window; a row of the cursor that a poll has moved below it is the last of them. */
function shownRows<Row extends ListRow>(rows: readonly Row[], cursor: Cursor, height: number): readonly Row[] {
  const page = rows.slice(cursor.top, cursor.top + height);
  if (cursor.isPinned !== true || page.some(({ key }) => key === cursor.key)) return page;
  const own = rows.find(({ key }) => key === cursor.key);
  return own === undefined ? page : [...page.slice(0, -1), own];
}

/** The lines, and blank ones up to the height. */
export function padded(lines: readonly BodyLine[], height: number): BodyLine[] {
  return [...lines, ...Array.from({ length: Math.max(0, height - lines.length) }, (): BodyLine => ({ line: [] }))];
}

/** Returns which columns the open list has shown since it was opened. */
export function steadyOf({ listed, view }: MonitorState): SteadyColumns {
  return listed[view]?.steady ?? noSteadyColumns;
}

/** The order of the open list. */
export function orderOf(state: MonitorState): Order {
  return state.sorts[state.view] ?? startOrder(sortedList(state));
}

function sortedBy<Row>(columns: readonly Column<Row>[], order: Order | undefined): SortedBy | null {
  const sort = columns.find((column) => column.sort !== undefined && column.sort.name === order?.by)?.sort;
  return sort === undefined || order === undefined
    ? null
    : { name: sort.name, isDescending: isDescending(sort, order) };
}

function dimmed(line: Line): Line {
  return line.map(({ text: part }) => text(part, 'dim'));
}

/** Says that the row under the cursor is no longer of those that the filter shows; empty if it is. */
export function outsideNote({ listed, view }: MonitorState): string {
  return listed[view]?.outside == null ? '' : '1 outside the filter';
}

/**
 * Says that the row under the cursor is no longer one that the title names: `selected: completed`, of failures `selected: resolved`;
 * empty if it is.
 */
export function endedNote(state: MonitorState): string {
  const { ended = null, outside = null } = state.listed[state.view] ?? {};
  if (ended === null || outside !== null) return '';
  const resolution = ended.status === 'failed' ? shown(state)?.triage.of(ended.id)?.resolution.kind : undefined;
  return `selected: ${resolution ?? ended.status}`;
}

/** The terms of the filter that the open view does not apply; empty if it applies all. */
export function unappliedNote({ view, filter }: MonitorState): string {
  const terms = unappliedTerms(view, filter);
  return terms.length === 0 ? '' : `does not apply ${terms.join(' ')}`;
}

function isMarked(row: ListRow, { marks }: CellContext): boolean {
  return marks !== undefined && row.kind === 'operation' && marks.has(operationKey(row.operation));
}

/**
 * The title of a list with its notes, and the list. Notes that the title has no room for are below the list, on blank rows or, in
 * a window that is not low, on one that the list gives up.
 *
 * @param height how many rows there are for the list with the titles of its columns
 * @param titleOf makes the title of a list with a number of rows below its titles
 * @param listOf makes that list
 */
export function noted(
  titleOf: (rows: number) => BodyLine,
  notes: readonly string[],
  listOf: (rows: number) => readonly BodyLine[],
  { height, width, theme }: { readonly height: number; readonly width: number; readonly theme: Theme },
): BodyLine[] {
  const inTitle: Segment[] = [...titleOf(height - 1).line];
  const rest = [...notes.filter((note) => note !== '')];
  while (rest[0] !== undefined && lineWidth(inTitle) + noteGap.length + widthOf(rest[0]) <= width)
    inTitle.push(text(`${noteGap}${rest.shift()}`, 'dim'));
  const list = listOf(height - 1);
  if (rest.length === 0) return [{ line: inTitle }, ...list];
  const all = wrap(rest.join(noteGap), width - noteIndent.length);
  const noteLine = (note: string): BodyLine => ({ line: cutLine([text(`${noteIndent}${note}`, 'dim')], width, theme) });
  if (all.length < height - list.length)
    return [{ line: inTitle }, ...padded(list, height - all.length), ...all.map(noteLine)];
  if (height < leastForNotes)
    return [{ line: cutLine([...inTitle, text(`${noteGap}${rest.join(noteGap)}`, 'dim')], width, theme) }, ...list];
  // Half a note says something else than all of it.
  const whole = rest.filter((_, index) => widthOf(rest.slice(0, index + 1).join(noteGap)) <= width - noteIndent.length);
  const shorter: Line = [...titleOf(height - 2).line, ...inTitle.slice(titleOf(height - 1).line.length)];
  const note = whole.length === 0 ? (rest[0] ?? '') : whole.join(noteGap);
  return [{ line: shorter }, ...padded(listOf(height - 2), height - 1), noteLine(note)];
}

/** A lower list gives up no row for notes. */
const leastForNotes = 12;
const noteGap = '  ';
/** Before notes below a list. */
export const noteIndent = '   ';

/** The place of the rows that a list shows: the first of them, and the row of the cursor that is the last of them wherever a poll has moved it (-1 if none is). */
interface Place {
  readonly top: number;
  readonly pinned?: number;
}

/** The place of the rows that a list with this cursor shows. */
export function placeOf({ top, key, isPinned }: Cursor, rows: readonly { readonly key: string }[]): Place {
  return { top, pinned: isPinned === true ? rows.findIndex((row) => row.key === key) : -1 };
}

/** The title of a list, with the rows that are shown if not all are: `1-12 of 40`; `1-11, 30 of 40` with a row that a poll has moved. */
export function listTitle(
  name: string,
  rows: number,
  { top, pinned = -1 }: Place,
  height: number,
  note = '',
): BodyLine {
  const end = Math.min(rows, top + height);
  const isMoved = pinned >= end;
  const parts = [rangeText(top, isMoved ? end - 1 : end), isMoved ? count(pinned + 1) : ''].filter(Boolean);
  const position = rows > height ? `  ${parts.join(', ')} of ${count(rows)}` : '';
  return { line: [text(` ${name}`, 'strong'), text(position, 'dim'), text(note === '' ? '' : `  ${note}`, 'dim')] };
}

/** The rows from one index to before another: `1-12`; '' if there are none. */
function rangeText(from: number, to: number): string {
  return to > from ? `${count(from + 1)}-${count(to)}` : '';
}

/** `rec/s over 12s`, while rates cover less time than the column says: until they were watched for a minute. */
export function rateNote(state: MonitorState): string {
  const observation = shown(state);
  const seconds = observation === null ? null : briefSeconds(state, observation);
  return seconds === null ? '' : `rec/s over ${duration(Math.max(1, Math.round(seconds)))}`;
}

/** The order of the open list, unless it is the one that it starts with and a title of a column shows it. */
export function sortNote(state: MonitorState): string {
  const order = orderOf(state);
  if (order.by === 'trouble') return order.reverse ? 'trouble last' : 'trouble first';
  if (isStartOrder(sortedList(state), order) && !order.reverse) return '';
  return `by ${order.by}${order.reverse ? ', reversed' : ''}`;
}
