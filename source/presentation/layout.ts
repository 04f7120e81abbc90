import type { ViewId } from './view-id.ts';
import type { Window } from './window.ts';

/** A smaller window shows only one line with this size; polling continues. */
export const smallest: Window = { columns: 60, rows: 15 };

/** Whether the window is smaller than `smallest`: then no list is shown, and no key acts on a row. */
export function isTooSmall(window: Window): boolean {
  return window.columns < smallest.columns || window.rows < smallest.rows;
}

/** Header, migration line, counts and tabs above; toast and key line below. */
const frameRows = 6;

/** Rows between the frame's upper and lower lines. */
export function bodyRows(window: Window): number {
  return Math.max(0, window.rows - frameRows);
}

/** From this width on, a list of operations leaves room at its right for the detail of the selected one. */
export const dockedFrom = 180;
export const dockColumns = 72;

/** Whether the detail of the selected row is docked: only beside lists whose rows are operations. */
export function isDocked(view: ViewId, window: Window): boolean {
  return window.columns >= dockedFrom && view !== 'tables' && view !== 'activity';
}

/** The width of a view's list in columns. */
export function listColumns(view: ViewId, window: Window): number {
  return isDocked(view, window) ? window.columns - dockColumns : window.columns;
}

/** How the Overview divides its body, titles included. */
export interface OverviewRows {
  readonly phases: number;
  readonly workers: number;
  readonly failures: number;
}

/** How many rows the lists of the Overview have; Infinity if that is not known. */
export interface OverviewNeeds {
  readonly live: number;
  readonly kinds: number;
}

const unknownNeeds: OverviewNeeds = { live: Number.POSITIVE_INFINITY, kinds: Number.POSITIVE_INFINITY };

/**
 * The six phases, the live operations, and as many of the unresolved kinds of failure as there are. More kinds than usual get the rows that
 * the live operations leave empty.
 */
export function overviewRows(window: Window, { live, kinds }: OverviewNeeds = unknownNeeds): OverviewRows {
  const body = bodyRows(window);
  // The lowest window has no room for the last phase.
  const phases = Math.min(7, body - 3);
  // Three kinds are usually enough; a higher window has room for a few more.
  const wanted = 4 + Math.max(0, Math.min(8, Math.floor((body - 22) / 3)));
  // A low window has the phases and a worker; its failures are counted in the header.
  const room = body - phases - 3;
  const most = 1 + Math.max(1, kinds);
  const usual = room < 2 ? 0 : Math.min(wanted, room, most);
  // The titles of the list of live operations take two rows; an empty one says so in a row.
  const spare = Math.max(0, body - phases - usual - 2 - Math.max(1, live));
  const failures = usual === 0 || kinds === Number.POSITIVE_INFINITY ? usual : Math.min(most, usual + spare);
  return { phases, workers: Math.max(3, body - phases - failures), failures };
}

/** How many rows of its list a view shows at once; the Overview has this many unresolved kinds of failure below it. */
export function listRows(view: ViewId, window: Window, needs?: OverviewNeeds): number {
  // A title and the column titles are above the list.
  return Math.max(1, (view === 'overview' ? overviewRows(window, needs).workers : bodyRows(window)) - 2);
}

/** How many rows of each list texts below it may take, or a second line of its title, in a window where it is longer than that. */
const rowsOfTexts: Readonly<Record<ViewId, number>> = {
  overview: 1,
  workers: 1,
  failures: 6,
  tables: 4,
  operations: 1,
  activity: 5,
};

/** How many rows a page has: at most as many as its list certainly shows, so that no row is passed unseen. */
export function pageRows(view: ViewId, window: Window, needs?: OverviewNeeds): number {
  const rows = listRows(view, window, needs);
  return Math.max(Math.ceil(rows / 2), rows - rowsOfTexts[view]);
}

/** The first row to show, so that the cursor is in the window and no blank rows are below the last row. */
export function topFor(top: number, index: number, shownRows: number, allRows: number): number {
  const highest = Math.max(0, allRows - shownRows);
  const needed = index < top ? index : index >= top + shownRows ? index - shownRows + 1 : top;
  return Math.max(0, Math.min(needed, highest));
}

/** From this width on, the detail view shows texts and facts side by side. */
export const sideBySideFrom = 160;

/** Columns that one part of the detail view has. */
export function detailColumns(window: Window): number {
  return window.columns >= sideBySideFrom ? Math.floor(window.columns / 2) - 1 : window.columns;
}

/** Rows of a scrolled text that fit into the body, below its title and a second line: the state, or the names of columns. */
export function overlayRows(_kind: 'detail' | 'help', window: Window): number {
  return Math.max(1, bodyRows(window) - 2);
}
