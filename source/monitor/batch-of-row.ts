import { batchOf } from '../domain/batch-key.ts';
import { auditedResultsOf, type ResultsOverlay, resultsOf } from './results-list.ts';
import { batchRowsNow, troubleNow } from './results-now.ts';
import type { MonitorState } from './state.ts';
import { selectedRow } from './views.ts';

/**
 * The results of the batch in the row of Activity under the cursor: with all that this session knows of them, else as the audit
 * has them. Elsewhere those of the last batch. Null if there are none.
 */
export function resultsHere(state: MonitorState): ResultsOverlay | null {
  const { batches } = state.acting;
  const row = state.view === 'activity' && state.overlay.kind === 'none' ? selectedRow(state) : null;
  const entry = row?.kind === 'activity' ? row.entry : null;
  const key = batchOf(entry?.key ?? null);
  const batch = entry === null ? batches.at(-1) : batches.findLast((one) => one.key === key);
  const shownKey = batch?.key ?? key;
  if (shownKey === null) return null;
  const now = batchRowsNow(state, shownKey);
  const isKept = (id: number): boolean => troubleNow(now.get(id)) === null;
  if (batch !== undefined) return resultsOf(batch, isKept);
  return entry === null ? null : auditedResultsOf(state.activity ?? [], entry, isKept);
}
