import { bulkOf } from '../domain/bulk-key.ts';
import { auditedResultsOf, type ResultsOverlay, resultsOf } from './results-list.ts';
import { bulkRowsNow, troubleNow } from './results-now.ts';
import type { MonitorState } from './state.ts';
import { selectedRow } from './views.ts';

/**
 * The results of the action on many in the row of Activity under the cursor: with all that this session knows of them, else as the audit
 * has them. Elsewhere those of the last action on many. Null if there are none.
 */
export function resultsHere(state: MonitorState): ResultsOverlay | null {
  const { bulkActions } = state.acting;
  const row = state.view === 'activity' && state.overlay.kind === 'none' ? selectedRow(state) : null;
  const entry = row?.kind === 'activity' ? row.entry : null;
  const key = bulkOf(entry?.key ?? null);
  const bulk = entry === null ? bulkActions.at(-1) : bulkActions.findLast((one) => one.key === key);
  const shownKey = bulk?.key ?? key;
  if (shownKey === null) return null;
  const now = bulkRowsNow(state, shownKey);
  const isKept = (id: number): boolean => troubleNow(now.get(id)) === null;
  if (bulk !== undefined) return resultsOf(bulk, isKept);
  return entry === null ? null : auditedResultsOf(state.activity ?? [], entry, isKept);
}
