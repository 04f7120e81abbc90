import { type CheckpointRow, hasRecords, positionOf, startOf } from './checkpoint-rows.ts';
import { finiteTime } from './finite-time.ts';
import { isOpen, type Phase } from './operation.ts';

/** The phase that undoes the records of another one; null if none does. */
export function undoingPhase(phase: Phase): Phase | null {
  if (phase === 'execution') return 'rollback';
  return phase === 'rollback' ? 'execution' : null;
}

/**
 * The rows that may have undone records of these, in order of id: a rollback after an execution, or an execution after a rollback.
 *
 * @param rows those whose records count
 * @param undoing the rows of the phase that undoes them
 */
export function undoneBy(rows: readonly CheckpointRow[], undoing: readonly CheckpointRow[]): readonly CheckpointRow[] {
  const counted = rows.filter((row) => hasRecords(row) || positionOf(row) > 0);
  return undoing.filter((undo) => mayHaveUndone(undo) && counted.some((row) => !isAfter(row, undo)));
}

/** Whether a row has done any of its work, as far as it says: a completed one without a counter has. */
function mayHaveUndone({ status, recordsProcessed, startedAt }: CheckpointRow): boolean {
  if ((recordsProcessed ?? 0) !== 0) return true;
  if (status === 'running' || status === 'paused') return true;
  if (recordsProcessed !== null || status === 'pending') return false;
  return status === 'completed' || (status === 'failed' && startedAt !== null);
}

/**
 * Whether all records of a row were done after the other one ended. The start of a row with a lower id shows that only if the row was not
 * put back into the queue, as a claim sets a later start; or if the row's mark names the other one, or a later one.
 */
function isAfter(row: CheckpointRow, undo: CheckpointRow): boolean {
  if (isOpen(undo.status)) return false;
  const end = finiteTime(undo.completedAt) ?? finiteTime(undo.startedAt);
  const start = startOf({ row, records: 0 });
  if (row.id > undo.id || (row.mark?.repeats ?? row.id) >= undo.id)
    return start === null || end === null || start >= end;
  if (row.mark === null || row.mark.from === null || row.mark.worked !== null) return false;
  return start !== null && end !== null && start >= end;
}
