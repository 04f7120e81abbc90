import { beginOrder, repeatedBy } from './begin-order.ts';
import { type CheckpointRow, hasPositionBeside, hasRecords, positionOf } from './checkpoint-rows.ts';
import { isOpen } from './operation.ts';

/**
 * How far the work is, by a row that the library marked with `from` and by the rows of its run that it marked later. `by` is
 * the later row that decides, null if the row itself does. `place` is null if a later row began before the end of this one:
 * both may have done the same records.
 *
 * @param rows those of the table, or the attempts of the row's work if its place is one in its own work
 */
export function placeByMarks(
  row: CheckpointRow,
  rows: readonly CheckpointRow[],
): { readonly place: number | null; readonly by: CheckpointRow | null } {
  const place = positionOf(row);
  const orderOf = beginOrder(rows);
  const later = rows.filter(
    (other) =>
      hasPositionBeside(other, row) &&
      (orderOf(other) >= orderOf(row) || isProcessedSince(other, row)) &&
      positionOf(other) > place,
  );
  const by = newest(later, orderOf);
  if (by === undefined) return { place, by: null };
  const chainOf = repeatedBy(rows);
  // The counter of a row from the queue includes records from before the other row: its `from` is below that one's end.
  const isAfter = (other: CheckpointRow): boolean => (other.mark?.from ?? 0) >= place || chainOf(other).has(row.id);
  const isApart = !hasRecords(row) || later.every(isAfter);
  return { place: isApart ? positionOf(by) : null, by };
}

/**
 * The last row of the same run that began after this one and ended at the same place of the work; undefined if there is none.
 * If this row goes on, its mark has to say that it does so after that one.
 */
export function laterAtSamePlace(row: CheckpointRow, rows: readonly CheckpointRow[]): CheckpointRow | undefined {
  const orderOf = beginOrder(rows);
  const later = rows.filter(
    (other) =>
      hasPositionBeside(other, row) &&
      !isOpen(other.status) &&
      orderOf(other) > orderOf(row) &&
      positionOf(other) === positionOf(row),
  );
  return newest(later, orderOf);
}

/** Whether this row has no records yet and a worker processed the other row after this one began. */
function isProcessedSince(other: CheckpointRow, row: CheckpointRow): boolean {
  if (hasRecords(row) || row.startedAt === null) return false;
  return isOpen(other.status) || (other.completedAt !== null && other.completedAt >= row.startedAt);
}

/** Returns the row that began last, of several such rows the one furthest in the work; undefined without rows. */
export function newest(
  rows: readonly CheckpointRow[],
  orderOf: ReturnType<typeof beginOrder>,
): CheckpointRow | undefined {
  return rows.toSorted((a, b) => orderOf(a) - orderOf(b) || positionOf(a) - positionOf(b)).at(-1);
}
