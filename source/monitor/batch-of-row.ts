import type { LastBatch } from './acting-state.ts';
import type { MonitorState } from './state.ts';
import { selectedRow } from './views.ts';

/** The batch that the row of Activity under the cursor is part of, else the last one; null if there is none. */
export function batchFor(state: MonitorState): LastBatch | null {
  const { batches } = state.acting;
  const row = state.view === 'activity' && state.overlay.kind === 'none' ? selectedRow(state) : null;
  const entry = row?.kind === 'activity' ? row.entry : null;
  if (entry === null) return batches.at(-1) ?? null;
  return (
    batches.findLast(({ results }) =>
      results.some(
        ({ change: { transition }, outcome }) =>
          transition.id === entry.operationId &&
          transition.to === entry.toStatus &&
          (outcome.kind !== 'applied' || entry.at === null || Math.abs(outcome.at - entry.at) < 2),
      ),
    ) ?? null
  );
}
