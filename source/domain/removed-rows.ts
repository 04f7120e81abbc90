import { countedRows } from './counted-rows.ts';
import type { Observation } from './observation.ts';
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
  const now = latest.counted;
  if (isCounting(before.snapshot) || !isCurrent(latest.snapshot) || now === null) return null;
  const was = before.counted ?? countedRows(before.snapshot, before.totals);
  const rows = was.rows - now.rows;
  if (rows <= 0) return null;
  const tableNames = [...was.byTable].flatMap(([name, number]) =>
    number > (now.byTable.get(name) ?? 0) ? [name] : [],
  );
  return { rows, tableNames };
}
