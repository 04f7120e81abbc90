import { type CheckpointRow, hasPosition, isOfTable, wasOfTable } from './checkpoint-rows.ts';
import { attemptsOf, attemptsOfRow, withoutRetry } from './lineage.ts';
import { emptyMark, type Mark, writeMark } from './mark.ts';
import { isOpen } from './operation.ts';

/**
 * The attempts of one row's work, in order of id. For a row that continues the whole table these are all rows of its run
 * that the worker library started at an offset of the table, with the same name or as a retry of such a row. Each continues
 * where the previous one ended, so only one of them may run at a time.
 */
export function attemptsOnTable<Row extends CheckpointRow>(rows: readonly Row[], id: number): Row[] {
  const attempts = attemptsOfRow(rows, id);
  // A skipped row of the work itself counts too: it was begun at an offset of the table.
  const placed = attempts.filter(wasOfTable);
  const names = new Set(attempts.flatMap(nameOfWork));
  const isSame = (row: Row): boolean =>
    isOfTable(row) &&
    nameOfWork(row).some((name) => names.has(name)) &&
    placed.some(({ mark }) => mark?.run === row.mark?.run);
  return attemptsOf(rows)
    .filter((group) => group.some((row) => row.id === id || isSame(row)))
    .flat()
    .sort((a, b) => a.id - b.id);
}

/** The name of the work that a row is an attempt of; none if it has the name of a retry, which says only which row it repeats. */
function nameOfWork({ operation, mark }: CheckpointRow): readonly string[] {
  return mark?.repeats != null && operation === retryName(mark.repeats) ? [] : [withoutRetry(operation)];
}

/**
 * How many records of its table were done at least before a retry that has no place yet; undefined if the attempts before it did
 * their own work, or if one of them says exactly how many.
 *
 * @param attempts those on the table (`attemptsOnTable`)
 */
export function leastBefore(own: CheckpointRow, attempts: readonly CheckpointRow[]): number | undefined {
  if (own.mark?.repeats == null || own.mark.from !== null) return undefined;
  const placed = attempts.filter((row) => row.id !== own.id && (hasPosition(row) || wasOfTable(row)));
  const last = placed.findLast((row) => hasPosition(row) || isOfTable(row)) ?? placed.at(-1);
  if (last === undefined || hasPosition(last)) return undefined;
  return last.mark?.atLeast ?? last.mark?.from ?? undefined;
}

/** The attempt that makes a retry of a row needless: one that is open, or a later one that was completed; null if there is none. */
export function attemptInTheWay<Row extends CheckpointRow>(
  attempts: readonly Row[],
  id: number,
): { readonly kind: 'open' | 'done'; readonly row: Row } | null {
  const open = attempts.find((row) => row.id !== id && isOpen(row.status));
  if (open !== undefined) return { kind: 'open', row: open };
  const done = attempts.find((row) => row.status === 'completed' && row.id > id);
  return done === undefined ? null : { kind: 'done', row: done };
}

/** The name of a retry (specification, "Error Tracking and Recovery"). */
export function retryName(id: number): string {
  return `retry_batch_${id}`;
}

/** What a retry of a row from the queue needs, or why there is none. */
export type RetryPlan =
  | {
      readonly kind: 'possible';
      /**
       * The mark that says what the new row repeats; null if its name and source query say it already. A mark says that the
       * row's counter counts only its own records, so a row of other programs gets one only if nothing else connects the two.
       */
      readonly mark: string | null;
      /** The ids of the attempts of its work, with its own. */
      readonly attempts: readonly number[];
    }
  /** Another attempt of the same work is pending, running or paused. */
  | { readonly kind: 'open'; readonly by: number }
  /** A later attempt was completed. */
  | { readonly kind: 'done'; readonly by: number }
  | { readonly kind: 'gone' };

/**
 * Whether a failed or skipped operation may be retried by a new pending row.
 *
 * @param rows the rows of its phase and table that may be attempts of its work
 */
export function planRetry(rows: readonly CheckpointRow[], id: number): RetryPlan {
  const own = rows.find((row) => row.id === id);
  if (own === undefined) return { kind: 'gone' };
  // A row of this name without a query is probably its retry: then a second one is not started.
  const named = rows.filter(
    (row) => row.id > id && row.operation === retryName(id) && (own.sourceQuery === null || row.sourceQuery === null),
  );
  const attempts = attemptsOnTable(rows, id);
  const found = attemptInTheWay([...attempts, ...named], id);
  if (found !== null) return { kind: found.kind, by: found.row.id };
  const mark: Mark = { ...emptyMark, run: own.mark?.run ?? null, repeats: id };
  return {
    kind: 'possible',
    mark: own.mark === null && isConnected(rows, own) ? null : writeMark(null, mark),
    attempts: attempts.map((row) => row.id),
  };
}

/** Whether a retry without a mark would be known as an attempt of the same work. */
function isConnected(rows: readonly CheckpointRow[], own: CheckpointRow): boolean {
  const highest = rows.reduce((most, row) => Math.max(most, row.id), own.id);
  const retry: CheckpointRow = {
    ...own,
    id: highest + 1,
    operation: retryName(own.id),
    status: 'pending',
    recordsProcessed: 0,
    startedAt: null,
    completedAt: null,
  };
  return attemptsOfRow([...rows, retry], retry.id).some((row) => row.id === own.id);
}
