import { cumulativeHistory } from './cumulative-history.ts';
import type { HistorySpan, Snapshot } from './snapshot.ts';
import type { TableSummary } from './summary.ts';
import { instantBefore, isTwofold } from './zone.ts';

/**
 * The history with the records of each batch: in a cumulative table, a row includes the records of all rows before it. Batches of
 * which it is not known when they ran are left out: those of the hour that exists twice. In the second one of these hours, all are: the
 * others would look as if nothing was done since.
 */
export function knownHistory(
  snapshot: Pick<Snapshot, 'history' | 'takenAt' | 'zone'>,
  tables: readonly TableSummary[],
): readonly HistorySpan[] {
  if (isTwofold(snapshot.takenAt, snapshot.zone)) return [];
  const history = snapshot.history.flatMap((span) => settled(span, snapshot));
  const cumulative = tables.filter(({ counting }) => counting === 'cumulative');
  if (history.length === 0 || cumulative.length === 0) return history;
  const names = new Set(cumulative.map(({ tableName }) => tableName));
  const byTable = Map.groupBy(history, ({ tableName }) => tableName);
  return [
    ...history.filter(({ tableName }) => !names.has(tableName)),
    ...cumulative.flatMap(({ tableName, recordsProcessed, largestBatch }) =>
      cumulativeHistory(byTable.get(tableName) ?? [], recordsProcessed, largestBatch),
    ),
  ];
}

function settled(span: HistorySpan, { takenAt, zone }: Pick<Snapshot, 'takenAt' | 'zone'>): HistorySpan[] {
  // The times are those of whole slices: the end itself may be the first moment after the hour.
  const [from, end] = [instantBefore(span.from, takenAt, zone), instantBefore(span.to - 1, takenAt, zone)];
  if (from === null || end === null || end < from) return [];
  return from === span.from && end === span.to - 1 ? [span] : [{ ...span, from, to: end + 1 }];
}
