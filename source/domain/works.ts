import { readMark } from './mark.ts';
import { isLive, isOpen, type Operation, type Status } from './operation.ts';
import { exactQueryOf, isRanged, isRetryKey, keyOfQuery, limitOfWork, type WorkKey, workKeyOf } from './work-key.ts';

/** The fields of one row that are evidence of how its table counts (docs/figures.md). */
export interface EvidenceRow
  extends Pick<
    Operation,
    'id' | 'status' | 'recordsProcessed' | 'totalRecords' | 'batchSize' | 'startedAt' | 'completedAt'
  > {
  readonly work: WorkKey | null;
  readonly mark: EvidenceMark | null;
  /** Where it is in the order of start, if its start does not say it (`inOrderOfStart`). */
  readonly place?: number;
}

/** The mark of `migtop/worker` on a row (domain/mark.ts), reduced to evidence. */
export interface EvidenceMark {
  /** Records of the same table that were done before the row. */
  readonly before: number;
  /** Whether the library wrote down how far the work was, so that the row's position is known. */
  readonly isPlaced: boolean;
  /** Whether the row counts against its own total. */
  readonly isOfOperation: boolean;
  readonly repeats: number | null;
}

/**
 * How rows count that `migtop/worker` marked: each against its own total, each its own records of the table's total, or one of
 * these if the library did not write how far the work was.
 */
export type Marked = 'own' | 'batch' | 'either';

/** How the marked rows of these count; null if none is marked. */
export function markedAs(rows: readonly Pick<EvidenceRow, 'mark'>[]): Marked | null {
  const marks = rows.flatMap(({ mark }) => (mark === null ? [] : [mark]));
  if (marks.length === 0) return null;
  if (marks.some(({ isOfOperation }) => isOfOperation)) return 'own';
  return marks.some(({ isPlaced }) => isPlaced) ? 'batch' : 'either';
}

/** The sums of the attempts of one work. */
export interface WorkFigures {
  readonly records: number;
  readonly total: number | null;
  /** Whether its total is its batch size. */
  readonly isUnit: boolean;
  /** Whether its total is up to its batch size in each of its attempts: it is a work of one batch. */
  readonly isSide: boolean;
  readonly state: 'open' | 'completed' | 'failed' | 'skipped';
  /** Whether it has all records of its total, and an attempt is completed. */
  readonly isReached: boolean;
  /** Whether no attempt is completed. A skip of another attempt changes nothing. */
  readonly isUnfinished: boolean;
}

/** The part of a row that is evidence; `sourceQuery` may be cut if there is a `queryKey`. */
type RowOfEvidence = Omit<EvidenceRow, 'work' | 'mark'> &
  Pick<Operation, 'operation' | 'sourceQuery' | 'queryKey' | 'validationQuery'>;

/** Makes rows of the table to evidence. It keeps the keys of source queries: the versions of a row have the same query. */
export function createEvidence(): (operation: RowOfEvidence) => EvidenceRow {
  const keys = new Map<string, string>();
  const keptKey = (query: string): string => {
    const known = keys.get(query);
    if (known !== undefined) return known;
    if (keys.size >= mostKeys) keys.clear();
    const key = keyOfQuery(query);
    keys.set(query, key);
    return key;
  };
  return (operation) => evidenceWith(operation, keptKey);
}

/** How many queries, of up to 2,000 characters, are kept with their keys. */
const mostKeys = 2000;

/** A row of the table as evidence. */
export function evidenceOf(operation: RowOfEvidence): EvidenceRow {
  return evidenceWith(operation, keyOfQuery);
}

function evidenceWith(operation: RowOfEvidence, keyOf: (query: string) => string): EvidenceRow {
  const { id, status, recordsProcessed, totalRecords, batchSize, startedAt, completedAt } = operation;
  const { mark } = readMark(operation.validationQuery);
  return {
    id,
    status,
    recordsProcessed,
    totalRecords,
    batchSize,
    startedAt,
    completedAt,
    work: workKeyOf(operation, keyOf),
    mark:
      mark === null
        ? null
        : {
            before: mark.from ?? 0,
            isPlaced: mark.from !== null,
            isOfOperation: mark.ofOperation,
            repeats: mark.repeats,
          },
  };
}

/** How many records a row has processed; 0 if its counter is NULL or negative. */
export function counterOf({ recordsProcessed }: Pick<EvidenceRow, 'recordsProcessed'>): number {
  return Math.max(0, recordsProcessed ?? 0);
}

/** The total that a row names; null if it names none, or a negative one. */
export function totalNamed({ totalRecords }: Pick<EvidenceRow, 'totalRecords'>): number | null {
  return totalRecords === null || totalRecords < 0 ? null : totalRecords;
}

/** The batch size of a row; null if it is NULL, 0 or negative. */
export function batchSizeOf({ batchSize }: Pick<EvidenceRow, 'batchSize'>): number | null {
  return batchSize === null || batchSize <= 0 ? null : batchSize;
}

/** Whether a row processed more records than one batch has, or has no batch size above 0. */
export function isOutside(row: Pick<EvidenceRow, 'recordsProcessed' | 'batchSize'>): boolean {
  const batch = batchSizeOf(row);
  return batch === null || counterOf(row) > batch;
}

/** Whether the status is running, paused or completed. */
export function isLiveOrCompleted(status: Status): boolean {
  return status === 'completed' || isLive(status);
}

/** Whether a row names a total above 0 and up to its batch size. */
export function isSideRow(row: Pick<EvidenceRow, 'totalRecords' | 'batchSize'>): boolean {
  const total = totalNamed(row);
  if (total === null || total === 0) return false;
  const batch = batchSizeOf(row);
  return batch !== null && total <= batch;
}

/** Whether a row is an attempt that was given up: it failed, or it was skipped after it had begun. */
export function isGivenUp({ status, startedAt }: Pick<EvidenceRow, 'status' | 'startedAt'>): boolean {
  return status === 'failed' || (status === 'skipped' && startedAt !== null);
}

/** The query of a row, exactly as it is stored; null for a row without a query. */
export function exactKeyOf({ work }: Pick<EvidenceRow, 'work'>): string | null {
  return work === null ? null : exactQueryOf(work);
}

/** The query of a row that names its range, exactly as it is stored; null for other rows. */
export function rangeKeyOf({ work }: Pick<EvidenceRow, 'work'>): string | null {
  return work !== null && isRanged(work) ? exactQueryOf(work) : null;
}

/** Whether the name of the operation of a row with a query has `retry` in it. */
export function isNamedRetry({ work }: Pick<EvidenceRow, 'work'>): boolean {
  return work !== null && isRetryKey(work);
}

/** The attempts of each work with several of them: works and attempts in order of id. */
export type AttemptsByWork = readonly (readonly EvidenceRow[])[];

/** Sorts the attempts of each work by id, and the works by their lowest id. Leaves the given arrays as they are. */
export function inOrderOfId(works: readonly (readonly EvidenceRow[])[]): AttemptsByWork {
  return works
    .map((attempts) => attempts.toSorted((a, b) => a.id - b.id))
    .sort((a, b) => (a[0]?.id ?? 0) - (b[0]?.id ?? 0));
}

/**
 * Adds up the attempts of one work. `records` is at most the total, unless one row alone, or the rows without a total, have
 * more, and at most the records of the batch that they repeat (`batchOf`); `total` is the largest named one, null if none is named.
 */
export function workOf(attempts: readonly EvidenceRow[]): WorkFigures {
  let total: number | null = null;
  let largest = 0;
  let records = 0;
  let unlimited = 0;
  let isSide = false;
  let isMain = false;
  let hasOpen = false;
  let hasCompleted = false;
  let hasFailed = false;
  for (const row of attempts) {
    const counter = counterOf(row);
    total = larger(total, totalNamed(row));
    largest = Math.max(largest, counter);
    records += counter;
    if (totalNamed(row) === null) unlimited += counter;
    if (isSideRow(row)) isSide = true;
    else isMain ||= (totalNamed(row) ?? 0) > 0;
    hasOpen ||= isOpen(row.status);
    hasCompleted ||= row.status === 'completed';
    hasFailed ||= row.status === 'failed';
  }
  // A repetition continues after the attempt before it, or starts again from 0: together they have at most the total, if there is
  // one. One row may have more than its total: its counter is not limited. Attempts without a total have no limit together.
  const done = Math.max(largest, Math.min(batchOf(attempts), Math.max(unlimited, Math.min(total ?? 0, records))));
  const isReached = hasCompleted && total !== null && done >= total;
  return {
    records: done,
    total,
    isUnit: total !== null && attempts.some((row) => row.totalRecords === total && batchSizeOf(row) === total),
    // An attempt with another batch size does not make a range a separate work.
    isSide: isSide && !isMain,
    state: hasOpen ? 'open' : hasCompleted ? 'completed' : hasFailed ? 'failed' : 'skipped',
    isReached,
    isUnfinished: !hasCompleted,
  };
}

/**
 * The most records that the attempts of one work can have together: the LIMIT of their source query, if it is the batch size of each
 * and no counter is above it. Without an attempt that was given up, rows with one query may have done different things: Infinity.
 */
function batchOf(attempts: readonly EvidenceRow[]): number {
  if (!attempts.some(isGivenUp)) return Infinity;
  const limits = attempts.map((row) => (row.work === null ? null : limitOfWork(row.work)));
  const [limit] = limits;
  if (limit == null || limits.some((other) => other !== limit)) return Infinity;
  return attempts.every((row) => batchSizeOf(row) === limit && counterOf(row) <= limit) ? limit : Infinity;
}

function larger(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
