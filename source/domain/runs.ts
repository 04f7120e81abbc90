import type { Operation } from './operation.ts';
import type { Snapshot } from './snapshot.ts';
import type { TableSummary } from './summary.ts';

/** The start of operations before which none had started for `gapSeconds` or longer. All in seconds, as `Operation` has them. */
export interface RunStart {
  readonly gapSeconds: number;
  readonly at: number;
  /** The last start before it. */
  readonly before: number;
  /** The last end before it, of completed operations; null where none ended. */
  readonly ended: number | null;
}

/** After so long without any operation, the same phase is begun again, not continued. */
export const dayGapSeconds = 86_400;
/** The same where a table holds more records than its total: they are evidence by themselves. */
export const hourGapSeconds = 3600;

/**
 * Since when the newest of several runs goes on; null where the table does not evidently hold several. The evidence: a phase
 * that goes on after a day in which nothing was done, or a table with more records than its total, and an hour in which
 * nothing was done.
 */
export function newestRun(
  snapshot: Snapshot,
  tables: readonly TableSummary[],
  starts: readonly RunStart[],
): number | null {
  const exceeded = new Set(tables.filter((table) => isExceeded(table, snapshot)).map(({ tableName }) => tableName));
  const found = starts
    .toSorted((a, b) => b.gapSeconds - a.gapSeconds)
    .find((start) => {
      if (start.at - Math.max(start.before, start.ended ?? start.before) < start.gapSeconds) return false;
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
 * The records of all rows, and not of works: a second run repeats the works of the first one. What a failed attempt had done
 * before its retry is no second run.
 */
function isExceeded({ tableName, counting, totalRecords }: TableSummary, { totals }: Snapshot): boolean {
  if (totalRecords === null || (counting !== 'per batch' && counting !== 'unclear')) return false;
  const total = totals.find((one) => one.phase === 'execution' && one.tableName === tableName);
  return total !== undefined && total.recordsProcessed > totalRecords * 1.1;
}
