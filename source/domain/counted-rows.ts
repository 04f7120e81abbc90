import { unreadableCount } from './operation.ts';
import type { TotalsByPhase } from './phase-totals.ts';
import { isCounting, isCurrent, type Snapshot } from './snapshot.ts';
import { sum } from './sum.ts';

/** How many rows there are: the readable ones of each table in all phases, and all. */
export interface CountedRows {
  readonly rows: number;
  readonly byTable: ReadonlyMap<string, number>;
}

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
  return isCurrent(snapshot) ? countedRows(snapshot, totals) : before;
}

/** The rows of a poll, also where its totals are not sure. */
export function countedRows(snapshot: Snapshot, totals: TotalsByPhase): CountedRows {
  const byTable = new Map<string, number>();
  for (const { tables } of totals.values())
    for (const { tableName, operations } of tables) byTable.set(tableName, (byTable.get(tableName) ?? 0) + operations);
  return { rows: sum([...byTable.values()]) + unreadableCount(snapshot.unreadable), byTable };
}
