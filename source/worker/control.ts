import type { Phase } from '../domain/operation.ts';
import type { RunBatchesOptions, RunOutcome } from './batch.ts';
import { checkPhase, checkText } from './check.ts';
import { type CheckpointChoice, resume } from './checkpoint.ts';
import { type Counts, complete, fail, operationOrThrow, release, takeOver } from './ending.ts';
import { describeError } from './error-text.ts';
import { operationOf, type WorkerOperation } from './operation.ts';
import { type ProgressAnswer, report } from './progress.ts';
import type { Queryable } from './queryable.ts';
import { type Retry, retry } from './retrying.ts';
import { runBatches } from './run-batches.ts';
import { type ControlOptions, openSession } from './session.ts';
import { type ClaimFilter, claimNext, type StartOptions, start } from './starting.ts';
import { type WaitOptions, waitWhilePaused } from './waiting.ts';

/** Which open operations `findIncompleteOperations` lists. A field that is missing matches every operation. */
export interface IncompleteFilter {
  readonly phase?: Phase | undefined;
  readonly tableName?: string | undefined;
  readonly workerId?: number | undefined;
}

/**
 * The operations of one worker on the control table (specification, "Integration with Agents" and "Resume Capability"). A
 * method that writes sends one statement that changes one row, and only if the row has the expected status and worker;
 * `runBatches`, `retryOperation` and `waitWhilePaused` send several.
 *
 * Every method rejects with the database's own errors, with `ControlTableError` if the table is missing or a row cannot be
 * read, and with `TypeError` for an argument that the table cannot store. Other errors are listed at each method.
 */
export interface MigrationControl<Db extends Queryable = Queryable> {
  /**
   * Inserts a running operation of this worker with its counter at 0 (specification, "Batch Migration Tracking").
   *
   * @returns the new operation
   */
  startOperation(options: StartOptions): Promise<WorkerOperation>;

  /**
   * Claims the pending operation with the lowest id. Any number of workers may call it at once: no two get the same operation,
   * and none waits for another. It clears `completed_at` and `error_message`, and sets `started_at` to the current time minus
   * the time that was worked on the row before it became pending again.
   *
   * @returns the operation, now running; null if none is pending
   */
  claimNext(filter?: ClaimFilter): Promise<WorkerOperation | null>;

  /**
   * Writes the counter of a running or paused operation, and returns what the worker has to do next. It never changes the
   * status, so it cannot undo an operator's pause, as the update in the specification ("Batch Migration Tracking") does.
   *
   * @param recordsProcessed how many records the operation has processed in total, not since the last report
   */
  updateMigrationProgress(id: number, recordsProcessed: number): Promise<ProgressAnswer>;

  /**
   * Waits while an operation of this worker is paused. If it was resumed to pending, this worker claims it again. While it
   * waits, `application_name` ends in ` paused`.
   *
   * @returns `continue` if the operation is running and this worker's; `stop` if it ended, belongs to another worker or was
   *   deleted, or if the signal fired
   */
  waitWhilePaused(id: number, options?: WaitOptions): Promise<'continue' | 'stop'>;

  /**
   * Marks a running operation of this worker as completed.
   *
   * @param counts counters to write; one that is missing stays as it is
   * @returns the operation, now completed
   * @throws {TransitionError} if it is not running. A paused one cannot be completed either: call `waitWhilePaused` first
   * @throws {OperationTakenError} if it belongs to another worker
   * @throws {OperationGoneError} if there is no such operation
   */
  completeOperation(id: number, counts?: Counts): Promise<WorkerOperation>;

  /**
   * Marks a running operation of this worker as failed. Throws like `completeOperation`.
   *
   * @param error a string, or any thrown value. Its message, SQLSTATE, detail and causes are written to `error_message`, up to
   *   8,000 characters
   * @returns the operation, now failed
   */
  failOperation(id: number, error: unknown, counts?: Pick<Counts, 'recordsProcessed'>): Promise<WorkerOperation>;

  /**
   * Makes a running operation of this worker pending again, for any worker to claim. The counter stays, `started_at` is
   * cleared, and the mark records how many seconds were worked. Throws like `completeOperation`.
   *
   * @returns the operation, now pending
   */
  releaseOperation(id: number): Promise<WorkerOperation>;

  /**
   * Starts a new operation that repeats the work of a failed one, with the same phase, table, queries, total and batch size
   * (specification, "Error Tracking and Recovery"). The failed row stays; the mark of the new row names it. Only one attempt of
   * the same work (domain/lineage.ts) can be open at a time, even if two workers retry at once.
   *
   * @param options.operation the name of the new operation; default `retry_batch_ID` with the id of the failed row
   * @returns `started`; `open` if another attempt is pending, running or paused; `done` if a later attempt was completed
   * @throws {TransitionError} if the operation is not failed
   * @throws {OperationGoneError} if there is no such operation
   */
  retryOperation(id: number, options?: { readonly operation?: string | undefined }): Promise<Retry>;

  /**
   * Assigns a running or paused operation of a dead worker to this worker; `runBatches` can then continue it. The caller must
   * know that the other worker is dead. If it is not, its next report is answered with `stop`.
   *
   * @param options.from the worker that the row names now; null if it names none
   * @returns the operation, with status and counter unchanged
   * @throws {OperationTakenError} if the row names a worker other than `from`
   * @throws {TransitionError} if the operation is neither running nor paused
   * @throws {OperationGoneError} if there is no such operation
   */
  takeOver(id: number, options: { readonly from: number | null }): Promise<WorkerOperation>;

  /** Lists all operations of a phase, in the order in which they started (specification, "Agent Status Updates"). */
  getMigrationStatus(phase: Phase): Promise<WorkerOperation[]>;

  /**
   * Lists the pending, running and paused operations (specification, "Resume Capability"), pending ones last. It claims
   * nothing: use `claimNext` for pending ones, `takeOver` for those of a dead worker, and `runBatches` for this worker's own.
   */
  findIncompleteOperations(filter?: IncompleteFilter): Promise<WorkerOperation[]>;

  /**
   * Returns how many records of a table are done, according to its execution rows (specification, "Resume Capability",
   * corrected: validation rows do not count, failed batches do; domain/checkpoint.ts has the rule). It is a count: use it as
   * OFFSET unchanged, not plus one.
   *
   * @param choice options that resolve an ambiguity
   * @throws {AmbiguousCheckpointError} if the rows do not say how many records are done
   */
  resumeFromLastCheckpoint(tableName: string, choice?: CheckpointChoice): Promise<number>;

  /**
   * Migrates batch after batch, reports progress after each, obeys pause and skip between batches, and ends the operation.
   *
   * With `operation` it continues that one. With `start` it continues an operation of that phase, table and name that was
   * interrupted (this worker's own, or a pending one), or starts a new one. So a worker that is started again resumes. An
   * operation counts its own records from 0, across all processes that work on it; its mark records how many were done
   * before (docs/worker.md).
   *
   * @returns how the call ended; a batch that throws is the outcome `failed`, not an error
   * @throws {AmbiguousCheckpointError} if the rows do not say how many records are done: pass `since`, `counting` or `offset`
   * @throws {AggregateError} if a batch threw and that could not be recorded: both errors. The operation is still running
   */
  runBatches<Key = unknown, Tx extends Queryable = Db>(options: RunBatchesOptions<Key, Tx>): Promise<RunOutcome>;
}

/**
 * Creates the control table's interface for one worker. It sends nothing before the first call. Give each worker its own
 * connection or pool: the library sets `application_name` of the connection to `migtop run=RUN worker=ID operation=ID` while
 * an operation is open.
 *
 * @param db a pg `Pool`, `Client` or `PoolClient`, a PGlite or a PGlite transaction
 * @throws {TypeError} if `workerId` is not a whole number from 0 to 2147483647
 */
export function createMigrationControl<Db extends Queryable>(db: Db, options: ControlOptions): MigrationControl<Db> {
  const session = openSession(db, options);
  return {
    startOperation: (given) => start(session, given),
    claimNext: (filter = {}) => claimNext(session, filter),
    async updateMigrationProgress(id, recordsProcessed) {
      const { answer, status } = await report(session, id, recordsProcessed);
      return { answer, status };
    },
    waitWhilePaused: (id, given = {}) => waitWhilePaused(session, id, given),
    completeOperation: async (id, counts) => operationOrThrow(await complete(session, id, counts), id, 'completed'),
    failOperation: async (id, error, counts) =>
      operationOrThrow(await fail(session, id, describeError(error), counts), id, 'failed'),
    releaseOperation: async (id) => operationOrThrow(await release(session, id), id, 'pending'),
    retryOperation: (id, { operation } = {}) => retry(session, id, operation ?? null),
    takeOver: (id, { from }) => takeOver(session, id, from),
    async getMigrationStatus(phase) {
      return (await session.run('status', { phase: checkPhase(phase) })).map((row) => operationOf(row.body));
    },
    async findIncompleteOperations({ phase, tableName, workerId } = {}) {
      const values = {
        phase: phase === undefined ? null : checkPhase(phase),
        tableName: tableName ?? null,
        ofWorker: workerId ?? null,
      };
      return (await session.run('incomplete', values)).map((row) => operationOf(row.body));
    },
    resumeFromLastCheckpoint: async (tableName, choice = {}) =>
      resume(session, checkText('tableName', tableName), choice),
    runBatches: (given) => runBatches(session, db, given),
  };
}
