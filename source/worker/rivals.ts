import { isLive, isOpen } from '../domain/operation.ts';
import { attemptsOnTable } from '../domain/retry.ts';
import { isOfThisRun, isOwn } from './candidates.ts';
import type { StoredRow, TableState } from './checkpoint.ts';
import type { WorkerOperation } from './operation.ts';
import type { WorkerSession } from './session.ts';
import { sleep } from './waiting.ts';

/** An operation that this worker begins. */
export interface Beginning {
  readonly kind: 'joined' | 'started';
  readonly operation: Pick<WorkerOperation, 'id'>;
  /** Whether it counts its own records only, so that operations on the same table may run beside it. */
  readonly isOfOperation?: boolean;
}

/** How a worker reads the rows of its table again. */
export interface Looking {
  readonly read: () => Promise<TableState>;
  readonly signal: AbortSignal | undefined;
}

/** Milliseconds until the rows are read again for a rival that may be about to stop. Each time the whole table is read: the waits grow. */
const [shortestMs, longestMs] = [50, 1000];

/**
 * The id of another operation on the same work, for which this worker has to stop. Of two workers that begin at once and see each
 * other, one has to continue: the one whose operation has the lower id waits until the other one has stopped.
 */
export async function lastingRival(
  session: WorkerSession,
  joined: Beginning,
  seen: TableState,
  { read, signal }: Looking,
): Promise<number | undefined> {
  const { id } = joined.operation;
  let { rows, now } = seen;
  let waitedMs = 0;
  for (let waitMs = shortestMs; ; waitMs = Math.min(longestMs, 2 * waitMs)) {
    const rival = rivalOf(rows, joined, session);
    if (rival === undefined) return undefined;
    const isOver = waitedMs >= stopSeconds * 1000 || signal?.aborted === true;
    if (isOver || !mayStop(rival, id, now)) return rival.id;
    await sleep(waitMs, signal);
    waitedMs += waitMs;
    ({ rows, now } = await read());
    const after = rows.find((row) => row.id === rival.id);
    // Where this operation continues was found before: the other one must not have done records since.
    if (after === undefined || !(hasStopped(after) || isLive(after.status))) return rival.id;
  }
}

/**
 * Another operation on the same work: one that another worker runs, or an open retry. It may have been started or
 * claimed before this worker wrote that its own is running and where it continues. Each worker searches after it has
 * written that, so at least one of two rivals sees the other and stops.
 */
function rivalOf(
  rows: readonly StoredRow[],
  { kind, operation: { id }, isOfOperation = false }: Beginning,
  session: WorkerSession,
): StoredRow | undefined {
  const live = rows.find((row) => isLive(row.status) && row.id !== id && !isOwn(row, session));
  if (live !== undefined && !isOfOperation) return live;
  const ofRun = rows.filter((row) => row.id === id || isOfThisRun(row, session));
  const isRival = (row: StoredRow): boolean =>
    row.id !== id && (kind === 'started' ? isOpen(row.status) : isLive(row.status));
  return attemptsOnTable(ofRun, id).find(isRival);
}

/**
 * Whether a rival may be about to stop, because it sees this worker's operation too: of two that see each other, the one with the
 * higher id stops. It has no records yet, and began a moment ago.
 */
function mayStop({ id, status, recordsProcessed, startedAt }: StoredRow, own: number, now: number): boolean {
  if (id < own || status !== 'running' || (recordsProcessed ?? 0) > 0) return false;
  return startedAt !== null && Math.abs(now - startedAt) < stopSeconds;
}

/** For how many seconds a rival that has just begun may take to see this worker's operation and to stop. */
const stopSeconds = 5;

/** Whether a rival has stopped before its first record: it is skipped, or back in the queue. */
function hasStopped({ status, recordsProcessed }: StoredRow): boolean {
  return (status === 'skipped' || status === 'pending') && (recordsProcessed ?? 0) <= 0;
}
