import type { Operation, Phase, Status, Unreadable } from './operation.ts';
import type { WorkerSession } from './worker-session.ts';

/** The operations of one phase, table and status, added up. Stamps as in `Operation`. */
export interface Total {
  readonly phase: Phase;
  readonly tableName: string;
  readonly status: Status;
  readonly operations: number;
  readonly recordsProcessed: number;
  readonly largestProcessed: number | null;
  readonly largestTotal: number | null;
  readonly largestBatch: number | null;
  /** The first start, or null where none of them has one. */
  readonly startedAt: number | null;
  /** The last completion, or null where none of them has one. */
  readonly completedAt: number | null;
  /** The operations whose two stamps are finite and in order, their records, and the seconds they took. */
  readonly timedOperations: number;
  readonly timedRecords: number;
  readonly timedSeconds: number;
}

/** A connection of a worker that names itself, and the processes that it waits for, if it waits for a lock. */
export interface Session extends WorkerSession {
  readonly pid: number;
  readonly blockedBy: readonly number[];
}

/** What one poll brought: one statement, so one moment of the database. */
export interface Snapshot {
  /** The database's clock when the snapshot was taken, in seconds since 1970 as `Operation` has them. */
  readonly takenAt: number;
  readonly totals: readonly Total[];
  /** Running and paused operations, and those that started or ended since the last poll. */
  readonly operations: readonly Operation[];
  /** The failed operations, newest first. */
  readonly failures: readonly Operation[];
  /** The connections of workers that name themselves (migtop/worker). */
  readonly sessions: readonly Session[];
  /** Rows and groups of rows whose phase or status the specification does not have, or that hold no sense. */
  readonly unreadable: readonly Unreadable[];
}

/** Records that were moved in a stretch of time on the database's clock. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly records: number;
}

/** Records that the completed batches of one table moved. */
export interface HistorySpan extends Span {
  readonly tableName: string;
}

/** How fast the batches of one table and batch size went (specification, "Performance Analysis"). */
export interface BatchThroughput {
  readonly tableName: string;
  readonly batchSize: number | null;
  readonly recordsPerSecond: number | null;
  readonly averageBatchSeconds: number | null;
  readonly batchCount: number;
}
