import { type CountedRows, countedRows } from './counted-rows.ts';
import type { Observation } from './observation.ts';
import { isCounting, isCurrent } from './snapshot.ts';

/** Rows that were deleted between two polls. */
export interface RemovedRows {
  /** At least this many: others may have been inserted meanwhile. */
  readonly rows: number;
  /** The tables that have fewer operations than before. */
  readonly tableNames: readonly string[];
}

/**
 * The tables that have fewer rows than at the poll before. Empty also while totals that are incomplete cannot be compared.
 */
export function fallenTables(before: Observation, latest: Observation): readonly string[] {
  const [was, now] = comparedRows(before, latest) ?? [];
  return [...(was?.byTable ?? [])].flatMap(([name, number]) => (number > (now?.byTable.get(name) ?? 0) ? [name] : []));
}

function comparedRows(before: Observation, latest: Observation): readonly [CountedRows, CountedRows] | null {
  if (isCounting(before.snapshot) || !isCurrent(latest.snapshot) || latest.counted === null) return null;
  return [before.counted ?? countedRows(before.snapshot, before.totals), latest.counted];
}

/** Null if there are not fewer rows than before, or if totals that are incomplete cannot be compared. */
export function removedRows(before: Observation, latest: Observation): RemovedRows | null {
  const [was, now] = comparedRows(before, latest) ?? [];
  if (was === undefined || now === undefined || now.rows >= was.rows) return null;
  return { rows: was.rows - now.rows, tableNames: fallenTables(before, latest) };
}
