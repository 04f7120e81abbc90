import { operationKeys } from '../presentation/rows.ts';
import { type ViewId, viewIds } from '../presentation/view-id.ts';
import type { Cursor, MonitorState, Page } from './state.ts';

/** The cursor before any row was selected. */
export const noCursor: Cursor = { key: null, index: 0, top: 0 };

/** Where the cursors are before any row was selected. */
export const startCursors = Object.fromEntries(viewIds.map((view) => [view, noCursor])) as Record<ViewId, Cursor>;

/** The cursor in a page that was read again: on its row, and that row on the same line of the screen. */
export function cursorOn(page: Page, state: MonitorState): Cursor {
  const cursor = state.cursors.operations;
  const index = operationKeys(page.operations, state.target.isFollowable).indexOf(cursor.key ?? '');
  if (index === -1) return page.filter === state.page?.filter ? cursor : noCursor;
  // An operator at the newest row stays there.
  const atTop = cursor.top === 0 && page.atNewest && state.page?.atNewest === true;
  return { key: cursor.key, index, top: atTop ? 0 : Math.max(0, cursor.top + index - cursor.index) };
}
