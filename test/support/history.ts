import type { Operation } from '../../source/domain/operation.ts';
import type { HistorySpan } from '../../source/domain/snapshot.ts';
import { localSeconds, type Zone } from '../../source/domain/zone.ts';

/** The records that ended in the last hour, as sql/queries/history.sql. */
export function historyOf(rows: Iterable<Operation>, now: number, zone?: Zone): HistorySpan[] {
  return [...rows].flatMap((row): HistorySpan[] => {
    const { phase, startedAt, completedAt, recordsProcessed } = row;
    if (phase !== 'execution' || startedAt === null || completedAt === null || (recordsProcessed ?? 0) <= 0) return [];
    // PostgreSQL compares timestamps on the writers' clock.
    const ago = localSeconds(now, zone) - localSeconds(completedAt, zone);
    if (ago >= 3600 || ago < 0 || localSeconds(startedAt, zone) > localSeconds(completedAt, zone)) return [];
    const [from, to] = [Math.floor(startedAt / 10) * 10, Math.ceil(completedAt / 10) * 10];
    return [{ tableName: row.tableName, from, to, records: recordsProcessed ?? 0 }];
  });
}
