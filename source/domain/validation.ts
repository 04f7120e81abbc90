import { openIn } from './progress.ts';
import type { TableSummary } from './summary.ts';
import type { Triage } from './triage.ts';

/**
 * Whether a table was validated, by the operations of its validation phase: `failed` if one failed, `open` while one is pending,
 * running or paused, `partial` if they checked fewer records than their total, or than the table has if it has more than its
 * total, or if `--since` shows only a part of them, `early` if all are completed, but the execution of the table has open operations or
 * unresolved failures: what these copy later is not validated; else `valid`; `none` without any.
 */
export type Validation = 'valid' | 'early' | 'partial' | 'failed' | 'open' | 'none';

/**
 * The validation of each table that has operations in that phase.
 *
 * @param validations the summaries of that phase
 * @param migrated those of the execution
 * @param triage its unresolved failures count once all failures are known
 */
export function validationsOf(
  validations: readonly TableSummary[],
  migrated: readonly TableSummary[],
  triage: Pick<Triage, 'isWhole' | 'unresolvedIn'>,
): ReadonlyMap<string, Validation> {
  const executions = new Map(validations.length === 0 ? [] : migrated.map((table) => [table.tableName, table]));
  return new Map(
    validations.map((table): [string, Validation] => {
      const { tableName } = table;
      const execution = executions.get(tableName) ?? null;
      const state = stateOf(table, execution);
      const isOpen =
        execution !== null &&
        (openIn(execution.statuses) > 0 || (triage.isWhole && triage.unresolvedIn('execution', tableName) > 0));
      return [tableName, state === 'valid' && isOpen ? 'early' : state];
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
