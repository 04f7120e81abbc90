import type { AuditEntry } from '../domain/audit.ts';
import { bulkOf } from '../domain/bulk-key.ts';
import { operatorName } from '../domain/operator-name.ts';
import type { Outcome, Refusal } from '../domain/transitions.ts';
import { count } from '../presentation/figures.ts';
import type { LastBulk } from './acting-state.ts';
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
  /** The part of the key that all its actions share (`bulkOf`). */
  readonly key: string;
  readonly action: string;
  readonly what: string;
  /** Rows that were not changed first, then rows that did not keep the status that the action set. */
  readonly rows: readonly ResultRow[];
  /** How many of them were in trouble in one of these ways when the list was opened. */
  readonly troubled: number;
  /** Whether only these are listed. */
  readonly isFiltered: boolean;
  readonly index: number;
}

/** The rows that the list shows. */
export function listedResults({ rows, troubled, isFiltered }: ResultsOverlay): readonly ResultRow[] {
  return isFiltered ? rows.slice(0, troubled) : rows;
}

/** Whether the action changed the row. */
export function wasChanged(row: ResultRow): boolean {
  if (row.kind === 'refused') return false;
  return (row.kind === 'audited' ? row.entry.outcome : row.outcome.kind) === 'applied';
}

/** The list of an action on many. @param isKept whether an operation still has what the action set */
export function resultsOf(
  { key, action, what, results, refused }: LastBulk,
  isKept: (id: number) => boolean,
): ResultsOverlay {
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
  const before = refused.map(({ id, tableName, reason }): ResultRow => ({ kind: 'refused', id, tableName, reason }));
  return listOf({ key, action, what }, [...before, ...sent], isKept);
}

function listOf(
  of: Pick<ResultsOverlay, 'key' | 'action' | 'what'>,
  all: readonly ResultRow[],
  isKept: (id: number) => boolean,
): ResultsOverlay {
  const rank = (row: ResultRow): number => (!wasChanged(row) ? 0 : isKept(row.id) ? 2 : 1);
  const rows = all.toSorted((a, b) => rank(a) - rank(b));
  const troubled = rows.filter((row) => rank(row) < 2).length;
  return { kind: 'results', ...of, rows, troubled, isFiltered: false, index: 0 };
}

/**
 * The list of the actions that the audit has of the action on many of one of them.
 *
 * @param entries newest first
 * @returns null if the action is alone
 */
export function auditedResultsOf(
  entries: readonly AuditEntry[],
  entry: AuditEntry,
  isKept: (id: number) => boolean,
): ResultsOverlay | null {
  const bulk = bulkOf(entry.key);
  const own = bulk === null ? [] : entries.filter(({ key }) => bulkOf(key) === bulk);
  if (bulk === null || own.length < 2) return null;
  const all = own.map(
    (one): ResultRow => ({ kind: 'audited', id: one.operationId, tableName: one.row?.tableName ?? '', entry: one }),
  );
  const what = `${count(all.length)} operations by ${operatorName(entry)}`;
  return listOf({ key: bulk, action: entry.action, what }, all, isKept);
}

/** Moves the cursor of the list by rows, or to an end. */
export function movedResults<Listed extends ResultsOverlay>(overlay: Listed, motion: Motion, by: number): Listed {
  const last = Math.max(0, listedResults(overlay).length - 1);
  const to = motion === 'first' ? 0 : motion === 'last' ? last : overlay.index + by;
  return { ...overlay, index: Math.max(0, Math.min(to, last)) };
}
