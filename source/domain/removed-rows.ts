import type { Observation } from './observation.ts';
import { unreadableCount } from './operation.ts';
import { isCounting, isCurrent } from './snapshot.ts';

/** Rows that were deleted between two polls. */
export interface RemovedRows {
  /** At least this many: others may have been inserted meanwhile. */
  readonly rows: number;
  /** The tables that have fewer operations than before. */
  readonly tableNames: readonly string[];
}

/** Null if there are not fewer rows than before, or if totals that are incomplete cannot be compared. */
export function removedRows(before: Observation, latest: Observation): RemovedRows | null {
  // While id ranges are to be counted again, the totals may lack rows that others have changed.
  if (isCounting(before.snapshot) || !isCurrent(latest.snapshot)) return null;
  const rows = rowsIn(before) - rowsIn(latest);
  if (rows <= 0) return null;
  const now = operationsByTable(latest);
  const tableNames = [...operationsByTable(before)].flatMap(([name, operations]) =>
    operations > (now.get(name) ?? 0) ? [name] : [],
  );
  return { rows, tableNames };
}

function rowsIn({ migration, snapshot }: Observation): number {
  return migration.operations + unreadableCount(snapshot.unreadable);
}

function operationsByTable({ totals }: Observation): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { tables } of totals.values())
    for (const { tableName, operations } of tables) found.set(tableName, (found.get(tableName) ?? 0) + operations);
  return found;
}
