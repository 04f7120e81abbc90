import type { Phase } from '../domain/operation.ts';
import type { RunBatchesOptions, RunOutcome } from './batch.ts';
import { checkPhase, checkText } from './check.ts';
import { type CheckpointChoice, resume } from './checkpoint.ts';
import { type Counts, complete, fail, movedOr, release, takeOver } from './ending.ts';
import { describeError } from './error-text.ts';
import { type Operation, operationOf } from './operation.ts';
import { type ProgressAnswer, report } from './progress.ts';
import type { Queryable } from './queryable.ts';
import { type Retry, retry } from './retrying.ts';
import { runBatches } from './run-batches.ts';
import { type ControlOptions, openSession } from './session.ts';
import { type ClaimFilter, claimNext, type StartOptions, start } from './starting.ts';
import { type WaitOptions, waitWhilePaused } from './waiting.ts';

/** Which open operations to list; what is left out lets all pass. */
export interface IncompleteFilter {
  readonly phase?: Phase | undefined;
  readonly tableName?: string | undefined;
  readonly workerId?: number | undefined;
}

/**
 * What a worker does with the control table (specification, "Integration with Agents" and "Resume Capability"). Each
 * method is one statement on one row, guarded by what it expects of that row; `runBatches`, `retryOperation` and
 * `waitWhilePaused` are many.
 *
 * Every method throws what the database throws, `ControlTableError` where the table is missing or a row cannot be read, and
 * `TypeError` for an argument that the table cannot hold. What else it throws is named there.
 */
export interface MigrationControl<Db extends Queryable = Queryable> {
  /** Inserts an operation that runs, counts from 0 and is this worker's (specification, "Batch Migration Tracking"). */
  startOperation(options: StartOptions): Promise<Operation>;

  /**
   * Claims the oldest pending operation, or null where none is pending. Safe with any number of workers: no two get the
   * same one, none waits for another. The end and the error of an earlier life of the row are cleared; `started_at` becomes
   * now, minus the time for which the row's records were worked at before it was put back into the queue.
   */
  claimNext(filter?: ClaimFilter): Promise<Operation | null>;

  /**
   * Writes how many records this operation has processed (all of them, not those since the last report), while it is
   * running or paused, and answers what to do next. It never changes a status: unlike the specification's own update it
   * cannot undo an operator's pause.
   */
  updateMigrationProgress(id: number, recordsProcessed: number): Promise<ProgressAnswer>;

  /**
   * Resolves to 'continue' when a paused operation is running again, and still this worker's. One that was resumed into the
   * queue is claimed back, unless another worker was faster. 'stop': it ended, is another worker's, is gone, or the
   * signal fired. The session's `application_name` ends in ` paused` meanwhile.
   */
  waitWhilePaused(id: number, options?: WaitOptions): Promise<'continue' | 'stop'>;

  /**
   * Ends a running operation of this worker well. A counter that is left out stays.
   *
   * @throws {TransitionError} where it is not running: a paused one too, so that no pause is undone (`waitWhilePaused`)
   * @throws {OperationTakenError} where it is another worker's
   * @throws {OperationGoneError}
   */
  completeOperation(id: number, counts?: Counts): Promise<Operation>;

  /**
   * Ends a running operation of this worker with an error: a text, or what was thrown. Its message, SQLSTATE, detail and
   * causes go into `error_message`, 8,000 characters at most. Throws as `completeOperation` does.
   */
  failOperation(id: number, error: unknown, counts?: Pick<Counts, 'recordsProcessed'>): Promise<Operation>;

  /**
   * Puts a running operation of this worker back into the queue with its counter, for any worker to claim. `started_at` is
   * cleared; its mark says for how long it was worked at. Throws as `completeOperation` does.
   */
  releaseOperation(id: number): Promise<Operation>;

  /**
   * Starts a new operation that repeats the work of a failed one: same phase, table, source and validation query, total
   * and batch size, named `retry_batch_ID` after the failed row, or as asked (specification, "Error Tracking and
   * Recovery"). The failed row stays, and the new row says in its mark which one it repeats. While an attempt of the same
   * work (domain/lineage.ts) is open, whoever's it is, there is no second: 'open' then, even when two workers race; and
   * 'done' once a later attempt was completed, so that retrying whatever is failed ends.
   *
   * @throws {TransitionError} where the operation is not failed
   * @throws {OperationGoneError}
   */
  retryOperation(id: number, options?: { readonly operation?: string | undefined }): Promise<Retry>;

  /**
   * Makes a running or paused operation of another worker this worker's own, for `runBatches` to go on with. The caller
   * vouches that the other is dead. If it is not, it hears 'stop' at its next report.
   *
   * @param options.from the worker that the row names now; null where it names none
   * @throws {OperationTakenError} where it names another worker than that
   * @throws {TransitionError} where it is neither running nor paused
   * @throws {OperationGoneError}
   */
  takeOver(id: number, options: { readonly from: number | null }): Promise<Operation>;

  /** The operations of a phase in the order in which they started (specification, "Agent Status Updates"). */
  getMigrationStatus(phase: Phase): Promise<Operation[]>;

  /**
   * All pending, running and paused operations (specification, "Resume Capability"). To look at, not to take: pending ones
   * are taken with `claimNext`, a dead worker's with `takeOver`, one's own (`workerId`) with `runBatches`.
   */
  findIncompleteOperations(filter?: IncompleteFilter): Promise<Operation[]>;

  /**
   * How many records of a table are done, by its execution rows (specification, "Resume Capability", mended:
   * validation rows do not count, failed batches do; domain/checkpoint.ts has the rule). It is a COUNT, not the number of
   * the last record: an OFFSET as it is, without "+ 1".
   *
   * @param choice what the caller knows of rows that do not say it
   * @throws {AmbiguousCheckpointError} where the rows do not say it
   */
  resumeFromLastCheckpoint(tableName: string, choice?: CheckpointChoice): Promise<number>;

  /**
   * Migrates batch after batch, reports after each, obeys pause and skip in between, and ends the operation.
   *
   * With `operation` it goes on with that one. With `start` it goes on with what a crash, a pause or a signal has left of
   * this phase, table and operation (this worker's own, or a pending one), or else starts it; 'busy' where another
   * worker is at that phase and table. So a worker that is simply started again resumes. An operation counts its own
   * records from 0, over all processes that work on it, and its mark says how many were done before (docs/worker.md).
   *
   * @throws {AmbiguousCheckpointError} where the rows do not say how many records are done; `since`, `counting` or `offset`
   *   settles it
   * @throws {AggregateError} of what a batch threw and why its failure could not be recorded
   */
  runBatches<Key = unknown, Tx extends Queryable = Db>(options: RunBatchesOptions<Key, Tx>): Promise<RunOutcome>;
}

/**
 * The control table as one worker uses it. Give each worker a connection of its own, or a pool: what a worker is at stands
 * in the `application_name` of the connection that it uses (`migtop run=RUN worker=ID operation=ID`), until it ends.
 *
 * @param db a pg Pool, Client or PoolClient, a PGlite or one of its transactions
 * @throws {TypeError} where `workerId` does not fit into the table
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
    completeOperation: async (id, counts) => movedOr(await complete(session, id, counts), id, 'completed'),
    failOperation: async (id, error, counts) =>
      movedOr(await fail(session, id, describeError(error), counts), id, 'failed'),
    releaseOperation: async (id) => movedOr(await release(session, id), id, 'pending'),
    retryOperation: (id, { operation } = {}) => retry(session, id, operation ?? null),
    takeOver: (id, { from }) => takeOver(session, id, from),
    async getMigrationStatus(phase) {
      return (await session.run('status', [checkPhase(phase)])).map((row) => operationOf(row.body));
    },
    async findIncompleteOperations({ phase, tableName, workerId } = {}) {
      const values = [phase === undefined ? null : checkPhase(phase), tableName ?? null, workerId ?? null];
      return (await session.run('incomplete', values)).map((row) => operationOf(row.body));
    },
    resumeFromLastCheckpoint: async (tableName, choice = {}) =>
      resume(session, checkText('tableName', tableName), choice),
    runBatches: (given) => runBatches(session, db, given),
  };
}
