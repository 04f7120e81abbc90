import { isPlaced } from '../domain/checkpoint.ts';
import type { CheckpointRow } from '../domain/checkpoint-rows.ts';
import { attemptsOf, attemptsOfRow, withoutRetry } from '../domain/lineage.ts';
import { isLive, isOpen } from '../domain/operation.ts';
import type { TableRow } from './checkpoint.ts';
import type { Session } from './session.ts';
import type { Joined, StartOptions } from './starting.ts';

/** The row that join.sql would go on with; 'busy' where another worker is at the work. */
export function candidateOf(
  rows: readonly TableRow[],
  { leftOut, attempts }: { leftOut: readonly number[]; attempts: readonly number[] },
  { workerId }: Session,
  { operation }: StartOptions,
): TableRow | 'busy' | undefined {
  const live = rows.filter(({ status }) => isLive(status));
  const own = rows.filter(
    (row) => (row.operation === operation || attempts.includes(row.id)) && !leftOut.includes(row.id),
  );
  const left = own.find((row) => live.includes(row) && row.workerId === workerId);
  if (left !== undefined) return left;
  if (live.some((row) => row.workerId !== workerId)) return 'busy';
  return own.find(({ status }) => status === 'pending');
}

/** The retries of this work, which have names of their own: what a crash has left of them is to be gone on with too. */
export function attemptsOfOtherNames(rows: readonly TableRow[], { operation }: StartOptions): number[] {
  return attemptsOf(rows)
    .filter((group) => group.some((row) => row.operation === operation))
    .flatMap((group) => group.filter((row) => row.operation !== operation && row.mark !== null).map(({ id }) => id));
}

/**
 * The attempts of one row's work, in order of id. Of a row that goes on with the whole table these are all rows of that
 * run that the library began at a place of the table, under this name or as a retry of such a row: each goes on where
 * the one before ended, so that no two may be worked at at once.
 */
export function attemptsOnTable<Row extends CheckpointRow>(rows: readonly Row[], id: number): Row[] {
  const attempts = attemptsOfRow(rows, id);
  const placed = attempts.filter(isPlaced);
  const names = new Set(attempts.map(({ operation }) => withoutRetry(operation)));
  const isSame = (row: Row): boolean =>
    isPlaced(row) && names.has(withoutRetry(row.operation)) && placed.some(({ mark }) => mark?.run === row.mark?.run);
  return attemptsOf(rows)
    .filter((group) => group.some((row) => row.id === id || isSame(row)))
    .flat()
    .sort((a, b) => a.id - b.id);
}

/**
 * Another operation at the same work: one that another worker is at, or an open retry. It may have been started, or taken from
 * the queue, while this one did not yet say that it is worked at and where it goes on. Whoever begins looks for others after
 * it has said so, so that at least one of two gives way.
 */
export function rivalOf(
  rows: readonly TableRow[],
  { kind, operation: { id } }: Exclude<Joined, { kind: 'busy' }>,
  session: Session,
): number | undefined {
  const live = rows.find((row) => isLive(row.status) && row.id !== id && row.workerId !== session.workerId);
  if (live !== undefined) return live.id;
  const ofRun = rows.filter((row) => row.id === id || isOfThisRun(row, session));
  const isRival = (row: TableRow): boolean =>
    row.id !== id && (kind === 'started' ? isOpen(row.status) : isLive(row.status));
  return attemptsOnTable(ofRun, id).find(isRival)?.id;
}

/** Whether an open row is of the run that is asked for, and since the time that is asked for. */
export function isOfThisRun({ included, mark }: TableRow, { runName }: Session): boolean {
  return included && (mark === null || mark.run === null || runName === null || mark.run === runName);
}

/** Whether a row of a queue may be one range of several. */
export function isOneOfSeveral(own: TableRow, rows: readonly TableRow[]): boolean {
  return isQueued(own) && rows.some((row) => row !== own && isQueued(row) && row.operation === own.operation);
}

export function isQueued({ status, mark }: TableRow): boolean {
  return isOpen(status) && mark === null;
}
