import type { Operation } from './operation.ts';
import type { Snapshot } from './snapshot.ts';
import type { TableSummary } from './summary.ts';

/** A start of operations after `gapSeconds` or more without any start. Times are in seconds, as in `Operation`. */
export interface RunStart {
  readonly gapSeconds: number;
  readonly at: number;
  /** The last start before it. */
  readonly before: number;
  /** The last end of a completed operation before it; null if there is none. */
  readonly ended: number | null;
}

/** After this many seconds without any operation, a phase is begun again, not continued. */
export const dayGapSeconds = 86_400;
/** Such a gap in seconds if the table has more records than its total, which is evidence too. */
export const hourGapSeconds = 3600;

/**
 * When the newest of several runs started; null if there is no evidence of several runs. Evidence is a phase that goes on
 * after a day without operations, or a table with more records than its total and an hour without operations.
 */
export function newestRun(
  snapshot: Snapshot,
  tables: readonly TableSummary[],
  starts: readonly RunStart[],
): number | null {
  const processed = new Map(
    snapshot.totals
      .filter(({ phase }) => phase === 'execution')
      .map(({ tableName, recordsProcessed }) => [tableName, recordsProcessed]),
  );
  const exceeded = new Set(
    tables.filter((table) => isExceeded(table, processed.get(table.tableName) ?? 0)).map(({ tableName }) => tableName),
  );
  const found = starts
    .toSorted((a, b) => b.gapSeconds - a.gapSeconds)
    .find((start) => {
      if (start.at - Math.max(start.before, start.ended ?? start.before) < start.gapSeconds) return false;
      // Operations that have been running for days are no earlier run: in that one, something has ended.
      if (start.ended === null && !snapshot.failures.some((row) => isBefore(row, start.at))) return false;
      const seen = [...snapshot.operations, ...snapshot.failures];
      if (seen.some((row) => row.status === 'paused' && isBefore(row, start.at))) return false;
      const totals =
        start.gapSeconds >= dayGapSeconds
          ? snapshot.totals
          : snapshot.totals.filter(({ phase, tableName }) => phase === 'execution' && exceeded.has(tableName));
      const earlier = new Set(totals.filter((total) => isBefore(total, start.at)).map(({ phase }) => phase));
      const later = [
        ...totals.filter(({ completedAt }) => completedAt !== null && completedAt >= start.at),
        ...seen.filter(({ startedAt }) => startedAt !== null && startedAt >= start.at),
      ];
      return later.some(({ phase }) => earlier.has(phase));
    });
  return found === undefined ? null : found.at;
}

function isBefore({ startedAt }: Pick<Operation, 'startedAt'>, at: number): boolean {
  return startedAt !== null && startedAt < at;
}

/**
 * Whether all rows together have more records than the total. Rows count and not works, since a second run repeats the works
 * of the first one. The margin allows for records of failed attempts before their retries.
 */
function isExceeded({ counting, totalRecords }: TableSummary, processed: number): boolean {
  if (totalRecords === null || (counting !== 'per batch' && counting !== 'unclear')) return false;
  return processed > totalRecords * 1.1;
}
