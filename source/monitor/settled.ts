import { isLive } from '../domain/operation.ts';
import { detailRows } from '../presentation/detail-document.ts';
import { overlayRows, topFor } from '../presentation/layout.ts';
import type { ListRow } from '../presentation/rows.ts';
import type { ViewId } from '../presentation/view-id.ts';
import { commandsOf } from './commands.ts';
import { detailExtras } from './detail-extras.ts';
import { helpLength } from './help.ts';
import { listRowsOf } from './overview-kinds.ts';
import { withPace } from './pace.ts';
import { noCursor } from './page-cursor.ts';
import { type Cursor, type MonitorState, shown } from './state.ts';
import { listsOf, rowsOf, withRows } from './views.ts';

/** Keeps a scrolled text within its length. */
function settleOverlay(state: MonitorState): MonitorState {
  const { overlay, window } = state;
  if (overlay.kind !== 'detail' && overlay.kind !== 'help') return state;
  const length =
    overlay.kind === 'help'
      ? helpLength(commandsOf(state), window, overlay.here)
      : overlay.detail === null
        ? 0
        : detailRows(overlay.detail, window, detailExtras(state));
  const top = Math.max(0, Math.min(overlay.top, length - overlayRows(overlay.kind, window)));
  return top === overlay.top ? state : { ...state, overlay: { ...overlay, top } };
}

/** The operator asked for other rows: where the cursor's is not among them, it goes to the first. */
export function landed(state: MonitorState): MonitorState {
  const { key } = state.cursors[state.view];
  const row = rowsOf(state).find((one) => one.key === key);
  return row === undefined || hasLeft(state.view, row) ? withCursor(state, noCursor) : state;
}

/** Whether a row is only listed because the cursor is on it: an operation that has ended, among live ones. */
function hasLeft(view: ViewId, row: ListRow): boolean {
  return (view === 'overview' || view === 'workers') && row.kind === 'operation' && !isLive(row.operation.status);
}

/** Returns the state with this cursor in the open view. */
export function withCursor(state: MonitorState, cursor: Cursor): MonitorState {
  return { ...state, cursors: { ...state.cursors, [state.view]: cursor } };
}

/**
 * Where a kind of failure is gone that was under the cursor, the kind that was below it, else the one above it: whatever acts on a kind
 * asks first. Null if it is not gone, or if no kind is left.
 */
function nextKind(key: string, before: MonitorState, rows: readonly ListRow[]): string | null {
  const kinds = rows.filter(({ kind }) => kind === 'kind').map((row) => row.key);
  if (kinds.includes(key)) return null;
  const all = before.listed[before.view]?.rows.map((row) => row.key) ?? [];
  const was = all.indexOf(key);
  const left = (keys: readonly string[]): string | undefined => keys.find((one) => kinds.includes(one));
  return left(all.slice(was + 1)) ?? left(all.slice(0, Math.max(0, was)).reverse()) ?? kinds[0] ?? null;
}

/**
 * Where the row was that has left the list: before the first row below it that is still there, else after the last row. The cursor
 * stays on none, so that no key acts on another operation.
 */
function placeLeft({ key, index }: Cursor, before: MonitorState, rows: readonly ListRow[]): number {
  const all = before.listed[before.view]?.rows.map((row) => row.key) ?? [];
  const was = all.indexOf(key ?? '');
  const places = new Map(rows.map((row, place) => [row.key, place]));
  for (const below of all.slice(was === -1 ? index : was + 1)) {
    const place = places.get(below);
    if (place !== undefined) return place;
  }
  return all.length === 0 ? Math.min(index, rows.length) : rows.length;
}

/** Puts the cursor on a first row, follows its row to where it is now, and keeps it in the window. */
export function settle(given: MonitorState): MonitorState {
  const state = withRows(withPace(settleOverlay(given)));
  if (shown(state) === null) return state;
  const rows = rowsOf(state);
  const before = state.cursors[state.view];
  const cursor = before.isOnFirst === true ? { ...before, key: rows[0]?.key ?? null, index: 0, top: 0 } : before;
  const next = cursor.key?.startsWith('kind ') === true ? nextKind(cursor.key, given, rows) : null;
  const key = next ?? cursor.key ?? rows[0]?.key ?? null;
  const found = rows.findIndex((row) => row.key === key);
  const index = found === -1 ? placeLeft(cursor, given, rows) : found;
  const scrolling = state.view === 'overview' ? listsOf(state, 'overview').operations.length : rows.length;
  const visible = listRowsOf(state);
  // A row that a poll has moved to a place on the first page shows with the rows above it: trouble comes first.
  const isBack = found !== -1 && found !== cursor.index && index < visible && state.view !== 'operations';
  // If a poll puts rows above the first one, they show, wherever the row is by then: trouble comes first.
  const isPushed = (cursor.index === 0 && found > 0) || cursor.isPinned === true;
  const isPinned = isPushed && cursor.top === 0 && index >= visible && index < scrolling && state.view !== 'operations';
  const top = isPinned
    ? 0
    : topFor(isBack ? 0 : cursor.top, Math.min(index, Math.max(0, scrolling - 1)), visible, scrolling);
  const isSame = key === before.key && index === before.index && top === before.top;
  if (isSame && isPinned === (before.isPinned ?? false)) return state;
  return withCursor(state, {
    key,
    index,
    top,
    ...(isPinned && { isPinned }),
    ...(before.isOnFirst && { isOnFirst: true }),
  });
}
