import { emptyMark, writeMark } from '../domain/mark.ts';
import { isLive, type Status } from '../domain/operation.ts';
import { checkId, checkOptionalCount } from './check.ts';
import { OperationGoneError, OperationTakenError, TransitionError } from './errors.ts';
import { type Fields, type Operation, operationOf } from './operation.ts';
import type { Session } from './session.ts';

/** What came of a change of one operation. */
export type Ending =
  | { readonly kind: 'moved'; readonly operation: Operation }
  /** It is not running, or another worker's: what it is now. */
  | { readonly kind: 'refused'; readonly mine: boolean; readonly operation: Operation }
  | { readonly kind: 'gone' };

export interface Counts {
  readonly recordsProcessed?: number | null | undefined;
  readonly totalRecords?: number | null | undefined;
}

export async function complete(session: Session, id: number, counts: Counts = {}): Promise<Ending> {
  return endingOf(await session.run('finish', [checkId(id), session.workerId, 'completed', null, ...countsOf(counts)]));
}

export async function fail(session: Session, id: number, error: string, counts: Counts = {}): Promise<Ending> {
  return endingOf(await session.run('finish', [checkId(id), session.workerId, 'failed', error, ...countsOf(counts)]));
}

export async function release(session: Session, id: number): Promise<Ending> {
  // Up to its end, which release.sql adds with the time that was worked.
  const mark = writeMark(null, { ...emptyMark, run: session.runName }).slice(0, -' */'.length);
  return endingOf(await session.run('release', [checkId(id), session.workerId, mark]));
}

/** @throws {OperationGoneError | OperationTakenError | TransitionError} */
export async function takeOver(session: Session, id: number, from: number | null): Promise<Operation> {
  const rows = await session.run('take-over', [checkId(id), session.workerId, from, session.label(id)]);
  const ending = endingOf(rows);
  if (ending.kind === 'moved') return ending.operation;
  if (ending.kind === 'gone') throw new OperationGoneError(id);
  const { status, workerId } = ending.operation;
  if (isLive(status)) throw new OperationTakenError(id, workerId);
  throw new TransitionError(id, status, 'running');
}

/** The operation as it was left, or the error that says why it was not. */
export function movedOr(ending: Ending, id: number, to: Status): Operation {
  if (ending.kind === 'moved') return ending.operation;
  if (ending.kind === 'gone') throw new OperationGoneError(id);
  const { status, workerId } = ending.operation;
  if (status === 'running' && !ending.mine) throw new OperationTakenError(id, workerId);
  throw new TransitionError(id, status, to);
}

function endingOf([row]: Fields[]): Ending {
  if (row === undefined) return { kind: 'gone' };
  const operation = operationOf(row.body);
  return row.moved === true ? { kind: 'moved', operation } : { kind: 'refused', mine: row.mine === true, operation };
}

function countsOf({ recordsProcessed, totalRecords }: Counts): (number | null)[] {
  return [checkOptionalCount('recordsProcessed', recordsProcessed), checkOptionalCount('totalRecords', totalRecords)];
}
