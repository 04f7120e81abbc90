import { attemptsOf } from '../domain/lineage.ts';
import { isOpen } from '../domain/operation.ts';
import type { TableRow } from './checkpoint.ts';
import type { Session } from './session.ts';
import type { StartOptions } from './starting.ts';

/** The row that join.sql would go on with; 'busy' where another worker is at the work. */
export function candidateOf(
  rows: readonly TableRow[],
  { leftOut, attempts }: { leftOut: readonly number[]; attempts: readonly number[] },
  { workerId }: Session,
  { operation }: StartOptions,
): TableRow | 'busy' | undefined {
  const live = rows.filter(({ status }) => status === 'running' || status === 'paused');
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
