import { expectedRecords, isLive, type Operation } from './operation.ts';
import { openIn } from './progress.ts';
import type { TableSummary } from './summary.ts';

/**
 * Records that are left to do in a table; null where nothing says how many. By its total, unless its open operations have
 * more to do than that: a table that has reached its total while batches are pending is not done. They count with what
 * their rows expect or, where these are not listed, with what an operation of the table usually processes. The last batch
 * may be a short one, so the total counts where it differs by less than one operation.
 *
 * @param listed operations of the table and phase that are listed one by one
 */
export function remainingRecords(table: TableSummary, listed: readonly Operation[]): number | null {
  const { totalRecords, recordsProcessed, usualRecords, counting } = table;
  const byTotal = totalRecords === null ? null : Math.max(0, totalRecords - recordsProcessed);
  const open = openRecords(table, listed);
  if (open === null) return byTotal === 0 && openIn(table.statuses) > 0 ? null : byTotal;
  if (byTotal === null) return open;
  const needed = counting === 'own totals' ? 0 : Math.max(0, open - (usualRecords ?? 0));
  return byTotal > needed ? byTotal : Math.max(byTotal, open);
}

/** What the open operations of a table have to do, by what is known of each. */
function openRecords({ statuses, usualRecords, counting }: TableSummary, listed: readonly Operation[]) {
  const live = listed.filter(({ status }) => isLive(status));
  let records = 0;
  let unknown = Math.max(0, openIn(statuses) - live.length);
  for (const row of live) {
    const done = Math.max(0, row.recordsProcessed ?? 0);
    // A cumulative counter holds the records of earlier operations, too.
    const expected = counting === 'cumulative' ? null : expectedRecords(done, row.totalRecords, row.batchSize);
    if (expected === null) unknown++;
    else records += Math.max(0, expected - done);
  }
  if (unknown === 0) return records;
  return usualRecords === null ? null : records + unknown * usualRecords;
}
