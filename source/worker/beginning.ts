import { type Checkpoint, checkpointOf, doneBefore, placeOnTable } from '../domain/checkpoint.ts';
import { type CheckpointRow, counterOf } from '../domain/checkpoint-rows.ts';
import { attemptsOfRow } from '../domain/lineage.ts';
import { emptyMark, type Mark } from '../domain/mark.ts';
import { isLive, isOpen } from '../domain/operation.ts';
import type { RunBatchesOptions, RunOutcome } from './batch.ts';
import { attemptsOfOtherNames, candidateOf, isOfThisRun, isOneOfSeveral, isQueued, rivalOf } from './candidates.ts';
import { checkCount, checkPhase, checkText } from './check.ts';
import { ambiguityOf, countingOf, readTable, type StoredRow, type TableState } from './checkpoint.ts';
import { release } from './ending.ts';
import { operationOf, type WorkerOperation } from './operation.ts';
import type { Queryable } from './queryable.ts';
import type { WorkerSession } from './session.ts';
import { enter, type Joined, join, type StartOptions, type Stored, withdraw, writeMarkOf } from './starting.ts';

/** An operation that this worker may run, and where it continues. */
export interface Begun {
  readonly kind: 'begun';
  readonly operation: WorkerOperation;
  /** How many records of the work were done when the operation's own counter was 0. */
  readonly before: number;
  /** The rows that did them, in the order in which they started. */
  readonly earlier: readonly CheckpointRow[];
}

type Options<Key, Tx extends Queryable> = RunBatchesOptions<Key, Tx>;

/** Where an operation continues, or why that is ambiguous. */
type Place =
  | {
      readonly kind: 'at';
      readonly before: number;
      readonly ofOperation: boolean;
      readonly earlier: readonly CheckpointRow[];
      /** The operation that it continues; replaces `repeats` of its mark. */
      readonly behind?: number;
    }
  | Extract<Checkpoint, { kind: 'ambiguous' }>;

/**
 * Claims, continues or starts the operation that the options name.
 *
 * @throws {AmbiguousCheckpointError} if the rows do not say how many records are done
 * @throws {TypeError} for an option that is not valid
 */
export async function begin<Key, Tx extends Queryable>(
  session: WorkerSession,
  options: Options<Key, Tx>,
): Promise<Begun | RunOutcome> {
  if (options.offset !== undefined) checkCount('offset', options.offset);
  countingOf(options);
  return options.start === undefined
    ? beginOperation(session, options.operation, options)
    : beginStart(session, { ...options.start, batchSize: options.start.batchSize ?? options.batchSize }, options);
}

/** Continues the work on a table where it was interrupted, or starts it. */
async function beginStart<Key, Tx extends Queryable>(
  session: WorkerSession,
  start: StartOptions,
  options: Options<Key, Tx>,
): Promise<Begun | RunOutcome> {
  const [phase, tableName] = [checkPhase(start.phase), checkText('tableName', start.tableName)];
  const bySourceQuery = options.checkpoint === 'operation';
  const inScope = ({ sourceQuery }: StoredRow): boolean =>
    !bySourceQuery || sourceQuery === (start.sourceQuery ?? null);
  const read = async (): Promise<TableState> => {
    const { rows, now } = await readTable(session, phase, tableName, options);
    return { rows: rows.filter(inScope), now };
  };
  const context = { session, start, options, bySourceQuery };

  const seen = await read();
  const leftOut = seen.rows.filter((row) => isOpen(row.status) && !isOfThisRun(row, session)).map(({ id }) => id);
  const attempts = attemptsOfOtherNames(seen.rows, start);
  const candidate = candidateOf(seen.rows, { leftOut, attempts }, session, start);
  const planned = placeOfStart(seen, candidate === 'busy' ? undefined : candidate, context);
  if (candidate !== 'busy') {
    if (planned.kind === 'ambiguous') throw ambiguityOf(planned, phase, tableName);
    if (candidate === undefined && isFinished(planned.earlier, planned.before, start))
      return done(session, planned.earlier, planned.before, null);
  }

  const joined = await join(session, start, {
    bySourceQuery,
    leftOut,
    attempts,
    mark: { ...emptyMark, run: session.runName },
  });
  if (joined.kind === 'busy') return joined;
  const { id } = joined.operation;
  // While this operation is running no other worker starts the work, so the rows read now are final. The mark is written only
  // now: if this process is killed before, the next one reads the rows again.
  const table = await read();
  const own = table.rows.find((row) => row.id === id);
  const others = { ...table, rows: table.rows.filter((row) => row.id !== id) };
  const place =
    joined.kind === 'started' || own === undefined
      ? placeOfStart(others, undefined, context)
      : placeOfStart(table, own, context);
  const before = seen.rows.find((row) => row.id === id)?.status;
  const wasPending = joined.kind === 'joined' && (before === undefined || !isLive(before));
  if (place.kind === 'ambiguous') {
    await putBack(session, joined, wasPending);
    throw ambiguityOf(place, phase, tableName);
  }
  if (joined.kind === 'started' && isFinished(place.earlier, place.before, start)) {
    await putBack(session, joined, false);
    return done(session, place.earlier, place.before, null);
  }
  await recordPlace(session, joined, place);
  const isNew = joined.kind === 'started' || wasPending || !joined.operation.recordsProcessed;
  const rival = isNew ? rivalOf((await read()).rows, joined, session) : undefined;
  if (rival !== undefined) {
    if (joined.kind === 'started') await withdraw(session, id, `Not started: operation ${rival} runs the same work.`);
    else await release(session, id);
    const [row] = await session.run('operations', [[rival]]);
    return row === undefined ? beginStart(session, start, options) : { kind: 'busy', operation: operationOf(row.body) };
  }
  return { kind: 'begun', operation: joined.operation, before: place.before, earlier: place.earlier };
}

interface Context {
  readonly session: WorkerSession;
  readonly start: StartOptions;
  readonly options: Pick<Options<unknown, Queryable>, 'counting' | 'offset'>;
  readonly bySourceQuery: boolean;
}

/**
 * Where the work on a table continues.
 *
 * @param own the row that continues it; undefined if a new row starts
 */
function placeOfStart(
  table: TableState,
  own: StoredRow | undefined,
  { session, start, options, bySourceQuery }: Context,
): Place {
  const rows = table.rows.filter((row) => row.included || row === own);
  const counting = countingOf(options);
  const isGiven = counting !== undefined || options.offset !== undefined;
  const counter = Math.max(0, own?.recordsProcessed ?? 0);
  if (own?.mark?.from != null) return placeOfMarked(own, own.mark, rows, options);
  // With `checkpoint: 'operation'`, each queued row with its own source query is a separate work.
  const ofOperation = bySourceQuery && own !== undefined;
  const found: Checkpoint = ofOperation
    ? attemptsBefore(own, rows, { session, counting, now: table.now })
    : own !== undefined && !isGiven && isOneOfSeveral(own, rows)
      ? { kind: 'ambiguous', doubt: 'queued ranges', rows: rows.filter((row) => isQueued(row)) }
      : checkpointOf(rows, { run: session.runName, operation: start.operation, counting, offset: options.offset });
  return placeBehind(found, { offset: options.offset, counter: ofOperation ? 0 : counter, ofOperation, own });
}

/** Where an operation continues whose mark has `from`. */
function placeOfMarked(
  own: StoredRow,
  mark: Mark,
  rows: readonly StoredRow[],
  { offset }: { offset?: number | undefined },
): Place {
  const found = mark.ofOperation ? null : placeOnTable(own, rows);
  if (found?.by == null) return { kind: 'at', before: mark.from ?? 0, ofOperation: mark.ofOperation, earlier: [] };
  // A later operation has continued from this one.
  const { place, by } = found;
  const at: Checkpoint =
    place === null
      ? { kind: 'ambiguous', doubt: 'overtaken', rows: [own, by] }
      : { kind: 'at', records: place, exact: true, rows: [by] };
  const behind = placeBehind(at, { offset, counter: counterOf(own), ofOperation: false, own });
  return behind.kind === 'at' ? { ...behind, behind: by.id } : behind;
}

/** Subtracts the operation's own counter from the records done. Uses `offset` if the marks do not say how many are done. */
function placeBehind(
  found: Checkpoint,
  given: { offset: number | undefined; counter: number; ofOperation: boolean; own: CheckpointRow | undefined },
): Place {
  const { offset, counter, own } = given;
  const isExact = found.kind === 'at' && found.exact;
  if (offset !== undefined && !isExact) {
    const before = offset - Math.max(0, own?.recordsProcessed ?? 0);
    if (before < 0)
      throw new TypeError(`offset is ${offset}; operation ${own?.id} has ${own?.recordsProcessed} records already.`);
    return { kind: 'at', before, ofOperation: given.ofOperation, earlier: [] };
  }
  if (found.kind === 'ambiguous') return found;
  const before = found.records - counter;
  if (before < 0) return { kind: 'ambiguous', doubt: 'either', rows: found.rows };
  const placed = found.rows.findLast(({ mark }) => mark?.from != null);
  const ofOperation = given.ofOperation && placed?.mark?.ofOperation !== false;
  return { kind: 'at', before, ofOperation, earlier: found.rows.filter((row) => row.id !== own?.id) };
}

/** Continues one operation. */
async function beginOperation<Key, Tx extends Queryable>(
  session: WorkerSession,
  given: WorkerOperation,
  options: Options<Key, Tx>,
): Promise<Begun | RunOutcome> {
  const { id, phase, tableName } = given;
  const table = await readTable(session, phase, tableName, options);
  const own = table.rows.find((row) => row.id === id);
  const place = own === undefined ? null : placeOfOperation(table, own, session, options);
  if (place?.kind === 'ambiguous') {
    const isMine = own?.workerId === null || own?.workerId === session.workerId;
    if (own?.status === 'running' && isMine) await release(session, id);
    throw ambiguityOf(place, phase, tableName);
  }
  const rival = table.rows.find((row) => row.id === place?.behind && isOpen(row.status));
  if (rival !== undefined) {
    const [row] = await session.run('operations', [[rival.id]]);
    if (row !== undefined) return { kind: 'busy', operation: operationOf(row.body) };
  }
  const entry = await enter(session, id);
  if (entry === null) return { kind: 'stopped', id, status: null };
  const { mine, operation } = entry;
  const { status } = operation;
  if (!mine || !isLive(status) || place === null) return { kind: 'stopped', id, status };
  await recordPlace(session, entry, place);
  return { kind: 'begun', operation, before: place.before, earlier: place.earlier };
}

function placeOfOperation<Key, Tx extends Queryable>(
  table: TableState,
  own: StoredRow,
  session: WorkerSession,
  options: Options<Key, Tx>,
): Place {
  const { mark } = own;
  const rows = table.rows.filter((row) => row.included || row === own);
  const counting = countingOf(options);
  const isTable = options.checkpoint === 'table';
  if (mark !== null && mark.from !== null && !(isTable && mark.ofOperation)) {
    return placeOfMarked(own, mark, rows, options);
  }
  const found = isTable
    ? checkpointOf(rows, { run: session.runName, counting, offset: options.offset })
    : attemptsBefore(own, rows, { session, counting, now: table.now });
  const counter = isTable ? Math.max(0, own.recordsProcessed ?? 0) : 0;
  return placeBehind(found, { offset: options.offset, counter, ofOperation: !isTable, own });
}

function attemptsBefore(
  own: StoredRow,
  rows: readonly StoredRow[],
  { session, counting, now }: { session: WorkerSession; counting: ReturnType<typeof countingOf>; now: number },
): Checkpoint {
  const attempts = attemptsOfRow(rows, own.id).filter(({ id }) => id !== own.id);
  return doneBefore(own, attempts, { run: session.runName, counting, now });
}

/** Whether the last row completed and the records done reach the total. */
function isFinished(earlier: readonly CheckpointRow[], records: number, { totalRecords }: StartOptions): boolean {
  const totals = earlier.flatMap((row) => row.totalRecords ?? []);
  const total = totalRecords ?? (totals.length === 0 ? null : Math.max(...totals));
  return earlier.at(-1)?.status === 'completed' && records > 0 && total !== null && records >= total;
}

/** The outcome if earlier rows did all records. */
export async function done(
  session: WorkerSession,
  earlier: readonly CheckpointRow[],
  records: number,
  operation: WorkerOperation | null,
): Promise<RunOutcome> {
  const rows = await session.run('operations', [earlier.map(({ id }) => id)]);
  return { kind: 'already done', operation, records, operations: rows.map(({ body }) => operationOf(body)) };
}

/** The id that a new row repeats: the last earlier row, unless it completed. */
function repeatedBy(earlier: readonly CheckpointRow[]): number | null {
  const last = earlier.at(-1);
  return last === undefined || last.status === 'completed' ? null : last.id;
}

/** Writes into the mark where the operation continues, so that the next worker needs no other row. */
async function recordPlace(
  session: WorkerSession,
  stored: Stored,
  place: Extract<Place, { kind: 'at' }>,
): Promise<void> {
  const mark = stored.mark ?? { ...emptyMark, run: session.runName };
  if (mark.from === place.before && mark.ofOperation === place.ofOperation) return;
  const repeats = place.behind ?? mark.repeats ?? repeatedBy(place.earlier);
  await writeMarkOf(session, stored, { ...mark, from: place.before, ofOperation: place.ofOperation, repeats });
}

/** Undoes a join: skips a new operation, makes one that was pending so again. */
async function putBack(
  session: WorkerSession,
  joined: Exclude<Joined, { kind: 'busy' }>,
  wasPending: boolean,
): Promise<void> {
  const { id } = joined.operation;
  if (joined.kind === 'started')
    await withdraw(session, id, 'Not started: other operations of the same work ended before it.');
  else if (wasPending) await release(session, id);
}
