import type { MonitorState } from './state.ts';

/** Whether the view lists the operations of what was opened, and Esc leads back to where that was. */
export function isTableOpen({ view, filter, openedTable }: MonitorState): boolean {
  return view === 'operations' && openedTable !== null && openedTable.filter === filter;
}
