import type { Outcome, Refusal } from '../domain/transitions.ts';
import type { BatchAction, LastBatch } from './acting-state.ts';
import type { Motion } from './controls.ts';

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

/** The list of a batch. */
export function resultsOf({ action, what, results, refused }: LastBatch): ResultsOverlay {
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

/** Moves the cursor of the list by rows, or to an end. */
export function movedResults(overlay: ResultsOverlay, motion: Motion, by: number): ResultsOverlay {
  const last = Math.max(0, listedResults(overlay).length - 1);
  const to = motion === 'first' ? 0 : motion === 'last' ? last : overlay.index + by;
  return { ...overlay, index: Math.max(0, Math.min(to, last)) };
}
