import type { Status } from '../domain/operation.ts';
import { checkCount, checkId } from './check.ts';
import { fieldsOf, statusOf } from './operation.ts';
import type { Queryable } from './queryable.ts';
import type { Session } from './session.ts';

/** What a worker hears when it reports its progress. */
export interface ProgressAnswer {
  /**
   * continue: go on. pause: an operator paused the operation (`waitWhilePaused`). stop: it was skipped, completed, failed
   * or re-queued by somebody else, is another worker's, or is gone: leave it alone.
   */
  readonly answer: 'continue' | 'pause' | 'stop';
  /** What the operation is now; null where it is gone. */
  readonly status: Status | null;
}

export interface WorkerReport extends ProgressAnswer {
  /** Whether the counter was written. */
  readonly written: boolean;
}

export interface ReportOptions {
  /** The counter that the row must still have. */
  readonly expected?: number;
  /** The transaction that the report belongs to. */
  readonly on?: Queryable;
}

export async function report(
  session: Session,
  id: number,
  recordsProcessed: number,
  { expected, on }: ReportOptions = {},
): Promise<WorkerReport> {
  const count = checkCount('recordsProcessed', recordsProcessed);
  const values = [checkId(id), count, session.workerId, session.label(id), expected ?? null];
  const row = fieldsOf((await session.run('report', values, on))[0]);
  const status = statusOf(row.status);
  const written = row.written === true;
  if (!written) return { answer: 'stop', status, written };
  return { answer: status === 'paused' ? 'pause' : 'continue', status, written };
}

export interface PauseCheck {
  readonly status: Status | null;
  readonly mine: boolean;
}

/** What has become of an operation, without touching it. */
export async function look(session: Session, id: number): Promise<PauseCheck> {
  const row = fieldsOf((await session.run('look', [checkId(id), session.workerId, session.label(id)]))[0]);
  return { status: statusOf(row.status), mine: row.mine === true };
}
