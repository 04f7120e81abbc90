import type { MonitorState } from './state.ts';
import type { Store } from './store.ts';
import { tableFilter } from './subject.ts';

/** Filters by a table; `leaveTable` takes it back. */
export function enterTable(store: Store, tableName: string): void {
  const filter = `phase:execution ${tableFilter(tableName)}`;
  store.emit({ kind: 'filtered', filter, openedTable: { filter, before: store.state().filter } });
}

/** Whether the view lists the operations of an opened table, and Esc leads back to Tables. */
export function isTableOpen({ view, filter, openedTable }: MonitorState): boolean {
  return view === 'operations' && openedTable !== null && openedTable.filter === filter;
}

/** Restores the filter from before; the caller shows the Tables view first. */
export function leaveTable(store: Store): void {
  const { openedTable } = store.state();
  if (openedTable !== null)
    store.emit({ kind: 'filtered', filter: openedTable.before, isApplied: false, openedTable: null });
}
