import { unreadableCount } from './operation.ts';
import type { TotalsByPhase } from './phase-totals.ts';
import { isCounting, isCurrent, type Snapshot } from './snapshot.ts';
import { sum } from './sum.ts';

/** How many rows there are: the readable ones of each table in all phases, and all. */
export interface CountedRows {
  readonly rows: number;
  readonly byTable: ReadonlyMap<string, number>;
  /** How many rows polls have found added since, the last one at `at`; absent if none has in the last seconds. */
  readonly risen?: { readonly rows: number; readonly at: number };
}

/** For how many seconds rows that were added are told beside those that were removed: a poll finds the added ones at once, and the others when their range is counted. */
export const besideSeconds = 10;

/**
 * The rows at the last poll whose totals were right. While id ranges are to be counted again, the totals may lack rows that others have
 * changed, and they may have fallen already when they are right again: then they are compared with those from before.
 */
export function countedAfter(
  before: CountedRows | null,
  snapshot: Snapshot,
  totals: TotalsByPhase,
): CountedRows | null {
  if (isCounting(snapshot)) return null;
  if (!isCurrent(snapshot)) return before;
  const counted = countedRows(snapshot, totals);
  const rise = before === null ? 0 : counted.rows - before.rows;
  // Rows that were removed have been told with those that were added before.
  if (rise < 0) return counted;
  const known =
    before?.risen !== undefined && snapshot.takenAt - before.risen.at <= besideSeconds ? before.risen : null;
  if (rise > 0) return { ...counted, risen: { rows: rise + (known?.rows ?? 0), at: snapshot.takenAt } };
  return known === null ? counted : { ...counted, risen: known };
}

/** The rows of a poll, also where its totals are not sure. */
export function countedRows(snapshot: Snapshot, totals: TotalsByPhase): CountedRows {
  const byTable = new Map<string, number>();
  for (const { tables } of totals.values())
    for (const { tableName, operations } of tables) byTable.set(tableName, (byTable.get(tableName) ?? 0) + operations);
  return { rows: sum([...byTable.values()]) + unreadableCount(snapshot.unreadable), byTable };
}
