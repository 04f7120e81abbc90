import { largest, smallest } from './extremes.ts';
import { finiteTime } from './finite-time.ts';
import { type Attempt, canonicalQuery, withoutRetry } from './lineage.ts';
import { isOpen } from './operation.ts';
import { sum } from './sum.ts';
import { isLiveOrCompleted } from './works.ts';

/** A row of a table, as `checkpointOf` reads it. */
export interface CheckpointRow extends Attempt {
  readonly workerId?: number | null;
  /** Where it is in the order of start if it began in the hour that exists twice: at its beginning. Null for other rows. */
  readonly place?: number | null;
}

/** A row that counts, with how many records it adds. */
export interface Item {
  readonly row: CheckpointRow;
  readonly records: number;
}

export type Linked = (a: Item, b: Item) => boolean;

/** Rows this many seconds apart may be of two runs: the attempts of one run seldom are. */
export const runGapSeconds = 86_400;

/** Whether some of the rows that count have another operation's name: only the table connects them. */
export function hasOtherNames(
  items: readonly Item[],
  groupOf: ReadonlyMap<number, readonly CheckpointRow[]>,
  operation: string | undefined,
): boolean {
  const groups = new Set(items.map(({ row }) => groupOf.get(row.id) ?? [row]));
  if (operation !== undefined) return [...groups].some((group) => !group.some((row) => isNamed(row, operation)));
  // Batches and ranges are numbered; the specification's retry_batch_15 may repeat a row of any name.
  const names = [...groups].flatMap(([row]) =>
    row === undefined || /^retry_batch_\d+$/.test(row.operation)
      ? []
      : [withoutRetry(row.operation).replace(/\d+/g, '#')],
  );
  return new Set(names).size > 1;
}

/** Whether a row has this operation name; a prefix of a retry makes no difference. */
export function isNamed(row: CheckpointRow, operation: string): boolean {
  return withoutRetry(row.operation) === withoutRetry(operation);
}

/** In order of start, as `byStart` in start-order.ts; rows that wait in the queue are last. */
export function byStart(a: Item, b: Item): number {
  const [earlier, later] = [placeOf(a.row), placeOf(b.row)];
  return earlier === later ? a.row.id - b.row.id : earlier - later;
}

/** Seconds to sort by. */
export function placeOf(row: CheckpointRow): number {
  return row.place ?? startOf({ row, records: 0 }) ?? Number.MAX_SAFE_INTEGER;
}

/** When a row began, in seconds; if that is unknown, when it ended; null for an open row without a start. */
export function startOf({ row }: Item): number | null {
  return finiteTime(row.startedAt) ?? (isOpen(row.status) ? null : finiteTime(row.completedAt));
}

/** When a row ended, in seconds; null if it has no finite end. */
export function endOf({ row }: Item): number | null {
  return finiteTime(row.completedAt) ?? finiteTime(row.startedAt);
}

/** Whether a day or more lies between two rows that are not known to be of one run. */
export function areApart(items: readonly Item[], linked: Linked): boolean {
  let end: number | null = null;
  return items.some((item, index) => {
    const [start, before, earlier] = [startOf(item), items[index - 1], end];
    const own = endOf(item);
    end = own === null ? end : Math.max(end ?? own, own);
    if (before === undefined || start === null || earlier === null || start - earlier < runGapSeconds) return false;
    const run = item.row.mark?.run ?? null;
    return !linked(item, before) && (run === null || run !== before.row.mark?.run);
  });
}

/** Whether the next row has fewer records, or is known to count only its own: then it does not include these. */
export function isBelow(item: Item, index: number, items: readonly Item[]): boolean {
  const next = items[index + 1];
  return next === undefined || next.row.mark !== null || next.records < item.records;
}

/** Returns the source query in the form in which queries are compared (`canonicalQuery`). */
export function queryOf({ sourceQuery }: CheckpointRow): string {
  return canonicalQuery(sourceQuery ?? '');
}

/** Whether a row may include the records of the ones before it. */
export function mayIncludeEarlier(items: readonly Item[]): boolean {
  return [items, inOneOrder(items)].some((order) => risesByBatches(order) || goesOnFromCompleted(order));
}

/**
 * Whether a row that is not completed may include the records of the completed ones before it: these rise, and it has as many as the last of
 * them or up to one and a half batches more.
 */
function goesOnFromCompleted(items: readonly Item[]): boolean {
  let last: Item | null = null;
  for (const item of items) {
    const { row, records } = item;
    if (row.mark !== null) return false;
    if (row.status === 'completed') {
      if (last !== null && records <= last.records) return false;
      last = item;
    } else if (last !== null && records >= last.records) {
      const batch = row.batchSize !== null && row.batchSize > 0 ? row.batchSize : last.records;
      if (records <= last.records + 1.5 * batch) return true;
    }
  }
  return false;
}

/** In order of start; of records where the order of time is unknown: rows without times, and rows that overlap. */
function inOneOrder(items: readonly Item[]): readonly Item[] {
  const groups: Item[][] = [];
  let end: number | null = null;
  let last: number | null = null;
  for (const item of items) {
    const start = startOf(item);
    const isLater = start !== null && last !== null && end !== null && start > last && start >= end;
    if (isLater || groups.length === 0) groups.push([]);
    groups.at(-1)?.push(item);
    last = start ?? last;
    end = Math.max(end ?? Number.NEGATIVE_INFINITY, endOf(item) ?? Number.NEGATIVE_INFINITY);
  }
  return groups.flatMap((group) => group.sort((a, b) => a.records - b.records));
}

/**
 * Whether a completed row has about one batch more than the one before it, and more than its batch. In a table that was begun again
 * from 0, counters like 500, 1000, 500, 1000, 1500 rise in this way and fall too.
 */
function risesByBatches(items: readonly Item[]): boolean {
  const completed = items.filter(({ row }) => row.status === 'completed' && row.mark === null);
  const least = smallest(completed.map(({ records }) => records));
  return completed.some(({ row, records }, index) => {
    const step = records - (completed[index - 1]?.records ?? records);
    const batch = row.batchSize !== null && row.batchSize > 0 ? row.batchSize : least;
    return records > batch && step > 0.75 * least && step <= 1.5 * batch;
  });
}

/** How many completed rows, each one batch above the one before, prove a cumulative table. */
const fewestCumulative = 3;

/**
 * Whether the largest counter of a cumulative table is its position: enough rows prove it, and no failed or skipped row is ahead
 * of the others, which may have counted records that it did not migrate.
 */
export function isSurelyCumulative(items: readonly Item[]): boolean {
  const largestOf = (areKept: boolean): number =>
    largest(items.flatMap(({ row, records }) => (isLiveOrCompleted(row.status) === areKept ? [records] : [])));
  const completed = items.filter(({ row }) => row.status === 'completed');
  return completed.length >= fewestCumulative && largestOf(false) <= largestOf(true);
}

/** Whether the rows add up to more than their total. A total that a single row exceeds is no evidence. */
export function isAboveTotal(items: readonly Item[]): boolean {
  const total = largest(items.map(({ row }) => row.totalRecords ?? -1));
  const counters = items.map(({ records }) => records);
  return items.length > 1 && total >= 0 && counters.every((records) => records <= total) && sum(counters) > total;
}

/** Whether a row has completed with all records of its total. */
export function isCompleteRow({ row, records }: Item): boolean {
  return row.status === 'completed' && row.totalRecords !== null && records >= row.totalRecords;
}

/** How many records a row has processed; 0 if its counter is NULL or negative. */
export function counterOf({ recordsProcessed }: CheckpointRow): number {
  return Math.max(0, recordsProcessed ?? 0);
}

/** Whether the counter is above 0; false for NULL and for a negative one. */
export function hasRecords(row: CheckpointRow): boolean {
  return counterOf(row) > 0;
}

/** Whether the library wrote how far the table was when the row began. */
export function hasTablePosition(row: CheckpointRow): boolean {
  return hasPosition(row) && row.mark?.ofOperation === false;
}

/** Whether the library began the row to continue the whole table, also if it has no position now (`of=table`). */
export function isOfTable(row: CheckpointRow): boolean {
  return hasTablePosition(row) || (row.mark?.atLeast !== undefined && row.status !== 'skipped');
}

/** As `isOfTable`, also if the row was skipped before its first batch. */
export function wasOfTable({ mark }: CheckpointRow): boolean {
  return mark !== null && !mark.ofOperation && (mark.from !== null || mark.atLeast !== undefined);
}

/** Whether a row continued the table in the same run as the one that `own` repeats: it is as sure as that one. */
export function goesOnBeside(row: CheckpointRow, { mark }: Attempt, attempts: readonly CheckpointRow[]): boolean {
  const repeated = attempts.find(({ id }) => id === mark?.repeats);
  return repeated !== undefined && wasOfTable(row) && wasOfTable(repeated) && row.mark?.run === repeated.mark?.run;
}

/**
 * Whether the library wrote how far the work was when the row began. A row that was skipped before its first batch does not
 * count: another worker may have done the same work at the same time.
 */
export function hasPosition(row: CheckpointRow): boolean {
  return row.mark !== null && row.mark.from !== null && !(row.status === 'skipped' && !hasRecords(row));
}

/** Whether another row of the same run has a position that counts what this one's does: the table, or their own work. */
export function hasPositionBeside(other: CheckpointRow, { id, mark }: CheckpointRow): boolean {
  if (other.id === id || !hasPosition(other) || other.mark?.run !== mark?.run) return false;
  return other.mark?.ofOperation === mark?.ofOperation;
}

/** How far the work was, by the row's mark and counter. An operator may have set the counter below 0: then the mark is too high. */
export function positionOf(row: CheckpointRow): number {
  if (row.mark?.from == null) return counterOf(row);
  return Math.max(0, row.mark.from + (row.recordsProcessed ?? 0));
}

/** Whether a row that the library did not place has done an unknown number of records. */
export function hasUnknownCounter(row: CheckpointRow): boolean {
  if (hasPosition(row) || row.totalRecords === 0) return false;
  return row.recordsProcessed === null ? row.status === 'completed' : row.recordsProcessed < 0;
}
