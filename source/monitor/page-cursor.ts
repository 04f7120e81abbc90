import { operationKeys } from '../presentation/rows.ts';
import type { Cursor, MonitorState, Page } from './state.ts';

/** Where no row has been pointed at yet. */
export const noCursor: Cursor = { key: null, index: 0, top: 0 };

/** The cursor in a page that was read anew: on its row, and that row on its line of the screen. */
export function cursorOn(page: Page, state: MonitorState): Cursor {
  const cursor = state.cursors.operations;
  const index = operationKeys(page.operations, state.target.isFollowable).indexOf(cursor.key ?? '');
  if (index === -1) return page.filter === state.page?.filter ? cursor : noCursor;
  // Whoever looks at the newest row goes on doing so.
  const atTop = cursor.top === 0 && page.atNewest && state.page?.atNewest === true;
  return { key: cursor.key, index, top: atTop ? 0 : Math.max(0, cursor.top + index - cursor.index) };
}
