import type { Status } from '../domain/operation.ts';
import type { CheckpointChoice } from './checkpoint.ts';
import type { Operation } from './operation.ts';
import type { Queryable, Transaction } from './queryable.ts';
import type { StartOptions } from './starting.ts';

/** One batch that is to be migrated. */
export interface Batch<Key, Tx extends Queryable> {
  /** Records of this work that are done: a COUNT, so an OFFSET as it is (not plus one). */
  readonly offset: number;
  /** How many records to migrate at most. */
  readonly limit: number;
  /** What the batch before returned as its last key; undefined for the first one of a call, and after a pause. */
  readonly lastKey: Key | undefined;
  /** 1, and more where the transaction of this batch was rolled back for a deadlock or a serialization failure. */
  readonly attempt: number;
  /** Where the batch has to write: the transaction, or without one the database that the control was made with. */
  readonly db: Tx;
  readonly operation: Operation;
  readonly signal: AbortSignal;
}

/** What a batch came to: how many records it migrated, 0 where there are none left. */
export type BatchResult<Key> =
  | number
  | {
      readonly records: number;
      /** For keyset paging: the last key that was migrated. */
      readonly lastKey?: Key;
      /** True where this was the last batch; saves asking for an empty one. */
      readonly done?: boolean;
    };

/** What to work on: an operation (claimed, retried, left behind), or how to start one. */
export type Work =
  | { readonly operation: Operation; readonly start?: undefined }
  | { readonly start: StartOptions; readonly operation?: undefined };

export interface BatchOptions<Key, Tx extends Queryable> extends CheckpointChoice {
  /** Records a batch. Default: what the operation says. */
  readonly batchSize?: number | undefined;
  /** Migrates one batch. What it throws fails the operation. */
  readonly migrateBatch: (batch: Batch<Key, Tx>) => Promise<BatchResult<Key>>;
  /**
   * Runs a batch and its report in one transaction, so that each record is migrated exactly once whatever happens. Without
   * it, a batch whose report was lost is done again: then `migrateBatch` must be able to do a record twice.
   *
   * In TypeScript, make it before the call (`const transaction = poolTransaction(pool)`): made among the options, it does
   * not tell the compiler what `db` is.
   */
  readonly transaction?: Transaction<Tx> | undefined;
  /** Ends the call between two batches; the operation goes back into the queue, with what is done. */
  readonly signal?: AbortSignal | undefined;
  /**
   * What the `offset` of a batch counts: the records of the whole table in this phase, or only those of the operation's own
   * work (its attempts; with `start`, the rows with its source query). Default: `table` with `start`, `operation` with
   * `operation`.
   */
  readonly checkpoint?: 'table' | 'operation' | undefined;
  /** How often a batch is tried whose transaction PostgreSQL rolled back (SQLSTATE class 40). Default: 3. */
  readonly maxAttempts?: number | undefined;
  /** How often to look whether a pause is over, in milliseconds. Default: 1000. */
  readonly pollIntervalMs?: number | undefined;
}

export type RunBatchesOptions<Key, Tx extends Queryable> = Work & BatchOptions<Key, Tx>;

/** The result of a call of `runBatches`. */
export type RunOutcome =
  /**
   * There was nothing left to migrate. `records`: how many records of the work are done, with those of earlier
   * operations; `expected`: the operation's total, null where it has none. Where they differ, the estimate was wrong, or
   * records are missing.
   */
  | {
      readonly kind: 'completed';
      readonly operation: Operation;
      readonly records: number;
      readonly expected: number | null;
    }
  /**
   * Earlier operations had done all there was: `operations`, which did `records` records, and when they ended is in their
   * `completedAt`. `operation`: this worker's own, which completed with no record; null where none was begun.
   */
  | {
      readonly kind: 'already done';
      readonly operation: Operation | null;
      readonly records: number;
      readonly operations: readonly Operation[];
    }
  /** A batch threw `error`; the operation has failed with it. */
  | { readonly kind: 'failed'; readonly operation: Operation; readonly error: unknown }
  /**
   * The signal fired: the operation is back in the queue, or still paused. Null: none was begun. `error`: what the last
   * batch threw before a pause, if anything; it is not recorded, and the batch is tried again by whoever goes on.
   */
  | { readonly kind: 'aborted'; readonly operation: Operation | null; readonly error?: unknown }
  /** Somebody else ended the operation, took it or counts on it. Its status then; null: it is gone. */
  | { readonly kind: 'stopped'; readonly id: number; readonly status: Status | null; readonly error?: unknown }
  /** Another worker, or a second process of this one, is at the same work: its operation. Nothing was begun. */
  | { readonly kind: 'busy'; readonly operation: Operation };

/** What a batch returned, checked. @throws {TypeError} */
export function resultOf<Key>(result: BatchResult<Key>): { records: number; lastKey: Key | undefined; done: boolean } {
  const { records, lastKey, done = false } = typeof result === 'object' ? result : { records: result };
  if (!Number.isSafeInteger(records) || records < 0) {
    throw new TypeError(
      `migrateBatch returned ${String(records)}; it has to return the number of records it migrated.`,
    );
  }
  return { records, lastKey, done: done || records === 0 };
}
