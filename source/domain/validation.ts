import { openIn } from './progress.ts';
import type { TableSummary } from './summary.ts';

/**
 * Whether a table was validated, by the operations of its validation phase: `failed` if one failed, `open` while one is pending,
 * running or paused, `partial` if they checked fewer records than their total, or than the table has if it has more than its
 * total, or if `--since` shows only a part of them, `valid` if all are completed; `none` without any.
 */
export type Validation = 'valid' | 'partial' | 'failed' | 'open' | 'none';

/**
 * The validation of each table that has operations in that phase.
 *
 * @param validations the summaries of that phase
 * @param migrated those of the execution
 */
export function validationsOf(
  validations: readonly TableSummary[],
  migrated: readonly TableSummary[],
): ReadonlyMap<string, Validation> {
  const beyond = new Map(
    migrated.filter(({ percent }) => percent !== null && percent > 100).map((table) => [table.tableName, table]),
  );
  return new Map(validations.map((table) => [table.tableName, stateOf(table, beyond.get(table.tableName) ?? null)]));
}

/** @param beyond the execution of the table, if it has more records than its total */
function stateOf(
  { statuses, outcome, recordsProcessed, wholeTotal }: TableSummary,
  beyond: TableSummary | null,
): Validation {
  if (statuses.failed > 0) return 'failed';
  if (openIn(statuses) > 0) return 'open';
  if (statuses.completed === 0) return 'none';
  const isBeyond = beyond !== null && recordsProcessed < beyond.recordsProcessed;
  return outcome?.kind === 'fewer' || isBeyond || wholeTotal !== null ? 'partial' : 'valid';
}
