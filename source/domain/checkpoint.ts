import { beginOrder } from './begin-order.ts';
import { joinAttempts } from './checkpoint-attempts.ts';
import { isMoreThanShown } from './checkpoint-figure.ts';
import { haveRangesApart, isBeyondRange, rowsWithGap, startsLate } from './checkpoint-gaps.ts';
import {
  areApart,
  byStart,
  type CheckpointRow,
  counterOf,
  endOf,
  goesOnBeside,
  hasOtherNames,
  hasPosition,
  hasRecords,
  hasTablePosition,
  hasUnknownCounter,
  type Item,
  isAboveTotal,
  isBelow,
  isCompleteRow,
  isNamed,
  isSurelyCumulative,
  type Linked,
  mayIncludeEarlier,
  placeOf,
  positionOf,
  runGapSeconds,
} from './checkpoint-rows.ts';
import { judge } from './counting-rules.ts';
import { largest } from './extremes.ts';
import { type Attempt, attemptsOf, limitsOf } from './lineage.ts';
import { measureOf } from './measure.ts';
import { newest } from './place-by-marks.ts';
import { sum } from './sum.ts';
import { undoneBy } from './undone.ts';
import type { EvidenceRow } from './works.ts';

/** How to read the counters of rows that the worker library did not mark, if the caller knows. */
export type CheckpointCounting = 'own' | 'batch' | 'cumulative';

export interface CheckpointOptions {
  /** The run to continue (`ControlOptions.run`); null if the caller named none. */
  readonly run: string | null;
  /** The name of the operation to continue; if undefined, rows of every name count. */
  readonly operation?: string | undefined;
  readonly counting?: CheckpointCounting | undefined;
  /** How many records are done, by the caller: it resolves an ambiguity, but rows that were begun with it still count. */
  readonly offset?: number | undefined;
  /** The rows of the phase that undoes the records (`undoingPhase`). */
  readonly undoing?: readonly CheckpointRow[] | undefined;
}

/** Why the rows do not say how many records are done. */
export type Ambiguity =
  /** Each row has its own total: the rows are ranges, so their sum is no position. */
  | 'own totals'
  /** The counters may add up, or each may include the ones before it. */
  | 'either'
  /** A range was begun again after it was completed, or its attempts have more records than it has. */
  | 'begun again'
  | 'more than the total'
  /** A day or more lies between the rows: they may be of different runs. */
  | 'several runs'
  /** Some rows of the library name a run and some do not. */
  | 'another run'
  /** Rows of other operations, which may count other records. */
  | 'other operations'
  /** Some records before those of the last row are not done, or may not be. */
  | 'gap'
  /** A row does not say how many records it has done: it is completed without a counter, or its counter is below 0. */
  | 'no counter'
  /** Some of the records were undone since, or may have been: by a rollback, or, of a rollback, by an execution. */
  | 'undone'
  /** A later row that the library marked began before the end of this one: both may have done the same records. */
  | 'overtaken'
  /** Several operations wait in the queue, which may be ranges. */
  | 'queued ranges';

export type Checkpoint =
  /**
   * `rows` are those that count, in order of start; the work was ended by the last of them if that is completed. `exact`:
   * the newest row at whose start the library wrote down how far the work was, with or without records; null if there is none.
   */
  | {
      readonly kind: 'at';
      readonly records: number;
      readonly exact: CheckpointRow | null;
      readonly rows: readonly CheckpointRow[];
    }
  | {
      readonly kind: 'ambiguous';
      readonly reason: Ambiguity;
      readonly rows: readonly CheckpointRow[];
      /** How many records are done at least, if the marks say that. */
      readonly atLeast?: number;
    };

/**
 * How many records of a table are done, or why its rows do not say. It never guesses too many: rows count together only
 * if they are known to be the same work in the same run.
 *
 * 1. Rows that the worker library marked with another run's name, or for another operation, do not count.
 * 2. The newest row that the library marked with `from` says it exactly: `from` plus its counter. The library
 *    knew all earlier rows when it began that row.
 * 3. Of the other rows, and of rows added since, those with a counter above 0 decide. If it is only one row, its counter is
 *    the position. The attempts of one work add up if each later one has fewer records; one with as many or more may have
 *    started again from 0. For rows of several works the convention of the table decides (domain/counting-rules.ts): counters that
 *    rise batch by batch in three completed rows or more are cumulative, so the largest is the position; in two rows, and if a
 *    given up row is ahead of them, they could be either. Rows per batch add up if they leave no gap (every row but the last one is completed, or continues in the
 *    next row of the same name and query; ranges by LIMIT and OFFSET follow one another from 0) and if the sum is not above
 *    the total. Rows with own totals, rows of different names, and rows a day or more apart, are ambiguous.
 *
 * `counting` overrules the third step: `own` and `batch` add up all rows, `cumulative` takes the largest.
 */
export function checkpointOf(rows: readonly CheckpointRow[], options: CheckpointOptions): Checkpoint {
  const ofRun = inRun(rows, options.run) ?? (options.offset === undefined ? null : sinceNewest(rows, options.run));
  if (ofRun === null) return { kind: 'ambiguous', reason: 'another run', rows: rows.filter(hasRecords) };
  const groupOf = new Map(attemptsOf(rows).flatMap((group) => group.map(({ id }) => [id, group] as const)));
  const named = inOperation(ofRun, groupOf, options.operation);
  const orderOf = beginOrder(rows);
  const exact = newest(named.filter(hasTablePosition), orderOf);
  // The position of that row includes the rows before it.
  const known = named.filter((row) => row === exact || isSince(row, exact, orderOf) || !hasRecords(row));
  const items = known
    .map((row) => ({ row, records: row === exact ? positionOf(row) : counterOf(row) }))
    .filter(({ records }) => records > 0)
    .sort(byStart);
  const unknown = known.filter((row) => row !== exact && isSince(row, exact, orderOf) && hasUnknownCounter(row));
  if (unknown.length > 0) return { kind: 'ambiguous', reason: 'no counter', rows: unknown };
  const [first] = items;
  if (first === undefined) return at([], exact);
  const undone = undoneBy(rowsOf(items), options.undoing ?? []);
  if (undone.length > 0) return { kind: 'ambiguous', reason: 'undone', rows: undone };
  const linked: Linked = (a, b) => groupOf.get(a.row.id) === groupOf.get(b.row.id);
  const isCumulative = options.counting === 'cumulative';
  const inOrder = known
    .filter((row) => row === exact || isSince(row, exact, orderOf))
    .map(itemOf)
    .sort(byStart);
  const gaps = isCumulative ? [] : rowsWithGap(items, rowsOf(inOrder), linked);
  if (gaps.length > 0) return { kind: 'ambiguous', reason: 'gap', rows: gaps };
  if (isCumulative) return at(items, exact, 'cumulative');
  if (items.length === 1 && exact !== undefined) return at(items, exact);
  const { works, doubts } = joinAttempts(items, rowsOf(inOrder), ({ id }) => groupOf.get(id)?.[0]?.id ?? id);
  const isGap = exact === undefined && (works.length === 1 ? works.some(startsLate) : haveRangesApart(works));
  if (options.counting !== undefined) {
    const doubt = doubts.find(({ reason }) => reason !== 'either');
    if (doubt !== undefined) return ambiguous(doubt.items, doubt.reason);
    return isGap ? ambiguous(items, 'gap') : at(works, exact, options.counting, items);
  }
  if (items.some(isBeyondRange)) return ambiguous(items, 'either');
  if (hasOtherNames(items, groupOf, options.operation)) return ambiguous(items, 'other operations');
  const measure = measureOf(known.map((row) => evidenceOf(row, row === exact, groupOf.get(row.id))));
  const verdict = judge(measure);
  const counting = verdict.isBeside === true ? 'own totals' : verdict.counting;
  if (items.length > 1 && areApart(items, linked)) return ambiguous(items, 'several runs');
  const [doubt] = doubts;
  if (works.length === 1 || works.every((item) => linked(item, first))) {
    if (works.length === 1 && counting === 'own totals') return ambiguous(items, 'own totals');
    if (doubt !== undefined) return ambiguous(doubt.items, doubt.reason);
    if (!works.every(isBelow)) return ambiguous(items, 'either');
    if (isAboveTotal(works)) {
      // A retry of the library that began again from the start, and has completed all of it.
      const whole = works.filter(isCompleteRow);
      return whole.length === 0 ? ambiguous(items, 'more than the total') : at(whole.slice(-1), exact);
    }
    if (isGap) return ambiguous(items, 'gap');
    return exact === undefined && isMoreThanShown(works, known)
      ? ambiguous(items, 'either')
      : at(works, exact, 'batch', items);
  }
  // Rows that the library marked count only their own records.
  const marked = items.every(({ row }) => row.mark !== null);
  if (counting === 'own totals') return ambiguous(items, 'own totals');
  if (counting === 'cumulative' && !marked)
    return isSurelyCumulative(items) ? at(items, exact, 'cumulative') : ambiguous(items, 'either');
  if (doubt !== undefined) return ambiguous(doubt.items, doubt.reason);
  if ((counting === 'unclear' || mayIncludeEarlier(works)) && !marked) return ambiguous(items, 'either');
  if (!works.every((item, index) => item.row.status === 'completed' || isBelow(item, index, works))) {
    return ambiguous(items, 'either');
  }
  if (isGap) return ambiguous(items, 'gap');
  if (isAboveTotal(works)) return ambiguous(items, 'more than the total');
  return exact === undefined && isMoreThanShown(works, known)
    ? ambiguous(items, 'either')
    : at(works, exact, 'batch', items);
}

/**
 * How many records of one operation's work its earlier attempts have done. Attempts that are connected only by their query
 * count if they belong to the same run: if none of them is completed or a day old.
 *
 * @param own the operation, or the failed one that it repeats
 * @param attempts the other rows of its work (domain/lineage.ts)
 * @param now the database's clock
 */
export function doneBefore(
  own: Attempt,
  attempts: readonly CheckpointRow[],
  { run, counting, now, undoing = [] }: CheckpointOptions & { readonly now: number },
): Checkpoint {
  const named = new Set(
    [own, ...attempts].flatMap(({ id, mark }) => (mark?.repeats == null ? [] : [id, mark.repeats])),
  );
  const isSure = (row: CheckpointRow): boolean =>
    named.has(row.id) || goesOnBeside(row, own, attempts) || (run !== null && row.mark?.run === run);
  const ofRun = attempts.filter((row) => isSure(row) || run === null || row.mark === null || row.mark.run === null);
  const orderOf = beginOrder([own, ...attempts]);
  const exact = newest(ofRun.filter(hasPosition), orderOf);
  const since = ofRun.filter((row) => row === exact || isSince(row, exact, orderOf));
  const unknown = since.filter(hasUnknownCounter);
  if (unknown.length > 0) return { kind: 'ambiguous', reason: 'no counter', rows: unknown };
  const items = since
    .map((row) => ({ row, records: row === exact ? positionOf(row) : counterOf(row) }))
    .filter(({ records }) => records > 0)
    .sort((a, b) => a.row.id - b.row.id);
  const undone = undoneBy(rowsOf(items), undoing);
  if (undone.length > 0) return { kind: 'ambiguous', reason: 'undone', rows: undone };
  if (counting === 'cumulative') return at(items, exact, counting);
  const { works, doubts } = joinAttempts(items, [], () => own.id);
  if (counting !== undefined) {
    const doubt = doubts.find(({ reason }) => reason !== 'either');
    return doubt === undefined ? at(works, exact, counting, items) : ambiguous(doubt.items, doubt.reason);
  }
  const isOld = (item: Item): boolean =>
    !isSure(item.row) && (item.row.status === 'completed' || now - (endOf(item) ?? now) >= runGapSeconds);
  if (items.some(isOld)) return ambiguous(items, 'several runs');
  // A counter above the LIMIT of its query counts records that are not of that range.
  const isBeyond = ({ row }: Item): boolean =>
    row !== exact && counterOf(row) > (limitsOf(row.sourceQuery)?.limit ?? Number.POSITIVE_INFINITY);
  if (items.some(isBeyond)) return ambiguous(items, 'either');
  const [doubt] = doubts;
  if (doubt !== undefined) return ambiguous(doubt.items, doubt.reason);
  if (!works.every(isBelow)) return ambiguous(items, 'either');
  return isAboveTotal(works) ? ambiguous(items, 'more than the total') : at(works, exact, 'batch', items);
}

function at(
  items: readonly Item[],
  exact: CheckpointRow | undefined,
  counting: CheckpointCounting = 'batch',
  counted: readonly Item[] = items,
): Checkpoint {
  const counters = items.map(({ records }) => records);
  const records = counting === 'cumulative' ? Math.max(0, largest(counters)) : sum(counters);
  const placed = exact ?? items.findLast(({ row }) => hasPosition(row))?.row ?? null;
  return { kind: 'at', records, exact: placed, rows: rowsOf(counted) };
}

const itemOf = (row: CheckpointRow): Item => ({ row, records: counterOf(row) });

const rowsOf = (items: readonly Item[]): readonly CheckpointRow[] => items.map(({ row }) => row);

function ambiguous(items: readonly Item[], reason: Ambiguity): Checkpoint {
  return { kind: 'ambiguous', reason, rows: items.map(({ row }) => row) };
}

/** Whether a row was added after the row with the exact position. */
function isSince(
  row: CheckpointRow,
  exact: CheckpointRow | undefined,
  orderOf: ReturnType<typeof beginOrder>,
): boolean {
  return exact === undefined || (orderOf(row) > orderOf(exact) && row.id > exact.id);
}

/** The rows that are not known to be of another run; null if the marks do not decide it. */
function inRun(rows: readonly CheckpointRow[], run: string | null): readonly CheckpointRow[] | null {
  const runs = new Set(
    rows.flatMap((row) => (row.mark !== null && (hasRecords(row) || hasTablePosition(row)) ? [row.mark.run] : [])),
  );
  if (run === null) return [...runs].every((name) => name === null) ? rows : null;
  return runs.has(null) ? null : rows.filter(({ mark }) => mark === null || mark.run === run);
}

/** The newest row with a position of the table and the rows added since, if that row is of the run; else null. */
function sinceNewest(rows: readonly CheckpointRow[], run: string | null): readonly CheckpointRow[] | null {
  const orderOf = beginOrder(rows);
  const last = newest(rows.filter(hasTablePosition), orderOf);
  return last?.mark?.run === run ? rows.filter((row) => row === last || isSince(row, last, orderOf)) : null;
}

/** Leaves out rows that the library marked and that belong to another operation. */
function inOperation(
  rows: readonly CheckpointRow[],
  groupOf: ReadonlyMap<number, readonly CheckpointRow[]>,
  operation: string | undefined,
): readonly CheckpointRow[] {
  if (operation === undefined) return rows;
  return rows.filter((row) => row.mark === null || groupOf.get(row.id)?.some((other) => isNamed(other, operation)));
}

function evidenceOf(row: CheckpointRow, isPlace: boolean, group: readonly CheckpointRow[] = []): EvidenceRow {
  const { id, status, totalRecords, batchSize, completedAt } = row;
  const recordsProcessed = isPlace ? positionOf(row) : row.recordsProcessed;
  const startedAt = placeOf(row);
  const work = group.length > 1 ? `r-${group[0]?.id}` : null;
  return { id, status, recordsProcessed, totalRecords, batchSize, startedAt, completedAt, work, mark: null };
}
