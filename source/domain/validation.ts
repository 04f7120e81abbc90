import { largest } from './extremes.ts';
import { finiteTime } from './finite-time.ts';
import type { Memo } from './memo.ts';
import type { PhaseTotals } from './phase-totals.ts';
import { openIn } from './progress.ts';
import type { Total } from './snapshot.ts';
import type { TableSummary } from './summary.ts';
import type { Triage } from './triage.ts';

/**
 * Whether a table was validated, by the operations of its validation phase: `failed` if one failed, `open` while one is pending,
 * running or paused, `partial` if they checked fewer records than their total, or than the table has if it has more than its
 * total, or if `--since` shows only a part of them, `early` if all are completed, but the execution of the table has open operations or
 * unresolved failures, or completed one after them: what these copy later is not validated; else `valid`; `none` without any.
 */
export type Validation = 'valid' | 'early' | 'partial' | 'failed' | 'open' | 'none';

/**
 * The validation of each table that has operations in that phase.
 *
 * @param validations the summaries of that phase
 * @param migrated those of the execution, and their totals; undefined if it has no operations
 * @param triage its unresolved failures count once all failures are known
 * @param memo keeps what a total shows: most are the same objects as at the last poll
 */
export function validationsOf(
  validations: readonly TableSummary[],
  migrated: Pick<PhaseTotals, 'tables' | 'totals'> | undefined,
  triage: Pick<Triage, 'isWhole' | 'unresolvedIn'>,
  memo: Memo,
): ReadonlyMap<string, Validation> {
  const executions = new Map(validations.length === 0 ? [] : migrated?.tables.map((table) => [table.tableName, table]));
  const totalOf = new Map(validations.length === 0 ? [] : migrated?.totals.map((total) => [total.tableName, total]));
  return new Map(
    validations.map((table): [string, Validation] => {
      const { tableName } = table;
      const execution = executions.get(tableName) ?? null;
      const state = stateOf(table, execution);
      const isOpen =
        execution !== null &&
        (openIn(execution.statuses) > 0 || (triage.isWhole && triage.unresolvedIn('execution', tableName) > 0));
      const total = totalOf.get(tableName);
      const isOlder = () => isBefore(table.completedAt, total === undefined ? null : memo(lastCopyAt, total));
      return [tableName, state === 'valid' && (isOpen || isOlder()) ? 'early' : state];
    }),
  );
}

/** @param execution the execution of the table, if it has any */
function stateOf(
  { statuses, outcome, recordsProcessed, wholeTotal }: TableSummary,
  execution: TableSummary | null,
): Validation {
  if (statuses.failed > 0) return 'failed';
  if (openIn(statuses) > 0) return 'open';
  if (statuses.completed === 0) return 'none';
  // A table that has more records than its total.
  const isBeyond = (execution?.percent ?? 0) > 100 && recordsProcessed < (execution?.recordsProcessed ?? 0);
  return outcome?.kind === 'fewer' || isBeyond || wholeTotal !== null ? 'partial' : 'valid';
}

/** A worker may validate a batch just before it sets the batch to completed. */
const togetherSeconds = 5;

function isBefore(validatedAt: number | null, copiedAt: number | null): boolean {
  return validatedAt !== null && copiedAt !== null && copiedAt > validatedAt + togetherSeconds;
}

/**
 * When the last operation of a table completed; null if none did, or if it is unknown: in the totals of a large table, the last end may
 * be that of a skip.
 */
function lastCopyAt(total: Total): number | null {
  if (!total.hasAllRows) return total.statuses.skipped > 0 ? null : total.completedAt;
  const ends = total.rows.flatMap(({ status, completedAt }) =>
    status === 'completed' ? (finiteTime(completedAt) ?? []) : [],
  );
  return ends.length === 0 ? null : largest(ends);
}
