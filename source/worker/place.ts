import { beginOrder } from '../domain/begin-order.ts';
import { type Checkpoint, checkpointOf, doneBefore } from '../domain/checkpoint.ts';
import {
  type CheckpointRow,
  counterOf,
  endOf,
  hasUnknownCounter,
  positionOf,
  runGapSeconds,
  wasOfTable,
} from '../domain/checkpoint-rows.ts';
import { largest } from '../domain/extremes.ts';
import { attemptsOfRow } from '../domain/lineage.ts';
import type { Mark } from '../domain/mark.ts';
import { laterAtSamePlace, placeByMarks } from '../domain/place-by-marks.ts';
import { attemptsOnTable, leastBefore } from '../domain/retry.ts';
import { undoneBy } from '../domain/undone.ts';
import type { RunBatchesOptions } from './batch.ts';
import { isOneOfSeveral, isQueued } from './candidates.ts';
import { countingOf, type StoredRow, type TableState } from './checkpoint.ts';
import type { Queryable } from './queryable.ts';
import type { WorkerSession } from './session.ts';
import type { StartOptions } from './starting.ts';

/** Where an operation continues, or why that is ambiguous. */
export type Place =
  | {
      readonly kind: 'at';
      readonly before: number;
      readonly ofOperation: boolean;
      readonly earlier: readonly CheckpointRow[];
      /** The operation that it continues; replaces `repeats` of its mark. */
      readonly behind?: number;
    }
  | Extract<Checkpoint, { kind: 'ambiguous' }>;

interface PlaceContext {
  readonly session: WorkerSession;
  readonly start: StartOptions;
  readonly options: Pick<RunBatchesOptions<unknown, Queryable>, 'counting' | 'offset' | 'since'>;
  readonly bySourceQuery: boolean;
}

/**
 * Where the work on a table continues.
 *
 * @param own the row that continues it; undefined if a new row starts
 */
export function placeOfStart(
  table: TableState,
  own: StoredRow | undefined,
  { session, start, options, bySourceQuery }: PlaceContext,
): Place {
  const rows = table.rows.filter((row) => row.included || row === own);
  const counting = countingOf(options);
  const isGiven = counting !== undefined || options.offset !== undefined;
  const counter = Math.max(0, own?.recordsProcessed ?? 0);
  const undone = own === undefined ? null : placeIfUndone(own, table, options, own.mark?.ofOperation ?? bySourceQuery);
  if (undone !== null) return undone;
  if (own?.mark?.from != null) return placeOfMarked(own, own.mark, rows, options);
  const atLeast = own === undefined ? undefined : leastOf(own, rows);
  if (own !== undefined && atLeast !== undefined)
    return placeOnQueuedTable(own, rows, { table, session, operation: start.operation, options, atLeast });
  // With `checkpoint: 'operation'`, each queued row with its own source query is a separate work.
  const ofOperation = bySourceQuery && own !== undefined;
  const found: Checkpoint = ofOperation
    ? attemptsBefore(own, rows, { session, counting, table })
    : own !== undefined && !isGiven && isOneOfSeveral(own, rows)
      ? { kind: 'ambiguous', reason: 'queued ranges', rows: rows.filter((row) => isQueued(row)) }
      : checkpointOf(rows, {
          run: session.runName,
          operation: start.operation,
          counting,
          offset: options.offset,
          undoing: table.undoing,
        });
  if (options.since === undefined && !isGiven && isOfEndedRun(found, table, own?.totalRecords ?? start.totalRecords))
    return { kind: 'ambiguous', reason: 'several runs', rows: found.rows };
  return placeBehind(found, { offset: options.offset, counter: ofOperation ? 0 : counter, ofOperation, own, rows });
}

/**
 * Whether other programs had done all records of their total a day ago or more, and there are more records now: perhaps a new run begins,
 * with an empty target.
 */
function isOfEndedRun(found: Checkpoint, { now }: TableState, total: number | null | undefined): boolean {
  if (found.kind === 'ambiguous' || found.exact !== null || total == null || found.records >= total) return false;
  const end = largest(found.rows.map((row) => endOf({ row, records: 0 }) ?? now));
  return isFinished(found.rows, found.records, {}) && now - end >= runGapSeconds;
}

/** Where an operation continues whose records may have been undone since they were done; null if they were not. */
function placeIfUndone(
  own: StoredRow,
  { rows, undoing }: TableState,
  { offset }: { offset?: number | undefined },
  ofOperation: boolean,
): Place | null {
  const undone = undoneBy([own], undoing);
  if (undone.length === 0) return null;
  const found: Checkpoint = { kind: 'ambiguous', reason: 'undone', rows: undone, atLeast: counterOf(own) };
  return placeBehind(found, { offset, counter: 0, ofOperation, own, rows });
}

/** Where an operation continues whose mark has `from`. */
function placeOfMarked(
  own: StoredRow,
  mark: Mark,
  all: readonly StoredRow[],
  { offset }: { offset?: number | undefined },
): Place {
  const { ofOperation } = mark;
  const rows = ofOperation ? attemptsOfRow(all, own.id) : all;
  const { place, by } = placeByMarks(own, rows);
  // Without its mark, the attempts before this one may not be known as such: it is not replaced by a later one.
  const mayName = !ofOperation || mark.repeats === null;
  if (by === null) {
    const later = mayName ? laterAtSamePlace(own, rows) : undefined;
    const here: Place = { kind: 'at', before: mark.from ?? 0, ofOperation, earlier: [] };
    return later === undefined ? here : { ...here, behind: later.id };
  }
  // A later operation has continued from this one.
  const at: Checkpoint =
    place === null || !mayName
      ? { kind: 'ambiguous', reason: 'overtaken', rows: [own, by], atLeast: positionOf(by) }
      : { kind: 'at', records: place, exact: by, rows: [by] };
  // A lower offset is one that was passed before, when this operation began.
  if (at.kind === 'ambiguous' && (offset ?? 0) < positionOf(by)) return at;
  const behind = placeBehind(at, { offset, counter: counterOf(own), ofOperation, own, rows });
  return behind.kind === 'at' && mayName ? { ...behind, behind: by.id } : behind;
}

/** How many records of the table were done at least, for an operation without `from`, by its mark or that of what it repeats. */
function leastOf(own: StoredRow, rows: readonly StoredRow[]): number | undefined {
  return own.mark?.atLeast ?? leastBefore(own, attemptsOnTable(rows, own.id));
}

/**
 * Where an operation continues that was put back into the queue before its first record (`of=table` in its mark), or that repeats
 * such a one: where the table's operations are now, and not before the place that it had.
 *
 * @param given.atLeast that place
 */
function placeOnQueuedTable(
  own: StoredRow,
  rows: readonly StoredRow[],
  given: Pick<PlaceContext, 'session' | 'options'> & {
    readonly table: TableState;
    readonly operation: string;
    readonly atLeast: number;
  },
): Place {
  const { session, operation, options, table } = given;
  const { offset, since } = options;
  const counting = countingOf(options);
  const { undoing } = table;
  const found = checkpointOf(rows, { run: session.runName, operation, counting, offset, undoing });
  // `since` may exclude the operations whose records that place counts.
  const atLeast = since === undefined ? given.atLeast + counterOf(own) : 0;
  const raised = found.kind === 'at' ? { ...found, records: Math.max(found.records, atLeast) } : found;
  return placeBehind(raised, { offset, counter: counterOf(own), ofOperation: false, own, rows });
}

/** Subtracts the operation's own counter from the records done. Uses `offset` if the marks do not say how many are done. */
function placeBehind(
  found: Checkpoint,
  given: {
    offset: number | undefined;
    counter: number;
    ofOperation: boolean;
    own: CheckpointRow | undefined;
    rows: readonly CheckpointRow[];
  },
): Place {
  const { offset, counter, own } = given;
  const isExact = found.kind === 'at' && found.exact !== null;
  if (offset !== undefined && !isExact) {
    // A counter below 0 is subtracted too: the worker adds it to `before`.
    const before = offset - (own?.recordsProcessed ?? 0);
    if (before < 0)
      throw new TypeError(`offset is ${offset}; operation ${own?.id} has ${own?.recordsProcessed} records already.`);
    const at: Place = { kind: 'at', before, ofOperation: given.ofOperation, earlier: [] };
    const behind = found.kind === 'ambiguous' && found.reason === 'undone' ? found.rows.at(-1)?.id : undefined;
    const mayName = own !== undefined && (!given.ofOperation || own.mark?.repeats == null);
    return behind !== undefined && mayName && own.id < behind ? { ...at, behind } : at;
  }
  if (found.kind === 'ambiguous') return found;
  if (own !== undefined && hasUnknownCounter(own)) return { kind: 'ambiguous', reason: 'no counter', rows: [own] };
  const before = found.records - counter;
  if (before < 0) return { kind: 'ambiguous', reason: 'either', rows: found.rows };
  const ofOperation = given.ofOperation && found.exact?.mark?.ofOperation !== false;
  const at: Place = { kind: 'at', before, ofOperation, earlier: found.rows.filter((row) => row.id !== own?.id) };
  const isLater = own !== undefined && found.exact !== null && isBegunAfter(found.exact, own, given.rows);
  return isLater && found.exact?.mark?.ofOperation === ofOperation ? { ...at, behind: found.exact.id } : at;
}

/**
 * Whether the library began a row, perhaps one without records, after this one. The mark of this one then has to name it:
 * without that, that row would count as the newest one, and the records that this one does as not done.
 */
function isBegunAfter(row: CheckpointRow, own: CheckpointRow, rows: readonly CheckpointRow[]): boolean {
  const orderOf = beginOrder(rows);
  return row.id !== own.id && orderOf(row) > orderOf(own);
}

/**
 * Where an operation continues that a caller passes.
 *
 * @param excluded all attempts at its work, if `since` excludes some (`excludedAttempts`)
 */
export function placeOfOperation<Key, Tx extends Queryable>(
  table: TableState,
  own: StoredRow,
  session: WorkerSession,
  options: RunBatchesOptions<Key, Tx>,
  excluded: readonly CheckpointRow[] = [],
): Place {
  const { mark } = own;
  const rows = table.rows.filter((row) => row.included || row === own);
  const counting = countingOf(options);
  const isTable = options.checkpoint === 'table';
  const undone = placeIfUndone(own, table, options, mark?.ofOperation ?? !isTable);
  if (undone !== null) return undone;
  if (mark !== null && mark.from !== null && !(isTable && mark.ofOperation)) {
    return placeOfMarked(own, mark, rows, options);
  }
  const isOnTable = attemptsOnTable(excluded, own.id).some(wasOfTable);
  const atLeast = leastOf(own, rows) ?? (isOnTable ? 0 : undefined);
  if (atLeast !== undefined) {
    // A retry continues the work of the operation that it repeats, which has another name.
    const [first = own] = attemptsOfRow(excluded.length > 0 ? excluded : rows, own.id);
    return placeOnQueuedTable(own, rows, { table, session, operation: first.operation, options, atLeast });
  }
  const found = isTable
    ? checkpointOf(rows, { run: session.runName, counting, offset: options.offset, undoing: table.undoing })
    : attemptsBefore(own, rows, { session, counting, table });
  const counter = isTable ? Math.max(0, own.recordsProcessed ?? 0) : 0;
  // With the caller's offset, a retry of an operation that continued the table does so too: other workers continue behind it.
  const isOfTable = found.kind === 'ambiguous' && attemptsOnTable(rows, own.id).some(wasOfTable);
  return placeBehind(found, { offset: options.offset, counter, ofOperation: !isTable && !isOfTable, own, rows });
}

/** A retry of an operation that continued its table goes on behind all that did so, also if nothing else connects them. */
function attemptsBefore(
  own: StoredRow,
  rows: readonly StoredRow[],
  given: { session: WorkerSession; counting: ReturnType<typeof countingOf>; table: TableState },
): Checkpoint {
  const attempts = attemptsOnTable(rows, own.id).filter(({ id }) => id !== own.id);
  const { session, counting, table } = given;
  return doneBefore(own, attempts, { run: session.runName, counting, now: table.now, undoing: table.undoing });
}

/** Whether the last row completed and the records done reach the total. */
export function isFinished(
  earlier: readonly CheckpointRow[],
  records: number,
  { totalRecords }: Pick<StartOptions, 'totalRecords'>,
): boolean {
  const totals = earlier.flatMap((row) => row.totalRecords ?? []);
  const total = totalRecords ?? (totals.length === 0 ? null : largest(totals));
  return earlier.at(-1)?.status === 'completed' && records > 0 && total !== null && records >= total;
}

/** The id that a new row repeats: the last earlier row, unless it completed. */
export function idToRepeat(earlier: readonly CheckpointRow[]): number | null {
  const last = earlier.at(-1);
  return last === undefined || last.status === 'completed' ? null : last.id;
}
