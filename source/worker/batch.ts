import type { Status } from '../domain/operation.ts';
import type { CheckpointChoice } from './checkpoint.ts';
import type { WorkerOperation } from './operation.ts';
import type { Queryable, Transaction } from './queryable.ts';
import type { StartOptions } from './starting.ts';

/** One batch to migrate: the argument of `migrateBatch`. */
export interface Batch<Key, Tx extends Queryable> {
  /** How many records are done before this batch. It is a count: use it as OFFSET unchanged, not plus one. */
  readonly offset: number;
  /** Maximum number of records to migrate. An operator may change it between two batches (`batch_size` of the row). */
  readonly limit: number;
  /**
   * The `lastKey` that the previous batch returned. Undefined for the first batch of a call, and after a pause during which
   * the counter was changed.
   */
  readonly lastKey: Key | undefined;
  /** 1, plus the number of times that PostgreSQL rolled back this batch (deadlock, serialization failure). */
  readonly attempt: number;
  /** Where to write: the transaction, or, without one, the database given to `createMigrationControl`. */
  readonly db: Tx;
  /** The running operation, as it was when it was started or last resumed. */
  readonly operation: WorkerOperation;
  /** The signal of `runBatches`; one that never fires if none was given. */
  readonly signal: AbortSignal;
}

/** The result of `migrateBatch`: how many records it migrated, 0 if none are left. */
export type BatchResult<Key> =
  | number
  | {
      /** How many records the batch migrated: a whole number, 0 or more. */
      readonly records: number;
      /** For keyset paging: the last key that was migrated. */
      readonly lastKey?: Key;
      /** Whether this was the last batch. Saves the call that would return 0. */
      readonly done?: boolean;
    };

/** Which operation to run: an existing one (claimed, retried, or left by an earlier process), or how to start one. */
export type OperationChoice =
  | { readonly operation: WorkerOperation; readonly start?: undefined }
  | { readonly start: StartOptions; readonly operation?: undefined };

export interface BatchOptions<Key, Tx extends Queryable> extends CheckpointChoice {
  /**
   * Records per batch, above 0. Default: the operation's `batchSize`. If `batch_size` of the row changes while the operation
   * runs, the next batch has that size.
   */
  readonly batchSize?: number | undefined;
  /** Migrates one batch. If it throws, the operation is marked as failed with that error. */
  readonly migrateBatch: (batch: Batch<Key, Tx>) => Promise<BatchResult<Key>>;
  /**
   * Runs a batch and its progress report in one transaction, so that each record is migrated exactly once. Without it, a
   * batch whose report was lost runs again: then `migrateBatch` must be idempotent.
   *
   * In TypeScript, create it before the call (`const transaction = poolTransaction(pool)`): inside the options, the compiler
   * cannot infer the type of `db` from it.
   */
  readonly transaction?: Transaction<Tx> | undefined;
  /** Ends the call between two batches. The operation becomes pending again and keeps its counter; a paused one stays paused. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The records that `offset` of a batch counts. `table`: the records of the whole table in this phase. `operation`: the records
   * of the operation's own work (its attempts; with `start`, the rows with the same source query). Default: `table` with `start`,
   * `operation` with `operation`.
   */
  readonly checkpoint?: 'table' | 'operation' | undefined;
  /**
   * Maximum number of attempts for a batch whose transaction PostgreSQL rolls back (SQLSTATE class 40). Default: 3. Without
   * `transaction` a batch is tried once.
   */
  readonly maxAttempts?: number | undefined;
  /** While paused: time between two checks of the status, in milliseconds. Default: 1000. */
  readonly pollIntervalMs?: number | undefined;
}

export type RunBatchesOptions<Key, Tx extends Queryable> = OperationChoice & BatchOptions<Key, Tx>;

/** The result of a call of `runBatches`. */
export type RunOutcome =
  /**
   * All records are migrated. `records`: how many are done, including those of earlier operations. `expected`: the
   * operation's `totalRecords`, null if it has none. If the two differ, the estimate was wrong or records are missing.
   */
  | {
      readonly kind: 'completed';
      readonly operation: WorkerOperation;
      readonly records: number;
      readonly expected: number | null;
    }
  /**
   * Earlier operations had migrated everything. `operations`: those operations. `records`: how many records they did.
   * `operation`: this worker's own, which was completed with no record; null if none was started.
   */
  | {
      readonly kind: 'already done';
      readonly operation: WorkerOperation | null;
      readonly records: number;
      readonly operations: readonly WorkerOperation[];
    }
  /** `migrateBatch` threw `error`, or the last attempt was rolled back with it. The operation is marked as failed. */
  | { readonly kind: 'failed'; readonly operation: WorkerOperation; readonly error: unknown }
  /**
   * The signal fired. The operation is pending again, or still paused; null if none was started. `error`: what the last
   * batch threw before a pause, if anything. It is not recorded; the batch is tried again when the operation continues.
   */
  | { readonly kind: 'aborted'; readonly operation: WorkerOperation | null; readonly error?: unknown }
  /**
   * An operator or another worker ended, took or counted the operation. `status`: its status now; null: its row was deleted.
   * `error`: as for `aborted`.
   */
  | { readonly kind: 'stopped'; readonly id: number; readonly status: Status | null; readonly error?: unknown }
  /**
   * Another worker, or another process with this `workerId`, has `operation` of the same work. Nothing was started. An operation
   * that was passed to the call is pending again, or still paused; `claimNext` of this worker leaves it out while `operation` is open.
   * One with `from` in its mark and without records stays running: run it again later.
   */
  | { readonly kind: 'busy'; readonly operation: WorkerOperation };

/** Checks the return value of `migrateBatch`. @throws {TypeError} if it is not a whole number of records, 0 or more */
export function resultOf<Key>(result: BatchResult<Key>): { records: number; lastKey: Key | undefined; done: boolean } {
  const { records, lastKey, done = false } = typeof result === 'object' ? result : { records: result };
  if (!Number.isSafeInteger(records) || records < 0) {
    throw new TypeError(
      `migrateBatch returned ${String(records)}; it must return the number of records that it migrated.`,
    );
  }
  return { records, lastKey, done: done || records === 0 };
}
