import { isOpen, type Status } from '../domain/operation.ts';
import { type RunBatchesOptions, type RunOutcome, resultOf } from './batch.ts';
import { done as alreadyDone, begin } from './beginning.ts';
import { complete, fail, release } from './ending.ts';
import { describeError, isRolledBack } from './error-text.ts';
import { look, report, type WorkerReport } from './progress.ts';
import type { Queryable } from './queryable.ts';
import type { Session } from './session.ts';
import { enter } from './starting.ts';
import { waitWhilePaused } from './waiting.ts';

/** What is due next, once the operation is running. */
type Due = { readonly to: 'migrate' | 'complete' } | { readonly to: 'fail'; readonly error: unknown };

/** See `MigrationControl.runBatches`. */
export async function runBatches<Key, Tx extends Queryable>(
  session: Session,
  db: Queryable,
  options: RunBatchesOptions<Key, Tx>,
): Promise<RunOutcome> {
  const { signal = new AbortController().signal, transaction, migrateBatch, maxAttempts = 3 } = options;
  const limit = batchSizeOf(options);
  if (signal.aborted)
    return options.operation === undefined
      ? { kind: 'aborted', operation: null }
      : await letGo(session, options.operation.id);

  const begun = await begin(session, options);
  if (begun.kind !== 'begun') return begun;
  const { before, earlier } = begun;
  let { operation } = begun;
  const { id } = operation;
  let done = operation.recordsProcessed ?? 0;
  let lastKey: Key | undefined;
  let attempt = 1;
  let paused = operation.status === 'paused';
  let due: Due = { to: 'migrate' };

  for (;;) {
    const outcome = paused ? await sitOutPause() : due.to === 'migrate' ? await migrate() : await end(due);
    if (outcome !== null) return outcome;
  }

  async function migrate(): Promise<RunOutcome | null> {
    if (signal.aborted) return leave();
    let reported: WorkerReport | undefined;
    const work = async (tx: Tx) => {
      reported = undefined;
      const batch = { offset: before + done, limit, lastKey, attempt, db: tx, operation, signal };
      const result = resultOf(await migrateBatch(batch));
      if (result.records > 0) {
        // The count that it must still have keeps two processes that take each other for dead from counting one batch each.
        reported = await report(session, id, done + result.records, { expected: done, on: tx });
        // Thrown, so that a transaction does not keep what could not be counted.
        if (!reported.written) throw new Error(`Operation ${id} cannot be counted on any more.`);
      }
      return result;
    };
    try {
      // Without a transaction, Tx is the type of the database that the control was made with.
      const result = await (transaction === undefined ? work(db as Tx) : transaction(work));
      done += result.records;
      lastKey = result.lastKey;
      attempt = 1;
      paused = reported?.answer === 'pause';
      if (result.done) due = { to: 'complete' };
      return null;
    } catch (error) {
      if (reported?.written === false) return stopped(reported.status);
      if (signal.aborted && isAbort(error, signal)) return leave();
      if (transaction !== undefined && attempt < maxAttempts && isRolledBack(error)) attempt++;
      else due = { to: 'fail', error };
      return null;
    }
  }

  async function end(what: Due): Promise<RunOutcome | null> {
    const ending = await (what.to === 'fail' ? recordFailure(session, id, what.error) : complete(session, id));
    if (ending.kind === 'gone') return stopped(null);
    operation = ending.operation;
    if (ending.kind === 'moved')
      return what.to === 'fail' ? { kind: 'failed', operation, error: what.error } : completed();
    // A pause is never undone, not by an end either: that is recorded when the operator lets the operation go on.
    paused = ending.mine && operation.status === 'paused';
    return paused ? null : stopped(operation.status);
  }

  function completed(): RunOutcome | Promise<RunOutcome> {
    const own = operation.recordsProcessed ?? 0;
    // It has found nothing to do behind what others had completed.
    if (own === 0 && before > 0 && earlier.at(-1)?.status === 'completed') {
      return alreadyDone(session, earlier, before, operation);
    }
    return { kind: 'completed', operation, records: before + own, expected: operation.totalRecords };
  }

  async function sitOutPause(): Promise<RunOutcome | null> {
    const { pollIntervalMs } = options;
    if ((await waitWhilePaused(session, id, { signal, pollIntervalMs })) === 'stop') {
      return signal.aborted ? leave() : stopped((await look(session, id)).status);
    }
    const entry = await enter(session, id);
    if (entry === null) return stopped(null);
    operation = entry.operation;
    paused = operation.status === 'paused';
    if (!entry.mine || (!paused && operation.status !== 'running')) return stopped(operation.status);
    // An operator may have corrected the counter meanwhile: what stands there is how far it is.
    if (done !== (operation.recordsProcessed ?? 0)) lastKey = undefined;
    done = operation.recordsProcessed ?? 0;
    return null;
  }

  async function leave(): Promise<RunOutcome> {
    return { ...(await letGo(session, id)), ...unrecorded() };
  }

  function stopped(status: Status | null): RunOutcome {
    return { kind: 'stopped', id, status, ...unrecorded() };
  }

  function unrecorded(): { error?: unknown } {
    return due.to === 'fail' ? { error: due.error } : {};
  }
}

/** The signal has fired: what is running goes back into the queue, what is paused stays so. */
async function letGo(session: Session, id: number): Promise<RunOutcome> {
  const ending = await release(session, id);
  if (ending.kind === 'gone') return { kind: 'stopped', id, status: null };
  const { operation } = ending;
  const left = ending.kind === 'moved' || (ending.mine && isOpen(operation.status));
  return left ? { kind: 'aborted', operation } : { kind: 'stopped', id, status: operation.status };
}

async function recordFailure(session: Session, id: number, error: unknown) {
  try {
    return await fail(session, id, describeError(error));
  } catch (second) {
    throw new AggregateError(
      [error, second],
      `Operation ${id} failed (${describeError(error)}), and that could not be recorded (${describeError(second)}).`,
    );
  }
}

function batchSizeOf<Key, Tx extends Queryable>({ batchSize, operation, start }: RunBatchesOptions<Key, Tx>): number {
  const size = batchSize ?? operation?.batchSize ?? start?.batchSize;
  if (typeof size === 'number' && Number.isSafeInteger(size) && size > 0) return size;
  throw new TypeError(
    `batchSize is ${String(size)}, and the operation names none; it has to be a whole number above 0.`,
  );
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}
