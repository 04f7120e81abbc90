import { expectedOfRow } from './expected-of-row.ts';
import { isLive, type Operation } from './operation.ts';
import { openIn } from './progress.ts';
import { isLong } from './shared-total.ts';
import type { TableSummary } from './summary.ts';

/**
 * How many records are left in a table; null if unknown. The total decides, unless the open operations have more to do: a
 * table that has reached its total while batches are pending is not done. An open operation counts with the records that
 * its row expects or, if it is not listed, with the usual records of an operation of the table. The last batch may be
 * shorter, so the total decides if the difference is less than one operation. With own totals, records that failed, skipped or
 * completed operations left undone are not left: no worker will process them.
 *
 * The same holds where rows share a total: of operations that failed or were skipped it has as many records as of the others.
 *
 * @param listed the operations of the table and phase that the snapshot lists
 * @param givenUp how many operations failed, without a later success or an open retry, or were skipped
 */
export function remainingRecords(table: TableSummary, listed: readonly Operation[], givenUp = 0): number | null {
  const { totalRecords, recordsProcessed, counting } = table;
  // Which of the records that are left belong to the operations that `--since` shows is not known.
  if (table.wholeTotal !== null) return null;
  const byTotal = totalRecords === null ? null : Math.max(0, totalRecords - recordsProcessed);
  if (table.open !== null && byTotal !== null) {
    return Math.min(byTotal, 'left' in table.open ? table.open.left : openOfOwnTotals(table, table.open.each, listed));
  }
  const open = openRecords(table, listed);
  if (open === null) return byTotal === 0 && openIn(table.statuses) > 0 ? null : byTotal;
  if (byTotal === null) return open;
  const needed = counting === 'own totals' ? 0 : Math.max(0, open - (lastBatch(table) ?? 0));
  if (byTotal <= needed) return Math.max(byTotal, open);
  return counting === 'per batch' ? Math.max(Math.min(byTotal, open), byTotal - givenUp * meanRecords(table)) : byTotal;
}

/** How many records the last batch of a table may have less than the others. */
function lastBatch({ pendingBatches, usualRecords }: TableSummary): number | null {
  return pendingBatches !== null && pendingBatches.rows > 0
    ? pendingBatches.records / pendingBatches.rows
    : usualRecords;
}

/** How many records a completed operation has; 0 if it is unknown. */
function meanRecords({ recordsPerSecond, averageBatchSeconds }: TableSummary): number {
  return (recordsPerSecond ?? 0) * (averageBatchSeconds ?? 0);
}

/** How many records the open operations of a table with own totals have left, if one that is not listed has a total of `each`. */
function openOfOwnTotals({ statuses }: TableSummary, each: number, listed: readonly Operation[]): number {
  const live = listed.filter(({ status }) => isLive(status));
  const ofLive = live.map(({ recordsProcessed, totalRecords }) =>
    Math.max(0, (totalRecords ?? each) - Math.max(0, recordsProcessed ?? 0)),
  );
  return ofLive.reduce((sum, records) => sum + records, 0) + Math.max(0, openIn(statuses) - live.length) * each;
}

/** How many records the open operations of a table have left; null if unknown. */
export function openRecords(table: TableSummary, listed: readonly Operation[]): number | null {
  const { statuses, usualRecords, counting, pendingBatches } = table;
  const live = listed.filter(({ status }) => isLive(status));
  let records = 0;
  let unknown = Math.max(0, openIn(statuses) - live.length);
  // Pending rows are not listed, but the sum of their batch sizes is known.
  if (counting !== 'own totals' && pendingBatches !== null && pendingBatches.rows <= unknown) {
    records += pendingBatches.records;
    unknown -= pendingBatches.rows;
  }
  for (const row of live) {
    const done = Math.max(0, row.recordsProcessed ?? 0);
    // A cumulative counter includes the records of earlier operations.
    const expected = counting === 'cumulative' ? null : expectedOfRow(row);
    // Nothing shows when it ends: it shares its total, or it has none and more records than an operation usually has.
    if (counting === 'per batch' && isLong(row)) return null;
    if (expected === null && counting !== 'cumulative' && done >= (usualRecords ?? 0) && done > 0) return null;
    if (expected === null) unknown++;
    else records += Math.max(0, expected - done);
  }
  if (unknown === 0) return records;
  return usualRecords === null ? null : records + unknown * usualRecords;
}
