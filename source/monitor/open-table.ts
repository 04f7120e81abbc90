import type { KindSummary } from '../domain/triage.ts';
import { failureTest, listsResolved, shownMembers } from './failures-view.ts';
import { resolvedFilter } from './filter-facts.ts';
import { type MonitorState, shown } from './state.ts';
import type { Store } from './store.ts';
import { kindFilter, tableFilter } from './subject.ts';

/** Filters by a table; `leaveTable` takes it back. */
export function enterTable(store: Store, tableName: string): void {
  const filter = `phase:execution ${tableFilter(tableName)}`;
  store.emit({ kind: 'filtered', filter, openedTable: { filter, before: store.state().filter, from: 'tables' } });
}

/** Whether a kind has failures, of those that match the filter, that the polls do not list: then the Operations view lists them, page by page. */
export function isBeyondPolls(state: MonitorState, { kind, failed, unresolved }: KindSummary): boolean {
  const observation = shown(state);
  if (observation === null) return false;
  const filter = resolvedFilter(state);
  const held = shownMembers({ ...state, failureKind: kind }, observation) ?? [];
  const members = filter === null ? held : held.filter(failureTest(observation, filter, state.found));
  return members.length < (listsResolved(state) ? failed : unresolved);
}

/** Filters by a kind of failure, within the filter; `leaveTable` takes it back. */
export function enterKind(store: Store, failureKind: string): void {
  const { filter: before, view } = store.state();
  const filter = kindFilter(failureKind, before, listsResolved(store.state()) ? 'all' : 'unresolved');
  store.emit({ kind: 'filtered', filter, openedTable: { filter, before, from: view } });
}

/** Restores the filter from before; the caller shows the view in which it was opened first. */
export function leaveTable(store: Store): void {
  const { openedTable } = store.state();
  if (openedTable !== null)
    store.emit({ kind: 'filtered', filter: openedTable.before, isApplied: false, openedTable: null });
}
