import { isOpen, type Status } from '../domain/operation.ts';
import { type RunBatchesOptions, type RunOutcome, resultOf } from './batch.ts';
import { done as alreadyDone, begin } from './beginning.ts';
import { complete, fail, release } from './ending.ts';
import { describeError, isRolledBack } from './error-text.ts';
import { checkPause, report, sizeOf, type WorkerReport } from './progress.ts';
import type { Queryable } from './queryable.ts';
import type { WorkerSession } from './session.ts';
import { enter } from './starting.ts';
import { waitUntilResumed } from './waiting.ts';

/** The next step, once the operation is running. */
type NextStep = { readonly to: 'migrate' | 'complete' } | { readonly to: 'fail'; readonly error: unknown };

/** See `MigrationControl.runBatches`. */
export async function runBatches<Key, Tx extends Queryable>(
  session: WorkerSession,
  db: Queryable,
  options: RunBatchesOptions<Key, Tx>,
): Promise<RunOutcome> {
  const { signal = new AbortController().signal, transaction, migrateBatch, maxAttempts = 3 } = options;
  let limit = batchSizeOf(options);
  if (signal.aborted)
    return options.operation === undefined
      ? { kind: 'aborted', operation: null }
      : await releaseOnAbort(session, options.operation.id);

  const begun = await begin(session, options);
  if (begun.kind !== 'begun') return begun;
  const { before, earlier } = begun;
  let { operation } = begun;
  // An operation that is continued may have got another batch size from an operator since.
  if (options.batchSize === undefined) limit = sizeOf(operation.batchSize) ?? limit;
  /** The batch size of the row when last seen: only a change of it replaces the one of the options. */
  let rowSize = sizeOf(operation.batchSize);
  const { id } = operation;
  let done = operation.recordsProcessed ?? 0;
  let lastKey: Key | undefined;
  let attempt = 1;
  let paused = operation.status === 'paused';
  let next: NextStep = { to: 'migrate' };

  for (;;) {
    const outcome = paused ? await waitForResume() : next.to === 'migrate' ? await migrate() : await end(next);
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
        // `expected` makes sure that of two processes with the same workerId only one counts this batch.
        reported = await report(session, id, done + result.records, { expected: done, on: tx });
        // Thrown to roll back the transaction: an uncounted batch must not be committed.
        if (!reported.written) throw new Error(`Operation ${id} no longer accepts progress reports of this worker.`);
      }
      return result;
    };
    try {
      // Without a transaction, Tx is the type of the database given to createMigrationControl.
      const result = await (transaction === undefined ? work(db as Tx) : transaction(work));
      done += result.records;
      lastKey = result.lastKey;
      attempt = 1;
      if (reported !== undefined) takeSize(reported.batchSize);
      paused = reported?.answer === 'pause';
      if (result.done) next = { to: 'complete' };
      return null;
    } catch (error) {
      if (reported?.written === false) return stopped(reported.status);
      if (signal.aborted && isAbort(error, signal)) return leave();
      if (transaction !== undefined && attempt < maxAttempts && isRolledBack(error)) attempt++;
      else next = { to: 'fail', error };
      return null;
    }
  }

  async function end(step: NextStep): Promise<RunOutcome | null> {
    const ending = await (step.to === 'fail' ? recordFailure(session, id, step.error) : complete(session, id));
    if (ending.kind === 'gone') return stopped(null);
    operation = ending.operation;
    if (ending.kind === 'applied')
      return step.to === 'fail' ? { kind: 'failed', operation, error: step.error } : completed();
    // A worker never undoes a pause: it records the end after an operator resumes the operation.
    paused = ending.mine && operation.status === 'paused';
    return paused ? null : stopped(operation.status);
  }

  function completed(): RunOutcome | Promise<RunOutcome> {
    const own = operation.recordsProcessed ?? 0;
    // Earlier operations had completed everything; this one found no further record.
    if (own === 0 && before > 0 && earlier.at(-1)?.status === 'completed') {
      return alreadyDone(session, earlier, before, operation);
    }
    return { kind: 'completed', operation, records: before + own, expected: operation.totalRecords };
  }

  async function waitForResume(): Promise<RunOutcome | null> {
    const { pollIntervalMs } = options;
    const resumed = await waitUntilResumed(session, id, { signal, pollIntervalMs });
    // Others may run the same work since it was put back into the queue: it is begun again, as any pending one.
    if (resumed === 'queued') return runBatches(session, db, options);
    if (resumed === 'stop') {
      return signal.aborted ? leave() : stopped((await checkPause(session, id)).status);
    }
    const entry = await enter(session, id);
    if (entry === null) return stopped(null);
    operation = entry.operation;
    takeSize(sizeOf(operation.batchSize));
    paused = operation.status === 'paused';
    if (!entry.mine || (!paused && operation.status !== 'running')) return stopped(operation.status);
    // It was put back into the queue during the pause: if it had no records, others may have done some since.
    const { atLeast, from } = entry.mark ?? {};
    const isElsewhere = atLeast !== undefined || (from ?? before) !== before;
    if (isElsewhere && !signal.aborted) return runBatches(session, db, options);
    // An operator may have corrected the counter during the pause: the row's counter is valid.
    if (done !== (operation.recordsProcessed ?? 0)) lastKey = undefined;
    done = operation.recordsProcessed ?? 0;
    return null;
  }

  function takeSize(size: number | null): void {
    if (size !== null && size !== rowSize) limit = size;
    rowSize = size ?? rowSize;
  }

  async function leave(): Promise<RunOutcome> {
    return { ...(await releaseOnAbort(session, id)), ...unrecorded() };
  }

  function stopped(status: Status | null): RunOutcome {
    return { kind: 'stopped', id, status, ...unrecorded() };
  }

  function unrecorded(): { error?: unknown } {
    return next.to === 'fail' ? { error: next.error } : {};
  }
}

/** After the signal fired: a running operation becomes pending again, a paused one stays paused. */
async function releaseOnAbort(session: WorkerSession, id: number): Promise<RunOutcome> {
  const ending = await release(session, id);
  if (ending.kind === 'gone') return { kind: 'stopped', id, status: null };
  const { operation } = ending;
  const isReleased = ending.kind === 'applied' || (ending.mine && isOpen(operation.status));
  return isReleased ? { kind: 'aborted', operation } : { kind: 'stopped', id, status: operation.status };
}

async function recordFailure(session: WorkerSession, id: number, error: unknown) {
  try {
    return await fail(session, id, describeError(error));
  } catch (second) {
    throw new AggregateError(
      [error, second],
      `Operation ${id} failed (${describeError(error)}), and the failure could not be recorded (${describeError(second)}). ` +
        'Start the worker again with the same workerId: it continues the operation.',
    );
  }
}

function batchSizeOf<Key, Tx extends Queryable>({ batchSize, operation, start }: RunBatchesOptions<Key, Tx>): number {
  const size = batchSize ?? operation?.batchSize ?? start?.batchSize;
  if (typeof size === 'number' && Number.isSafeInteger(size) && size > 0) return size;
  throw new TypeError(
    `batchSize is ${String(size)}; it must be a whole number above 0. Pass batchSize, or an operation that has one.`,
  );
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}
