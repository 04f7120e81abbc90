import type { AuditEntry } from '../domain/audit.ts';
import { batchOf } from '../domain/batch-key.ts';
import { operatorName } from '../domain/operator-name.ts';
import type { Outcome, Refusal } from '../domain/transitions.ts';
import type { LastBatch } from './acting-state.ts';
import type { Motion } from './motion.ts';

/** One row of an action on many operations, and its result. */
export type ResultRow =
  | {
      readonly id: number;
      readonly tableName: string;
      readonly kind: 'sent';
      readonly outcome: Outcome;
      readonly from: string;
      readonly to: string;
    }
  | { readonly id: number; readonly tableName: string; readonly kind: 'refused'; readonly reason: Refusal }
  /** As the audit has it, of another session or of an earlier time. */
  | { readonly id: number; readonly tableName: string; readonly kind: 'audited'; readonly entry: AuditEntry };

/** The list of what an action on many did to each row, above the view. */
export interface ResultsOverlay {
  readonly kind: 'results';
  readonly action: string;
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
      to: transition.to,
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

/**
 * The list of the actions that the audit has of the batch of one of them.
 *
 * @param entries newest first
 * @returns null if the action is alone
 */
export function auditedResultsOf(entries: readonly AuditEntry[], entry: AuditEntry): ResultsOverlay | null {
  const batch = batchOf(entry.key);
  const own = batch === null ? [] : entries.filter(({ key }) => batchOf(key) === batch);
  if (own.length < 2) return null;
  const all = own.map((one): ResultRow => ({ kind: 'audited', id: one.operationId, tableName: '', entry: one }));
  const isDone = (row: ResultRow): boolean => row.kind === 'audited' && row.entry.outcome === 'applied';
  const rows = [...all.filter((row) => !isDone(row)), ...all.filter(isDone)];
  const unchanged = all.length - all.filter(isDone).length;
  const what = `${all.length} operations by ${operatorName(entry)}`;
  return { kind: 'results', action: entry.action, what, rows, unchanged, isFiltered: false, index: 0 };
}

/** Moves the cursor of the list by rows, or to an end. */
export function movedResults(overlay: ResultsOverlay, motion: Motion, by: number): ResultsOverlay {
  const last = Math.max(0, listedResults(overlay).length - 1);
  const to = motion === 'first' ? 0 : motion === 'last' ? last : overlay.index + by;
  return { ...overlay, index: Math.max(0, Math.min(to, last)) };
}
