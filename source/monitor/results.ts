import type { Outcome, Refusal } from '../domain/transitions.ts';
import type { BatchAction, LastBatch } from './acting-state.ts';
import type { Controls, Motion } from './controls.ts';
import type { MonitorState } from './state.ts';
import type { Store } from './store.ts';
import { selectedRow } from './views.ts';

/** One row of an action on many operations, and what became of it. */
export type ResultRow =
  | {
      readonly id: number;
      readonly tableName: string;
      readonly kind: 'sent';
      readonly outcome: Outcome;
      readonly from: string;
    }
  | { readonly id: number; readonly tableName: string; readonly kind: 'refused'; readonly reason: Refusal };

/** The list of what an action on many did to each row, above the view. */
export interface ResultsOverlay {
  readonly kind: 'results';
  readonly action: BatchAction;
  readonly what: string;
  /** The rows that were not changed first. */
  readonly rows: readonly ResultRow[];
  /** How many of them were not changed. */
  readonly unchanged: number;
  /** Whether only these are listed. */
  readonly isFiltered: boolean;
  readonly index: number;
}

/** The rows that the list shows. */
export function listedResults({ rows, unchanged, isFiltered }: ResultsOverlay): readonly ResultRow[] {
  return isFiltered ? rows.slice(0, unchanged) : rows;
}

function overlayOf({ action, what, results, refused }: LastBatch): ResultsOverlay {
  const sent = results.map(
    ({ change: { transition, tableName }, outcome }): ResultRow => ({
      kind: 'sent',
      id: transition.id,
      tableName,
      outcome,
      from: transition.from,
    }),
  );
  const isDone = (row: ResultRow): boolean => row.kind === 'sent' && row.outcome.kind === 'applied';
  const not = [
    ...refused.map(({ id, tableName, reason }): ResultRow => ({ kind: 'refused', id, tableName, reason })),
    ...sent.filter((row) => !isDone(row)),
  ];
  const rows = [...not, ...sent.filter(isDone)];
  return { kind: 'results', action, what, rows, unchanged: not.length, isFiltered: false, index: 0 };
}

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

/** The commands of the list of results. */
export function createResults(
  store: Store,
  readDetail: (id: number) => void,
): Pick<Controls, 'showResults' | 'filterResults' | 'openResult'> {
  return {
    showResults() {
      const batch = batchFor(store.state());
      if (batch !== null) store.emit({ kind: 'overlaid', overlay: overlayOf(batch) });
    },
    filterResults() {
      const { overlay } = store.state();
      if (overlay.kind === 'results')
        store.emit({ kind: 'overlaid', overlay: { ...overlay, isFiltered: !overlay.isFiltered, index: 0 } });
    },
    openResult() {
      const { overlay } = store.state();
      const row = overlay.kind === 'results' ? listedResults(overlay)[overlay.index] : undefined;
      if (row === undefined) return;
      const opened = { kind: 'detail', id: row.id, detail: null, problem: null, top: 0 } as const;
      store.emit({ kind: 'overlaid', overlay: opened });
      readDetail(row.id);
    },
  };
}

/** Moves the cursor of the list by rows, or to an end. */
export function movedResults(overlay: ResultsOverlay, motion: Motion, by: number): ResultsOverlay {
  const last = Math.max(0, listedResults(overlay).length - 1);
  const to = motion === 'first' ? 0 : motion === 'last' ? last : overlay.index + by;
  return { ...overlay, index: Math.max(0, Math.min(to, last)) };
}
