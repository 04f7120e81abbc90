import type { AuditEntry } from '../domain/audit.ts';
import type { LastBatch } from './acting-state.ts';
import { auditedResultsOf, type ResultsOverlay, resultsOf } from './results-list.ts';
import type { MonitorState } from './state.ts';
import { selectedRow } from './views.ts';

/**
 * The results of the batch that the row of Activity under the cursor is part of: with all that this session knows of them, else
 * as the audit has them. Elsewhere those of the last batch. Null if there are none.
 */
export function resultsHere(state: MonitorState): ResultsOverlay | null {
  const { batches } = state.acting;
  const row = state.view === 'activity' && state.overlay.kind === 'none' ? selectedRow(state) : null;
  const entry = row?.kind === 'activity' ? row.entry : null;
  const batch = entry === null ? batches.at(-1) : batches.findLast((one) => isPart(one, entry));
  if (batch !== undefined) return resultsOf(batch);
  return entry === null ? null : auditedResultsOf(state.activity ?? [], entry);
}

function isPart({ results }: LastBatch, entry: AuditEntry): boolean {
  return results.some(
    ({ change: { transition }, outcome }) =>
      transition.id === entry.operationId &&
      transition.to === entry.toStatus &&
      (outcome.kind !== 'applied' || entry.at === null || Math.abs(outcome.at - entry.at) < 2),
  );
}
