import { detailRows } from '../presentation/detail-document.ts';
import { overlayRows, topFor } from '../presentation/layout.ts';
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
  return rowsOf(state).some((row) => row.key === key) ? state : withCursor(state, noCursor);
}

export function withCursor(state: MonitorState, cursor: Cursor): MonitorState {
  return { ...state, cursors: { ...state.cursors, [state.view]: cursor } };
}

/** Puts the cursor on a first row, follows its row to where it is now, and keeps it in the window. */
export function settle(given: MonitorState): MonitorState {
  const state = withRows(withPace(settleOverlay(given)));
  if (shown(state) === null) return state;
  const rows = rowsOf(state);
  const before = state.cursors[state.view];
  const cursor = before.isOnFirst === true ? { ...before, key: rows[0]?.key ?? null, index: 0, top: 0 } : before;
  const found = rows.findIndex((row) => row.key === cursor.key);
  const index = found === -1 ? Math.min(cursor.index, Math.max(0, rows.length - 1)) : found;
  // Whatever acts on a kind of failure asks first: where one is gone, the cursor is on the next.
  const isGone = found === -1 && cursor.key?.startsWith('kind ') === true && state.view === 'failures';
  const key = (isGone ? rows[index]?.key : cursor.key) ?? rows[0]?.key ?? null;
  const scrolling = state.view === 'overview' ? listsOf(state, 'overview').operations.length : rows.length;
  const visible = listRowsOf(state);
  // A row that a poll has moved back to the first page shows with the rows above it: trouble comes first.
  const isBack = found !== -1 && found < cursor.index && index < visible && state.view !== 'operations';
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
