import type { Counting } from './progress.ts';
import { isCounting, type Snapshot } from './snapshot.ts';
import type { TableSummary } from './summary.ts';

/** A table whose rows show another way of counting than before: its figures cannot be compared with the earlier ones. */
export interface CountingChange {
  /** On the database's clock. */
  readonly at: number;
  readonly tableName: string;
  readonly from: Counting;
  readonly to: Counting;
}

interface Seen {
  readonly snapshot: Snapshot;
  readonly tables: readonly TableSummary[];
}

/**
 * The changes from one observation to the next. The way of counting of a table with one work is not proven, so no change
 * is reported for it, and none while the table is counted for the first time.
 */
export function countingChanges(before: Seen | null, latest: Seen): CountingChange[] {
  if (before === null || before.tables === latest.tables || isCounting(before.snapshot) || isCounting(latest.snapshot))
    return [];
  const known = new Map(before.tables.map((table) => [table.tableName, table]));
  return latest.tables.flatMap((table): CountingChange[] => {
    const was = known.get(table.tableName);
    if (was === undefined || was === table || !was.isProven || was.counting === table.counting) return [];
    return [{ at: latest.snapshot.takenAt, tableName: table.tableName, from: was.counting, to: table.counting }];
  });
}
