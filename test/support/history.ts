import type { Operation } from '../../source/domain/operation.ts';
import type { HistorySpan } from '../../source/domain/snapshot.ts';

/** The records that ended in the last hour, as sql/queries/history.sql. */
export function historyOf(rows: Iterable<Operation>, now: number): HistorySpan[] {
  return [...rows].flatMap((row): HistorySpan[] => {
    const { phase, startedAt, completedAt, recordsProcessed } = row;
    if (phase !== 'execution' || startedAt === null || completedAt === null || (recordsProcessed ?? 0) <= 0) return [];
    if (completedAt <= now - 3600 || completedAt > now || startedAt > completedAt) return [];
    const [from, to] = [Math.floor(startedAt / 10) * 10, Math.ceil(completedAt / 10) * 10];
    return [{ tableName: row.tableName, from, to, records: recordsProcessed ?? 0 }];
  });
}
