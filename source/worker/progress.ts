import type { Status } from '../domain/operation.ts';
import { checkCount, checkId } from './check.ts';
import { rowFields, statusOf } from './operation.ts';
import type { Queryable } from './queryable.ts';
import type { WorkerSession } from './session.ts';

/** The answer to a progress report. */
export interface ProgressAnswer {
  /**
   * `continue`: migrate the next batch. `pause`: an operator paused the operation; call `waitWhilePaused`. `stop`: an operator
   * or another worker skipped, ended, requeued, took or deleted the operation; do not write to it.
   */
  readonly answer: 'continue' | 'pause' | 'stop';
  /** The operation's status now; null if its row was deleted. */
  readonly status: Status | null;
}

export interface WorkerReport extends ProgressAnswer {
  /** Whether the counter was written. */
  readonly written: boolean;
  /** Records per batch, as the row has it now: an operator may have changed it. Null if that is not a number above 0. */
  readonly batchSize: number | null;
}

export interface ReportOptions {
  /** The counter that the row must still have. */
  readonly expected?: number;
  /** The transaction in which the report runs. Default: a separate transaction. */
  readonly on?: Queryable;
}

/** See `MigrationControl.updateMigrationProgress`. */
export async function report(
  session: WorkerSession,
  id: number,
  recordsProcessed: number,
  { expected, on }: ReportOptions = {},
): Promise<WorkerReport> {
  const values = {
    recordsProcessed: checkCount('recordsProcessed', recordsProcessed),
    id: checkId(id),
    label: session.label(id),
    expected: expected ?? null,
  };
  const row = rowFields((await session.run('report', values, on))[0]);
  const status = statusOf(row.status);
  const written = row.written === true;
  const batchSize = sizeOf(row.batch_size);
  if (!written) return { answer: 'stop', status, batchSize, written };
  return { answer: status === 'paused' ? 'pause' : 'continue', status, batchSize, written };
}

/** A batch size that a batch can have; null for any other value. */
export function sizeOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
}

export interface PauseCheck {
  /** Null if the row was deleted. */
  readonly status: Status | null;
  readonly mine: boolean;
}

/** Reads the status of an operation without changing the row, and adds ` paused` to `application_name` while it is paused. */
export async function checkPause(session: WorkerSession, id: number): Promise<PauseCheck> {
  const row = rowFields((await session.run('pause-check', { id: checkId(id), label: session.label(id) }))[0]);
  return { status: statusOf(row.status), mine: row.mine === true };
}
