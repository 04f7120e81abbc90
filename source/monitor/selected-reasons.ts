import { operationIdOf } from '../presentation/activity-columns.ts';
import type { Reason } from './command.ts';
import { namedKey } from './registry/named-keys.ts';
import type { MonitorState } from './state.ts';
import { rowsOf, selectedRow } from './views.ts';

/** The row that was under the cursor, if it has left the list: no key acts on another one instead. Else null. */
function leftRow(state: MonitorState): string | null {
  const { key } = state.cursors[state.view];
  if (key === null || state.overlay.kind !== 'none' || selectedRow(state) !== null) return null;
  if (state.view === 'activity') return 'this row';
  if (state.view === 'tables') return `table ${key}`;
  // The key of an operation begins with its id.
  return key.startsWith('kind ') ? 'this kind of failure' : `operation ${Number.parseInt(key, 10)}`;
}

/** The key that goes on from the place of a row that has left the list. */
function goingOn(state: MonitorState): string {
  const rows = rowsOf(state).length;
  if (rows === 0) return '';
  const isAbove = state.cursors[state.view].index < rows;
  return `${namedKey(state, isAbove ? 'down' : 'up')} selects the ${isAbove ? 'next' : 'one before'}`;
}

/** Why no key can act on an operation, without the action: `no operation selected`. */
export function noOperation(state: MonitorState): { readonly short: string; readonly text: string } {
  const left = leftRow(state);
  if (left === null) return { short: 'no operation selected', text: 'no operation selected' };
  const next = goingOn(state);
  const short = `${left} has left this list`;
  return { short, text: next === '' ? short : `${short} (${next})` };
}

/** The reason for a row of the Activity view whose operation is not known: only its detail reads it. */
export function noneSelected(state: MonitorState, action: string): Reason {
  const row = state.overlay.kind === 'none' ? selectedRow(state) : null;
  const id = row?.kind === 'activity' ? operationIdOf(row) : null;
  const remedy = id === null ? '' : ` (${namedKey(state, 'open')} opens operation ${id})`;
  const { short, text } = noOperation(state);
  return { kind: 'nothing', short, text: `cannot ${action}: ${text}${remedy}` };
}

/** Why the row under the cursor cannot be marked, if it is no operation. */
export function notMarked(state: MonitorState): Reason {
  // The row is no operation, but has some: their list is one key away.
  const row = state.overlay.kind === 'none' ? selectedRow(state) : null;
  const isOfMany = row?.kind === 'kind' || row?.kind === 'table';
  if (!isOfMany) return noneSelected(state, 'mark');
  const what = `a row of many operations (${namedKey(state, 'open')} lists them)`;
  return { kind: 'nothing', short: 'no operation selected', text: `cannot mark ${what}` };
}

/** Why the row under the cursor cannot be opened; null if it can. */
export function whyNoDetail(state: MonitorState): Reason | null {
  const row = selectedRow(state);
  if (row === null) {
    const left = leftRow(state);
    if (left === null) return { kind: 'nothing', short: 'nothing selected', text: 'nothing selected' };
    const [short, next] = [`${left} has left this list`, goingOn(state)];
    return { kind: 'nothing', short, text: next === '' ? short : `${short}: ${next}` };
  }
  const isAbout = row.kind !== 'activity' || row.bulk !== null || operationIdOf(row) !== null;
  if (isAbout) return null;
  return { kind: 'nothing', short: 'no operation', text: 'nothing to open: this row is not about an operation' };
}
