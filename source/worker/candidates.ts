import { attemptsOf, attemptsOfRow, wasThereBefore } from '../domain/lineage.ts';
import { isLive, isOpen } from '../domain/operation.ts';
import type { StoredRow } from './checkpoint.ts';
import type { WorkerSession } from './session.ts';
import type { Joined, StartOptions } from './starting.ts';

/** The row that join.sql would continue; 'busy' if another worker is running the same work. */
export function candidateOf(
  rows: readonly StoredRow[],
  { leftOut, attempts }: { leftOut: readonly number[]; attempts: readonly number[] },
  session: WorkerSession,
  { operation }: StartOptions,
): StoredRow | 'busy' | undefined {
  const live = rows.filter(({ status }) => isLive(status));
  const own = rows.filter(
    (row) => (row.operation === operation || attempts.includes(row.id)) && !leftOut.includes(row.id),
  );
  const interrupted = own.find((row) => live.includes(row) && isOwn(row, session));
  if (interrupted !== undefined) return interrupted;
  if (live.some((row) => !isOwn(row, session))) return 'busy';
  return own.find(({ status }) => status === 'pending');
}

/** The ids of this work's retries. They have other names, and one that a crash interrupted is continued too. */
export function attemptsOfOtherNames(rows: readonly StoredRow[], { operation }: StartOptions): number[] {
  return attemptsOf(rows)
    .filter((group) => group.some((row) => row.operation === operation))
    .flatMap((group) => group.filter((row) => row.operation !== operation && row.mark !== null).map(({ id }) => id));
}

/**
 * For a retry whose place is not written yet: another worker's live attempt of the same work, which started before it. The worker
 * of the retry may have been killed before it could see that one (retrying.ts).
 */
export function attemptBefore(own: StoredRow, rows: readonly StoredRow[], session: WorkerSession): number | undefined {
  if (own.mark?.repeats == null || own.mark.from !== null) return undefined;
  const earlier = attemptsOfRow(rows, own.id).filter((row) => wasThereBefore(row, own));
  return earlier.find((row) => isLive(row.status) && !isOwn(row, session))?.id;
}

/**
 * The id of a pending operation that this worker would have continued if join.sql had seen it: the transaction that put it
 * back into the queue committed only when this worker had begun to start another one, or its process was killed then. It is
 * always one that join.sql takes: another row of the same query stays in the queue.
 *
 * @param place of this worker's operation, which has no records: in its own work, nobody continues behind it
 */
export function queuedBefore(
  rows: readonly StoredRow[],
  { kind, operation: { id } }: Exclude<Joined, { kind: 'busy' }>,
  { ofOperation }: { readonly ofOperation: boolean },
  { leftOut, start }: { readonly leftOut: readonly number[]; readonly start: StartOptions },
): number | undefined {
  const before = rows.filter((row) => row.status === 'pending' && row.id < id && !leftOut.includes(row.id));
  const named = before.filter(({ operation }) => operation === start.operation);
  if (kind === 'started') return named[0]?.id;
  if (!ofOperation) return undefined;
  const attempts = new Set(attemptsOfRow(rows, id).map((row) => row.id));
  const taken = [...named.map((row) => row.id), ...attemptsOfOtherNames(rows, start)];
  return before.find((row) => attempts.has(row.id) && taken.includes(row.id))?.id;
}

/** Whether the row names this worker, and no other process with the same worker id has claimed it since. */
export function isOwn({ id, workerId }: StoredRow, session: WorkerSession): boolean {
  return workerId === session.workerId && !session.lost.has(id);
}

/** Whether a row belongs to this worker's run and is not excluded by `since`. */
export function isOfThisRun({ included, mark }: StoredRow, { runName }: WorkerSession): boolean {
  return included && (mark === null || mark.run === null || runName === null || mark.run === runName);
}

/** Whether a queued row may be one of several ranges of the table. */
export function isOneOfSeveral(own: StoredRow, rows: readonly StoredRow[]): boolean {
  return isQueued(own) && rows.some((row) => row !== own && isQueued(row) && row.operation === own.operation);
}

/** Whether a row is open and was added by another program than `migtop/worker`. */
export function isQueued({ status, mark }: StoredRow): boolean {
  return isOpen(status) && mark === null;
}
