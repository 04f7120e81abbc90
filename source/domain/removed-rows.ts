import { besideSeconds, type CountedRows, countedRows } from './counted-rows.ts';
import type { Observation } from './observation.ts';
import { isCounting, isCurrent } from './snapshot.ts';

/** Rows that were deleted between two polls. */
export interface RemovedRows {
  /** At least this many: others may have been inserted meanwhile. */
  readonly rows: number;
  /** The tables that have fewer operations than before. */
  readonly tableNames: readonly string[];
  /** How many were added some seconds before, in these tables or in others; absent if these are few beside those that were removed. */
  readonly added?: number;
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

/** The share of the removed rows from which on the added ones are told: workers add some at any time. */
const notableShare = 0.1;

/** Null if there are not fewer rows than before, or if totals that are incomplete cannot be compared. */
export function removedRows(before: Observation, latest: Observation): RemovedRows | null {
  const [was, now] = comparedRows(before, latest) ?? [];
  if (was === undefined || now === undefined || now.rows >= was.rows) return null;
  const rows = was.rows - now.rows;
  const { risen } = was;
  const isBeside = risen !== undefined && latest.snapshot.takenAt - risen.at <= besideSeconds;
  const added = isBeside && risen.rows >= rows * notableShare ? { added: risen.rows } : {};
  return { rows, tableNames: fallenTables(before, latest), ...added };
}
