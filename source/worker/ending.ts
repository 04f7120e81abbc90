import { emptyMark, writeMark } from '../domain/mark.ts';
import { isLive, type Status } from '../domain/operation.ts';
import { checkId, checkOptionalCount } from './check.ts';
import { OperationGoneError, OperationTakenError, TransitionError } from './errors.ts';
import { type Fields, operationOf, type WorkerOperation } from './operation.ts';
import type { WorkerSession } from './session.ts';

/** The result of a transition of one operation. */
export type Ending =
  | { readonly kind: 'applied'; readonly operation: WorkerOperation }
  /**
   * Not applied: the operation is not running, or is another worker's (`mine` false), or another process with this worker id has
   * claimed it since (`reclaimed`, and `mine` false). `operation`: as it is now.
   */
  | {
      readonly kind: 'refused';
      readonly mine: boolean;
      readonly reclaimed: boolean;
      readonly operation: WorkerOperation;
    }
  | { readonly kind: 'gone' };

/** Counters to write when an operation ends. A counter that is null or missing stays as it is. */
export interface Counts {
  /** How many records the operation has processed in total. */
  readonly recordsProcessed?: number | null | undefined;
  /** How many records there are. */
  readonly totalRecords?: number | null | undefined;
}

/** See `MigrationControl.completeOperation`. */
export async function complete(session: WorkerSession, id: number, counts: Counts = {}): Promise<Ending> {
  return finish(session, id, { status: 'completed', error: null }, counts);
}

/** See `MigrationControl.failOperation`. */
export async function fail(session: WorkerSession, id: number, error: string, counts: Counts = {}): Promise<Ending> {
  return finish(session, id, { status: 'failed', error }, counts);
}

async function finish(
  session: WorkerSession,
  id: number,
  end: { readonly status: 'completed' | 'failed'; readonly error: string | null },
  { recordsProcessed, totalRecords }: Counts,
): Promise<Ending> {
  const values = {
    id: checkId(id),
    ...end,
    recordsProcessed: checkOptionalCount('recordsProcessed', recordsProcessed),
    totalRecords: checkOptionalCount('totalRecords', totalRecords),
  };
  return endingOf(await session.run('finish', values));
}

/** See `MigrationControl.releaseOperation`. */
export async function release(session: WorkerSession, id: number): Promise<Ending> {
  // Without its end: release.sql appends the seconds that were worked.
  const mark = writeMark(null, { ...emptyMark, run: session.runName }).slice(0, -' */'.length);
  return endingOf(await session.run('release', { id: checkId(id), mark }));
}

/** @throws {OperationGoneError | OperationTakenError | TransitionError} */
export async function takeOver(session: WorkerSession, id: number, from: number | null): Promise<WorkerOperation> {
  const rows = await session.run('take-over', { id: checkId(id), from, label: session.label(id) });
  const ending = endingOf(rows);
  if (ending.kind === 'applied') return ending.operation;
  if (ending.kind === 'gone') throw new OperationGoneError(id);
  const { status, workerId } = ending.operation;
  if (isLive(status)) throw new OperationTakenError(id, workerId);
  throw new TransitionError(id, status, 'running');
}

/**
 * The operation after the transition.
 *
 * @throws {OperationGoneError | OperationTakenError | TransitionError} if the transition was not applied
 */
export function operationOrThrow(ending: Ending, id: number, to: Status): WorkerOperation {
  if (ending.kind === 'applied') return ending.operation;
  if (ending.kind === 'gone') throw new OperationGoneError(id);
  const { status, workerId } = ending.operation;
  if (ending.reclaimed && isLive(status)) throw new OperationTakenError(id, workerId, true);
  if (status === 'running' && !ending.mine) throw new OperationTakenError(id, workerId);
  throw new TransitionError(id, status, to);
}

function endingOf([row]: Fields[]): Ending {
  if (row === undefined) return { kind: 'gone' };
  const operation = operationOf(row.body);
  return row.applied === true
    ? { kind: 'applied', operation }
    : { kind: 'refused', mine: row.mine === true, reclaimed: row.reclaimed === true, operation };
}
