import { type Memo, noMemo } from './memo.ts';
import { hasOutcome, openIn } from './progress.ts';
import { operationsIn, type TableSummary } from './summary.ts';

/** The share of its total by which a table may end short, if no other work shows whether works do. */
const usualShort = 0.08;

/** The minimum share of the remaining records that is expected. */
export const leastShare = 0.4;

/** Batches with fewer records than this share of the batch size say nothing about the total. */
const leastBatchShare = 0.8;

/** The records that a table has left: by its total, and by its open rows. */
export interface LeftByRows {
  readonly records: number;
  /** How many records the open operations have. */
  readonly begun: number;
  /** Null if it is not known what the open rows have to do. */
  readonly planned: number | null;
  /** How many records a report of a worker usually has; null if unknown. */
  readonly reported: number | null;
}

/**
 * The fewest records that a table may have left. A total is an expectation: works often end with fewer records. How many fewer
 * is expected by the works that have ended, and by up to a tenth of the total where none has.
 *
 * @param tables all tables of the phase
 * @param memo keeps what their ended works show
 */
export function fewestRecords(
  table: TableSummary,
  left: LeftByRows,
  tables: readonly TableSummary[],
  memo: Memo = noMemo,
): number {
  const { records, begun, planned, reported } = left;
  if (records <= 0 || table.totalRecords === null) return records;
  const share = shortShare(table, begun, tables, memo);
  const whole = openTotal(table);
  const done = table.counting === 'own totals' ? begun : table.recordsProcessed;
  const batches = shareOfBatches(table, reported);
  // Batches that leave records out leave as large a share of the total undone.
  const byBatches = batches < 1 ? Math.min(records, whole * batches - done) : records;
  let fewest = Math.min(byBatches, records - share * whole);
  // The open operations of a large table may all have the largest total, but mostly have the usual one.
  if (table.open !== null && 'each' in table.open) fewest = Math.min(fewest, whole * (1 - share) - begun);
  if (planned !== null && table.counting === 'per batch' && table.statuses.pending > 0) {
    if (hasAllRows(table, records, planned)) fewest = byBatches;
    else if (planned >= leastShare * records) fewest = Math.min(fewest, planned);
  }
  return Math.max(leastShare * records, fewest);
}

/** Whether the open rows of a table have all that is left: its workers insert no more of them. @param planned null if unknown */
export function hasAllRows({ usualRecords }: TableSummary, records: number, planned: number | null): boolean {
  return planned !== null && planned >= records - (usualRecords ?? 0);
}

/**
 * By which share of their totals the open works of a table with own totals may end short.
 *
 * @param reported how many records a report usually has; null if unknown
 */
export function shortOfOwn(
  table: TableSummary,
  { begun, reported }: Pick<LeftByRows, 'begun' | 'reported'>,
  tables: readonly TableSummary[],
  memo: Memo,
): number {
  return Math.max(shortShare(table, begun, tables, memo), 1 - shareOfBatches(table, reported));
}

/** By which share of their totals open works are expected to end short. */
function shortShare(table: TableSummary, begun: number, tables: readonly TableSummary[], memo: Memo): number {
  const ended = [...ownWorks(table, begun), ...memo(endedTables, tables)];
  const count = ended.reduce((sum, one) => sum + one.works, 0);
  return ended.reduce((sum, one) => sum + one.works * one.short, usualShort) / (1 + count);
}

interface Ended {
  readonly works: number;
  /** The share of their total by which they ended short. */
  readonly short: number;
}

function ownWorks(table: TableSummary, begun: number): Ended[] {
  const { counting, statuses, totalRecords, recordsProcessed } = table;
  const ended = (totalRecords ?? 0) - openTotal(table);
  if (counting !== 'own totals' || statuses.completed === 0 || statuses.failed + statuses.skipped > 0 || ended <= 0)
    return [];
  return [{ works: statuses.completed, short: Math.max(0, 1 - (recordsProcessed - begun) / ended) }];
}

const endedTables = (tables: readonly TableSummary[]): readonly Ended[] => tables.flatMap(endedTable);

function endedTable({ statuses, totalRecords, recordsProcessed }: TableSummary): Ended[] {
  if (!hasOutcome(statuses) || totalRecords === null || totalRecords <= 0 || recordsProcessed <= 0) return [];
  return [{ works: 1, short: Math.max(0, 1 - recordsProcessed / totalRecords) }];
}

/** The total of the works that are open, if all have about the same. */
function openTotal({ counting, totalRecords, statuses }: TableSummary): number {
  const total = totalRecords ?? 0;
  return counting === 'own totals' ? (total * openIn(statuses)) / Math.max(1, operationsIn(statuses)) : total;
}

/** How many records a completed batch has, as a share of its batch size. */
function endedShare({ counting, recordsPerSecond, averageBatchSeconds, largestBatch, statuses }: TableSummary): number {
  if (counting !== 'per batch' || recordsPerSecond === null || averageBatchSeconds === null) return 1;
  return statuses.completed < 3 ? 1 : batchShare(recordsPerSecond * averageBatchSeconds, largestBatch);
}

/** The records of a batch as a share of its size, by the completed ones and by the reports of the running ones. */
function shareOfBatches(table: TableSummary, reported: number | null): number {
  return Math.min(endedShare(table), reportedShare(reported, table));
}

/** A batch may be reported in up to this many parts: of smaller ones, any size fits some number of parts. */
const mostParts = 3;

/** The share of a batch that is reported at once or, where no row shows the records of one batch, in parts of the same size. */
function reportedShare(records: number | null, { counting, largestBatch: batchSize }: TableSummary): number {
  if (records === null || records <= 0 || batchSize === null) return 1;
  if (counting !== 'own totals') return batchShare(records, batchSize);
  const parts = Math.max(1, Math.floor(batchSize / records));
  return parts > mostParts ? 1 : batchShare(parts * records, batchSize);
}

function batchShare(records: number | null, batchSize: number | null): number {
  if (records === null || batchSize === null || batchSize <= 0) return 1;
  const share = records / batchSize;
  return share < leastBatchShare ? 1 : Math.min(1, share);
}
