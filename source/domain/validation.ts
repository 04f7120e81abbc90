import { openIn } from './progress.ts';
import type { Total } from './snapshot.ts';
import { summariseTables, type TableSummary } from './summary.ts';

/**
 * Whether a table was validated, by the operations of its validation phase: `failed` if one failed, `open` while one is pending,
 * running or paused, `partial` if they checked fewer records than their total, `valid` if all are completed; `none` without any.
 */
export type Validation = 'valid' | 'partial' | 'failed' | 'open' | 'none';

/** The validation of each table that has operations in that phase. */
export function validationsOf(totals: readonly Total[]): ReadonlyMap<string, Validation> {
  return new Map(summariseTables(totals, 'validation').map((table) => [table.tableName, stateOf(table)]));
}

function stateOf({ statuses, outcome }: TableSummary): Validation {
  if (statuses.failed > 0) return 'failed';
  if (openIn(statuses) > 0) return 'open';
  if (statuses.completed === 0) return 'none';
  return outcome?.kind === 'fewer' ? 'partial' : 'valid';
}
