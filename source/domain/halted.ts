import { isLive, type Operation } from './operation.ts';
import type { TableSummary } from './summary.ts';

/** How many records an open operation has left, by its row alone; null where it shares a total, and is not one batch. */
export function ownLeft(
  { counting }: TableSummary,
  { recordsProcessed, totalRecords, batchSize, status }: Operation,
): number | null {
  if (!isLive(status)) return null;
  const done = Math.max(0, recordsProcessed ?? 0);
  if (counting === 'own totals') return totalRecords === null ? null : Math.max(0, totalRecords - done);
  if (counting !== 'per batch' || batchSize === null || batchSize <= 0 || done > batchSize) return null;
  return batchSize - done;
}

/**
 * A table without what paused and stalled operations have left: no worker is at work on it, and an ETA says that it leaves them out.
 *
 * @param halted operations whose `ownLeft` is known
 */
export function withoutHalted(table: TableSummary, halted: readonly Operation[]): TableSummary {
  if (halted.length === 0) return table;
  const { statuses, totalRecords, open } = table;
  const paused = halted.filter(({ status }) => status === 'paused').length;
  const records = halted.reduce((sum, operation) => sum + (ownLeft(table, operation) ?? 0), 0);
  return {
    ...table,
    operations: table.operations - halted.length,
    statuses: {
      ...statuses,
      paused: Math.max(0, statuses.paused - paused),
      running: Math.max(0, statuses.running - (halted.length - paused)),
    },
    totalRecords: totalRecords === null ? null : Math.max(0, totalRecords - records),
    open: open !== null && 'left' in open ? { ...open, left: Math.max(0, open.left - records) } : open,
  };
}
