import { openIn } from './progress.ts';
import type { Total } from './snapshot.ts';
import { summariseTables, type TableSummary } from './summary.ts';

/**
 * Whether a table was validated, by the operations of its validation phase: `failed` if one failed, `open` while one is pending,
 * running or paused, `partial` if they checked fewer records than their total, or than the table has if it has more than its
 * total, `valid` if all are completed; `none` without any.
 */
export type Validation = 'valid' | 'partial' | 'failed' | 'open' | 'none';

/** The validation of each table that has operations in that phase. */
export function validationsOf(totals: readonly Total[]): ReadonlyMap<string, Validation> {
  const migrated = new Map(summariseTables(totals, 'execution').map((table) => [table.tableName, table]));
  return new Map(
    summariseTables(totals, 'validation').map((table) => [
      table.tableName,
      stateOf(table, migrated.get(table.tableName) ?? null),
    ]),
  );
}

function stateOf({ statuses, outcome, recordsProcessed }: TableSummary, migrated: TableSummary | null): Validation {
  if (statuses.failed > 0) return 'failed';
  if (openIn(statuses) > 0) return 'open';
  if (statuses.completed === 0) return 'none';
  const isBeyond = (migrated?.percent ?? 0) > 100 && recordsProcessed < (migrated?.recordsProcessed ?? 0);
  return outcome?.kind === 'fewer' || isBeyond ? 'partial' : 'valid';
}
