import { type CheckpointRow, hasPosition, isOfTable, wasOfTable } from './checkpoint-rows.ts';
import { isLater } from './later.ts';
import { attemptsOf, attemptsOfRow, canonicalOnce, mayRepeat, retryName, withoutRetry } from './lineage.ts';
import { emptyMark, type Mark, writeMark } from './mark.ts';
import { isOpen } from './operation.ts';

/**
 * The attempts of one row's work, in order of id. For a row that continues the whole table these are all rows of its run
 * that the worker library started at an offset of the table, with the same name or as a retry of such a row. Each continues
 * where the previous one ended, so only one of them may run at a time.
 */
export function attemptsOnTable<Row extends CheckpointRow>(rows: readonly Row[], id: number): Row[] {
  const works = attemptsOf(rows);
  return onTable(works, works.find((work) => work.some((row) => row.id === id)) ?? [], id);
}

/**
 * @param works all rows, by work
 * @param attempts the rows of the same work
 */
function onTable<Row extends CheckpointRow>(works: readonly Row[][], attempts: readonly Row[], id: number): Row[] {
  // A skipped row of the work itself counts too: it was begun at an offset of the table.
  const placed = attempts.filter(wasOfTable);
  if (placed.length === 0) return [...attempts];
  const names = new Set(attempts.flatMap(nameOfWork));
  const isSame = (row: Row): boolean =>
    isOfTable(row) &&
    nameOfWork(row).some((name) => names.has(name)) &&
    placed.some(({ mark }) => mark?.run === row.mark?.run);
  return works
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

/**
 * The attempt that makes a retry of a row needless: one that is open, or one that was completed later (domain/later.ts); null if
 * there is none.
 */
export function attemptInTheWay<Row extends CheckpointRow>(
  attempts: readonly Row[],
  id: number,
): { readonly kind: 'open' | 'done'; readonly row: Row } | null {
  const open = attempts.find((row) => row.id !== id && isOpen(row.status));
  if (open !== undefined) return { kind: 'open', row: open };
  const own = attempts.find((row) => row.id === id);
  const done = attempts.find((row) => row.status === 'completed' && own !== undefined && isLater(row, own));
  return done === undefined ? null : { kind: 'done', row: done };
}

/** How a row can be retried through the queue, or why it cannot. */
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
      /** The ids of rows that may be its retries by their name only. */
      readonly retries: readonly number[];
    }
  /** Another attempt of the same work is pending, running or paused. */
  | { readonly kind: 'open'; readonly by: number }
  /** A later attempt was completed. */
  | { readonly kind: 'done'; readonly by: number }
  | { readonly kind: 'gone' };

/**
 * Whether each failed or skipped operation may be retried by a new pending row.
 *
 * @param rows the rows of their phases and tables that may be attempts of their works
 */
export function retryPlans(rows: readonly CheckpointRow[], ids: readonly number[]): ReadonlyMap<number, RetryPlan> {
  const works = attemptsOf(rows);
  const workOf = new Map(works.flatMap((work) => work.map(({ id }) => [id, work] as const)));
  const canonical = canonicalOnce();
  const keyOf = ({ phase, tableName, sourceQuery }: CheckpointRow, name: string): string =>
    [phase, tableName, canonical(sourceQuery ?? ''), withoutRetry(name)].join(' ');
  const alike = Map.groupBy(rows, (row) => keyOf(row, row.operation));
  const named = Map.groupBy(rows, ({ operation }) => operation);
  return new Map(
    ids.map((id) => {
      const work = workOf.get(id);
      const own = work?.find((row) => row.id === id);
      if (work === undefined || own === undefined) return [id, { kind: 'gone' }];
      // A row of this name without a query is probably its retry: then a second one is not started.
      const retries = (named.get(retryName(id)) ?? []).filter(
        (row) => mayRepeat(row, own) && (own.sourceQuery === null || row.sourceQuery === null),
      );
      const names = new Set([keyOf(own, own.operation), keyOf(own, retryName(id))]);
      const sameQuery = [...names].flatMap((name) => alike.get(name) ?? []);
      return [id, planOf(own, onTable(works, work, id), retries, sameQuery)];
    }),
  );
}

/** As `retryPlans`, of one operation. */
export function planRetry(rows: readonly CheckpointRow[], id: number): RetryPlan {
  return retryPlans(rows, [id]).get(id) ?? { kind: 'gone' };
}

/** @param alike the rows with the same source query that have its name, or that of its retry */
function planOf(
  own: CheckpointRow,
  attempts: readonly CheckpointRow[],
  retries: readonly CheckpointRow[],
  alike: readonly CheckpointRow[],
): RetryPlan {
  const found = attemptInTheWay([...attempts, ...retries], own.id);
  if (found !== null) return { kind: found.kind, by: found.row.id };
  const mark: Mark = { ...emptyMark, run: own.mark?.run ?? null, repeats: own.id };
  return {
    kind: 'possible',
    mark: own.mark === null && isConnected(alike, own) ? null : writeMark(null, mark),
    attempts: attempts.map((row) => row.id),
    retries: retries.map((row) => row.id),
  };
}

/** Whether a retry without a mark would be known as an attempt of the same work. */
function isConnected(rows: readonly CheckpointRow[], own: CheckpointRow): boolean {
  if (own.sourceQuery === null) return false;
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
