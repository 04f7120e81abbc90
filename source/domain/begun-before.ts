import { workedSeconds } from './at-work.ts';
import type { HistorySpan, Snapshot } from './snapshot.ts';
import type { TableSummary } from './summary.ts';

/** The records of an operation explain its time if they are that many times as many as usual, or the inverse. */
const mostDifference = 2;

/**
 * The records that running operations had before the first poll, for the ETA: without them, the last hour would look slower the
 * nearer it is. Operations that have run before may have records that were processed long ago, so at most twice as many count as
 * the completed operations of the table had in that time, and at least half of them. The rates do not include them.
 */
export function begunBefore(snapshot: Snapshot, tables: readonly TableSummary[]): readonly HistorySpan[] {
  const usual = new Map(
    tables.flatMap(({ tableName, counting, recordsPerSecond }) =>
      counting === 'cumulative' || recordsPerSecond === null ? [] : [[tableName, recordsPerSecond] as const],
    ),
  );
  const { takenAt } = snapshot;
  return snapshot.operations.flatMap((operation): HistorySpan[] => {
    const { phase, tableName, status, recordsProcessed } = operation;
    const perSecond = usual.get(tableName);
    const seconds = workedSeconds(operation, snapshot);
    if (phase !== 'execution' || status !== 'running' || perSecond === undefined || seconds === null) return [];
    if ((recordsProcessed ?? 0) <= 0 || seconds <= 0) return [];
    const expected = perSecond * seconds;
    const records = Math.max(expected / mostDifference, Math.min(expected * mostDifference, recordsProcessed ?? 0));
    return [{ tableName, from: takenAt - seconds, to: takenAt, records }];
  });
}
