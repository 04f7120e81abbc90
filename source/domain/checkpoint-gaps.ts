import { readsLaterPart, readsList, withoutLocking } from './checkpoint-parts.ts';
import {
  type CheckpointRow,
  counterOf,
  type Item,
  isCompleteRow,
  isNamed,
  type Linked,
  queryOf,
  startOf,
} from './checkpoint-rows.ts';
import { finiteTime } from './finite-time.ts';
import { canonicalQuery, hasParameter, isRetryName, limitsOf, namesRange, retryName } from './lineage.ts';
import { isOpen } from './operation.ts';
import { sum } from './sum.ts';

/**
 * The rows that may have left records undone before those of the last one: one that failed, was skipped or has not ended leaves a hole at its
 * place, unless it is the last one, or an attempt of the same work or a row named as its retry went on with it.
 *
 * @param items the rows that count
 * @param rows these, and those without records, in order of start
 */
export function rowsWithGap(
  items: readonly Item[],
  rows: readonly CheckpointRow[],
  linked: Linked,
): readonly CheckpointRow[] {
  const isLinked = (a: CheckpointRow, b: CheckpointRow): boolean =>
    linked({ row: a, records: 0 }, { row: b, records: 0 });
  const gaps = rows.filter((row, index) => {
    if (!mayLeaveHole(row)) return false;
    const others = items.filter((item) => item.row !== row && !isLinked(item.row, row));
    if (others.every((item) => isSurelyAfter(row, item.row))) return false;
    if (isOpen(row.status)) return true;
    const later = rows.slice(index + 1);
    const goesOn = (other: CheckpointRow): boolean => counterOf(other) > 0 || other.status === 'completed';
    if (later.some((other) => isLinked(other, row) && goesOn(other))) return false;
    return !later.some((other, at) => isRepetition(other, row, at === 0, rows));
  });
  return gaps.length > 0 ? gaps : ofSeveralWorkers(items);
}

/** The rows that several workers started with this library and without a place: it does not know whose records come first. */
function ofSeveralWorkers(items: readonly Item[]): readonly CheckpointRow[] {
  const rows = items
    .map(({ row }) => row)
    .filter((row) => row.mark !== null && row.mark.from === null && row.mark.repeats === null);
  return new Set(rows.flatMap(({ workerId }) => workerId ?? [])).size > 1 ? rows : [];
}

/** Whether a row may have left some records of its place undone. */
function mayLeaveHole(row: CheckpointRow): boolean {
  const { status, mark } = row;
  if (status === 'completed') return false;
  if (counterOf(row) > 0) return true;
  if (mark === null) return true;
  // The library writes into the marks of its rows where they continue; those without records were put back, or repeat others.
  if (mark.from !== null || mark.atLeast !== undefined || mark.repeats !== null) return false;
  // A row of others that was claimed and released has a mark without a place. A start that did nothing is skipped, and was never released.
  return status !== 'skipped' || mark.worked !== null;
}

/**
 * Whether a row was begun after another one, by its time and by its id. Where times are equal or unknown, the order of the ids is no
 * proof; but rows that were never begun wait in the order of their ids.
 */
function isSurelyAfter(row: CheckpointRow, other: CheckpointRow): boolean {
  if (row.id < other.id) return false;
  const start = finiteTime(row.startedAt);
  if (start === null) return row.status !== 'failed';
  const [begun, end] = [startOf({ row: other, records: 0 }), finiteTime(other.completedAt)];
  return begun !== null && (start > begun || (end !== null && start >= end));
}

/**
 * Whether a row repeats another one, by its name: if they do not read different ranges.
 *
 * @param isNext whether no other row was begun between them
 */
export function isRepetition(
  row: CheckpointRow,
  repeated: CheckpointRow,
  isNext: boolean,
  rows: readonly CheckpointRow[],
): boolean {
  return isRepetitionByName(row, repeated, isNext, rows) && !readOtherRanges(row, repeated);
}

function readOtherRanges(row: CheckpointRow, other: CheckpointRow): boolean {
  const [query, otherQuery] = [queryOf(row), queryOf(other)];
  return query !== otherQuery && namesRange(query) && namesRange(otherQuery);
}

function isRepetitionByName(
  row: CheckpointRow,
  repeated: CheckpointRow,
  isNext: boolean,
  rows: readonly CheckpointRow[],
): boolean {
  // If there is a row `batch_15`, `retry_batch_15` means that one.
  if (row.operation === retryName(repeated.id))
    return !rows.some(({ operation }) => operation === `batch_${repeated.id}`);
  if (!isNext || !isNamed(row, repeated.operation)) return false;
  if (isRetryName(row.operation)) return true;
  // A program that marks its rows and starts them itself goes on where it stopped, if it is one worker.
  const isSameWorker = row.workerId != null && row.workerId === repeated.workerId;
  return row.mark !== null && repeated.mark !== null && isSameWorker && queryOf(row) === queryOf(repeated);
}

/** Whether a counter is not one of the records that the row's query reads, nor of all records up to their end. */
export function isBeyondRange({ row, records }: Item): boolean {
  if (row.mark !== null) return false;
  const limits = limitsOf(row.sourceQuery);
  if (limits !== null) return records > limits.limit + limits.offset;
  const keys = keyRangeOf(queryOf(row));
  return keys !== null && records > Math.max(keys.to - 1, keys.to - keys.from);
}

/**
 * How many records the range of a row's query has at most; null if the query does not say that.
 *
 * @param counter the largest one of the attempts: above the LIMIT, it counts all records up to the end of the range
 */
export function sizeOfRange({ sourceQuery }: CheckpointRow, counter: number): number | null {
  const limits = limitsOf(sourceQuery);
  if (limits !== null) return counter > limits.limit ? limits.limit + limits.offset : limits.limit;
  const keys = keyRangeOf(canonicalQuery(sourceQuery ?? ''));
  return keys === null ? null : Math.max(0, keys.to - keys.from);
}

/** Whether the only work that counts is a range that does not begin at the first record. */
export function startsLate(item: Item): boolean {
  if (isLaterPart(item)) return true;
  const limited = limitedRange(item);
  if (limited !== null) return limited.offset > 0 || (keysetStart(limited.base) ?? 1) > 1;
  const keys = item.row.mark === null ? keyRangeOf(queryOf(item.row)) : null;
  return keys !== null && keys.from > 1;
}

/** Whether a row reads a part of the table that is not known to begin at the first record, if its counter counts that part alone. */
function isLaterPart(item: Item): boolean {
  const { row, records } = item;
  if (row.mark !== null || hasParameter(row.sourceQuery ?? '')) return false;
  const query = withoutLocking(queryOf(row));
  const limits = limitsOf(query);
  if (limits !== null && records > limits.limit) return false;
  // A list that names all records of its total is a repair.
  return readsLaterPart(query) || (readsList(query) && !isCompleteRow(item));
}

/** The first key that a query by keyset reads (`id > 500 ORDER BY id`, before a LIMIT); null for other queries. */
function keysetStart(base: string): number | null {
  const [, operator, value] =
    /(?<![\w."])([\w."]+)(>=?)'?(-?\d{1,15})'?(?![\w.-]).* order by \1(?![\w."])/.exec(base)?.slice(1) ?? [];
  return value === undefined ? null : Number(value) + (operator === '>' ? 1 : 0);
}

/**
 * Whether the queries name ranges that are not known to be contiguous from the first record.
 *
 * @param items in order of start
 */
export function haveRangesApart(items: readonly Item[]): boolean {
  const ranged = items.filter(({ row }) => row.mark === null && namesRange(queryOf(row)));
  const parts = items.flatMap((item) => {
    const query = item.row.mark === null ? queryOf(item.row) : '';
    return query === '' || ranged.includes(item) || hasParameter(query) ? [] : [query];
  });
  if (new Set(parts).size > 1) return true;
  // Only ranges that LIMIT and OFFSET or keys name alone can be followed from one to the next.
  const isNamedAlone = (item: Item): boolean => limitedRange(item) !== null || keyRangeOf(queryOf(item.row)) !== null;
  if (items.some((item) => isLaterPart(item) && !isNamedAlone(item))) return true;
  if (ranged.length < items.length && ranged.some((item) => limitedRange(item) === null && isLaterPart(item)))
    return true;
  if (new Set(ranged.map(({ row }) => queryOf(row))).size < 2 && ranged.length === items.length) return false;
  const limited = items.flatMap((item, index) => {
    const range = limitedRange(item);
    return range === null ? [] : [{ ...range, records: item.records, index }];
  });
  if (ranged.length < items.length) {
    // The rows without a range are those before it, in order of start.
    return limited.some(({ offset, index }) => offset !== sum(items.slice(0, index).map(({ records }) => records)));
  }
  if (limited.length === items.length && new Set(limited.map(({ base }) => base)).size === 1) {
    let next = 0;
    return limited
      .toSorted((a, b) => a.offset - b.offset)
      .some(({ offset, records }) => {
        const isApart = offset !== next;
        next = offset + records;
        return isApart;
      });
  }
  return haveKeysApart(items);
}

function haveKeysApart(items: readonly Item[]): boolean {
  const ranges = items.flatMap(({ row }) => keyRangeOf(queryOf(row)) ?? []);
  if (ranges.length < items.length || new Set(ranges.map(({ base }) => base)).size > 1) return true;
  const sorted = items
    .map(({ row, records }, index) => ({
      status: row.status,
      records,
      from: ranges[index]?.from ?? 0,
      to: ranges[index]?.to ?? 0,
    }))
    .sort((a, b) => a.from - b.from);
  return sorted.some(({ from, to, records }, index) => {
    if (records > to - from) return true;
    const before = sorted[index - 1];
    return before === undefined ? from > 1 : before.to !== from || before.status !== 'completed';
  });
}

/** The LIMIT and OFFSET of a row's query, if its counter counts the records of that range. */
function limitedRange({ row, records }: Item): { base: string; offset: number } | null {
  // With a parameter, each row reads another part, which its text does not say.
  const limits =
    row.mark === null && !hasParameter(row.sourceQuery ?? '') ? limitsOf(withoutLocking(queryOf(row))) : null;
  return limits === null || records > limits.limit ? null : limits;
}

/** The whole numbers between which a canonical query reads one column: `to` is the first one after them. Null for any other query. */
function keyRangeOf(query: string): { base: string; from: number; to: number } | null {
  const bounds = [...query.matchAll(/([\w."]+)(>=|<=|>|<)'?(-?\d{1,15})'?(?![\w.-])/g)];
  const [lower, upper] = ['>', '<'].map((side) => bounds.find(([, , operator]) => operator?.startsWith(side)));
  if (bounds.length !== 2 || lower === undefined || upper === undefined || lower[1] !== upper[1]) return null;
  const base = query.replaceAll(/(>=|<=|>|<)'?(-?\d{1,15})'?(?![\w.-])/g, '#');
  return {
    base,
    from: Number(lower[3]) + (lower[2] === '>' ? 1 : 0),
    to: Number(upper[3]) + (upper[2] === '<=' ? 1 : 0),
  };
}
