import type { CheckpointRow } from '../domain/checkpoint-rows.ts';
import { isLive, isOpen } from '../domain/operation.ts';
import { attemptsOnTable } from '../domain/retry.ts';
import type { RunBatchesOptions, RunOutcome } from './batch.ts';
import { attemptBefore, attemptsOfOtherNames, candidateOf, isOfThisRun, queuedBefore } from './candidates.ts';
import { checkCount, checkPhase, checkText } from './check.ts';
import { ambiguityOf, countingOf, excludedAttempts, readTable, type StoredRow, type TableState } from './checkpoint.ts';
import { release } from './ending.ts';
import { operationOf, type WorkerOperation } from './operation.ts';
import { idToRepeat, isFinished, type Place, placeOfOperation, placeOfStart } from './place.ts';
import type { Queryable } from './queryable.ts';
import { type Beginning, type Looking, lastingRival } from './rivals.ts';
import type { WorkerSession } from './session.ts';
import {
  enter,
  type Joined,
  join,
  newMark,
  type StartOptions,
  type Stored,
  withdraw,
  writeMarkOf,
} from './starting.ts';

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

/**
 * Continues the work on a table where it was interrupted, or starts it.
 *
 * @param tried the operations for which this worker has put its own one back already: it does so once for each
 */
async function beginStart<Key, Tx extends Queryable>(
  session: WorkerSession,
  start: StartOptions,
  options: Options<Key, Tx>,
  tried: readonly number[] = [],
): Promise<Begun | RunOutcome> {
  const [phase, tableName] = [checkPhase(start.phase), checkText('tableName', start.tableName)];
  const bySourceQuery = options.checkpoint === 'operation';
  const inScope = ({ sourceQuery }: StoredRow): boolean =>
    !bySourceQuery || sourceQuery === (start.sourceQuery ?? null);
  const read = async (): Promise<TableState> => {
    const table = await readTable(session, phase, tableName, options);
    return { ...table, rows: table.rows.filter(inScope) };
  };
  const context = { session, start, options, bySourceQuery };

  const seen = await read();
  const leftOut = seen.rows.filter((row) => isOpen(row.status) && !isOfThisRun(row, session)).map(({ id }) => id);
  const attempts = attemptsOfOtherNames(seen.rows, start);
  const candidate = candidateOf(seen.rows, { leftOut, attempts }, session, start);
  const planned = placeOfStart(seen, candidate === 'busy' ? undefined : candidate, context);
  if (candidate !== 'busy') {
    if (planned.kind === 'ambiguous') throw ambiguityOf(planned, phase, tableName, session);
    if (candidate === undefined && isFinished(planned.earlier, planned.before, start))
      return done(session, planned.earlier, planned.before, null);
  }

  const joined = await join(session, start, {
    bySourceQuery,
    leftOut,
    attempts,
    // If this process is killed before it writes where it begins, the mark says that it does not begin at the operation's own 0.
    mark: {
      ...(await newMark(session)),
      ...(bySourceQuery ? {} : { atLeast: planned.kind === 'at' ? planned.before : 0 }),
    },
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
  const wasPending = joined.kind === 'joined' && joined.isClaimed;
  if (place.kind === 'ambiguous') {
    await putBack(session, joined, wasPending);
    throw ambiguityOf(place, phase, tableName, session);
  }
  if (joined.kind === 'started' && isFinished(place.earlier, place.before, start)) {
    await putBack(session, joined, false);
    return done(session, place.earlier, place.before, null);
  }
  const isNew = joined.kind === 'started' || wasPending || !joined.operation.recordsProcessed;
  const { signal } = options;
  // A place in an operation's own work is final: it is not written while another worker does records of that work.
  const isFinal = isNew && place.ofOperation;
  let rival = isFinal ? await lastingRival(session, joined, table, { read, signal }) : undefined;
  if (rival === undefined) await recordPlace(session, joined, place);
  const latest = isNew && rival === undefined ? await read() : table;
  const queued = isNew ? queuedBefore(latest.rows, joined, place, { leftOut, start }) : undefined;
  if (queued !== undefined) {
    const reason = `Not started: operation ${queued} of the same work was pending.`;
    return again(queued, await leave(wasPending || own?.mark === null, reason));
  }
  if (isNew && rival === undefined) rival = await lastingRival(session, joined, latest, { read, signal });
  if (rival !== undefined) {
    const reason = `Not started: operation ${rival} runs the same work.`;
    return again(rival, await leave(joined.kind === 'joined', reason), true);
  }
  return { kind: 'begun', operation: joined.operation, before: place.before, earlier: place.earlier };

  /** Makes this worker's operation pending again, or skips it with a reason: then null. */
  async function leave(isKept: boolean, reason: string): Promise<WorkerOperation | null> {
    const ending = isKept ? await release(session, id) : undefined;
    if (!isKept) await withdraw(session, id, reason);
    return ending?.kind === 'applied' ? ending.operation : null;
  }

  /** Begins again because of another operation; `busy` if it did so before, or if that one `isWorkedAt`. */
  async function again(
    other: number,
    operation: WorkerOperation | null,
    isWorkedAt = false,
  ): Promise<Begun | RunOutcome> {
    if (options.signal?.aborted === true) return { kind: 'aborted', operation };
    const [row] = isWorkedAt || tried.includes(other) ? await session.run('operations', { ids: [other] }) : [];
    if (row !== undefined) return { kind: 'busy', operation: operationOf(row.body) };
    return beginStart(session, start, options, [...tried, other]);
  }
}

/** Continues one operation. @param isEntered whether it is known to be running and this worker's */
async function beginOperation<Key, Tx extends Queryable>(
  session: WorkerSession,
  given: WorkerOperation,
  options: Options<Key, Tx>,
  isEntered = false,
): Promise<Begun | RunOutcome> {
  const { id, phase, tableName } = given;
  const table = await readTable(session, phase, tableName, options);
  const own = table.rows.find((row) => row.id === id);
  const putBackClaimed = async (): Promise<void> => {
    const isMine = own?.workerId === null || own?.workerId === session.workerId;
    if (own?.status === 'running' && isMine) await release(session, id);
  };
  const excluded = await excludedAttempts(session, id, table, options);
  let place: Place | null;
  try {
    place = own === undefined ? null : placeOfOperation(table, own, session, options, excluded);
  } catch (error) {
    // An offset below the operation's counter.
    await putBackClaimed();
    throw error;
  }
  if (place?.kind === 'ambiguous') {
    await putBackClaimed();
    throw ambiguityOf(place, phase, tableName, session);
  }
  const rival =
    table.rows.find((row) => row.id === place?.behind && isOpen(row.status))?.id ??
    (own === undefined ? undefined : attemptBefore(own, table.rows, session));
  if (rival !== undefined) {
    const [row] = await session.run('operations', { ids: [rival] });
    if (row !== undefined) {
      // A row without records loses its start when it is put back, which shows that the other one is later.
      const isPlaced = own?.mark?.from != null && !own.mark.ofOperation && !own.recordsProcessed;
      if (!isPlaced) await putBackClaimed();
      session.waitFor(id, rival);
      return { kind: 'busy', operation: operationOf(row.body) };
    }
  }
  const entry = await enter(session, id);
  if (entry === null) return { kind: 'stopped', id, status: null };
  const { mine, operation } = entry;
  const { status } = operation;
  if (!mine || !isLive(status) || place === null) return { kind: 'stopped', id, status };
  // Mostly an operation that counts its own records is the only one of its work.
  const isAlone = place.ofOperation && attemptsOnTable(table.rows, id).length <= 1;
  // Another worker that has the same work may have done records since the rows were read, until it saw that this operation is running:
  // so they are read once more.
  if (!isAlone && !isEntered) return beginOperation(session, given, options, true);
  const read = (): Promise<TableState> => readTable(session, phase, tableName, options);
  const { signal } = options;
  const beginning = { kind: 'joined', operation: { id }, isOfOperation: place.ofOperation } as const;
  const busy =
    (isAlone ? null : await besideRival(session, beginning, table, { read, signal })) ??
    (await recorded(session, entry, place, { read, signal }));
  return busy ?? { kind: 'begun', operation, before: place.before, earlier: place.earlier };
}

/** Writes where an operation continues; puts it back if another worker has begun the same work on its table. */
async function recorded(
  session: WorkerSession,
  entry: Stored,
  place: Extract<Place, { kind: 'at' }>,
  looking: Looking,
): Promise<RunOutcome | null> {
  await recordPlace(session, entry, place);
  // A place in an operation's own work is not written before all others have stopped.
  if (place.ofOperation) return null;
  const beginning = { kind: 'joined', operation: entry.operation } as const;
  return besideRival(session, beginning, await looking.read(), looking);
}

/** Puts an operation back if another worker has the same work; null if none has. */
async function besideRival(
  session: WorkerSession,
  beginning: Beginning,
  seen: TableState,
  looking: Looking,
): Promise<RunOutcome | null> {
  const { id } = beginning.operation;
  const rival = await lastingRival(session, beginning, seen, looking);
  const [row] = rival === undefined ? [] : await session.run('operations', { ids: [rival] });
  if (rival === undefined || row === undefined) return null;
  const ending = await release(session, id);
  if (looking.signal?.aborted === true)
    return { kind: 'aborted', operation: ending.kind === 'applied' ? ending.operation : null };
  session.waitFor(id, rival);
  return { kind: 'busy', operation: operationOf(row.body) };
}

/** The outcome if earlier rows did all records. */
export async function done(
  session: WorkerSession,
  earlier: readonly CheckpointRow[],
  records: number,
  operation: WorkerOperation | null,
): Promise<RunOutcome> {
  const rows = await session.run('operations', { ids: earlier.map(({ id }) => id) });
  return { kind: 'already done', operation, records, operations: rows.map(({ body }) => operationOf(body)) };
}

/** Writes into the mark where the operation continues, so that the next worker needs no other row. */
async function recordPlace(
  session: WorkerSession,
  stored: Stored,
  place: Extract<Place, { kind: 'at' }>,
): Promise<void> {
  const fresh = await newMark(session);
  const { isPooled: _, atLeast: __, ...before } = stored.mark ?? fresh;
  const mark = { ...before, ...(fresh.isPooled === true ? { isPooled: true } : {}) };
  const isWritten = mark.from === place.before && mark.ofOperation === place.ofOperation;
  // The operation that it continues behind must be in the mark even if the position is the same: it shows which one ran later.
  if (isWritten && (place.behind ?? mark.repeats) === mark.repeats) return;
  const repeats = place.behind ?? mark.repeats ?? idToRepeat(place.earlier);
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
