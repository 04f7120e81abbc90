import { isRepetition, sizeOfRange } from './checkpoint-gaps.ts';
import { byStart, type CheckpointRow, hasPosition, type Item, isBelow, startOf } from './checkpoint-rows.ts';
import { largest } from './extremes.ts';
import { createLinks } from './links.ts';
import { sum } from './sum.ts';

/**
 * Why the attempts at one range do not say how many of its records are done:
 * - `either`: each may have continued the one before it, or begun again;
 * - `begun again`: one followed a completed attempt, or together they have more records than the range;
 * - `more than the total`: they have more records than their total.
 */
export type Doubt = 'either' | 'begun again' | 'more than the total';

export interface JoinedAttempts {
  /** One item for each work, in order of start: its last attempt, with the records of all. */
  readonly works: readonly Item[];
  /** The attempts of those works for which that is not certain. */
  readonly doubts: readonly { readonly reason: Doubt; readonly items: readonly Item[] }[];
}

/**
 * Adds up the attempts at each work. It never counts more records than the range of a work has, and adds nothing to a completed
 * attempt. Attempts of which each later one has fewer records add up if the last one is completed: one that began again from the
 * start would have as many as the others or more. An attempt that completed all records of its range has done it, whatever the
 * ones before it did.
 *
 * @param items the rows that count, in order of start
 * @param rows these, and those without records, in order of start
 * @param workOf the key of the work that a row is known to be an attempt of; a row that is named as a retry joins it
 */
export function joinAttempts(
  items: readonly Item[],
  rows: readonly CheckpointRow[],
  workOf: (row: CheckpointRow) => number,
): JoinedAttempts {
  const links = createLinks<number>();
  const placeOf = new Map(rows.map((row, index) => [row, index]));
  for (const { row } of items) {
    const place = placeOf.get(row);
    if (row.status === 'completed' || place === undefined) continue;
    const later = rows.slice(place + 1);
    const repetition = later.find((other, index) => isRepetition(other, row, index === 0, rows));
    if (repetition !== undefined) links.join(workOf(row), workOf(repetition));
  }
  const attempts = [...Map.groupBy(items, ({ row }) => links.find(workOf(row))).values()];
  const joined = attempts.map((of) => ({ of, ...joinedOf(of) }));
  return {
    works: joined.flatMap(({ items: parts }) => parts).sort(byStart),
    doubts: joined.flatMap(({ of, doubt }) => (doubt === null ? [] : [{ reason: doubt, items: of }])),
  };
}

function joinedOf(attempts: readonly Item[]): { items: readonly Item[]; doubt: Doubt | null } {
  const last = attempts.at(-1);
  // A row of which the library wrote where it continues says it itself.
  if (last === undefined || attempts.length === 1 || attempts.some(({ row }) => hasPosition(row)))
    return { items: attempts, doubt: null };
  const counters = attempts.map(({ records }) => records);
  const range = sizeOfRange(last.row, largest(counters));
  // Counters above the range are not those of its records: the rows may be cumulative.
  if (range !== null && largest(counters) > range) return { items: attempts, doubt: 'either' };
  const size = range ?? totalOf(attempts);
  const all = sum(counters);
  const joined = (records: number, doubt: Doubt | null) => ({ items: [{ row: last.row, records }], doubt });
  const isFalling = attempts.every(isBelow);
  const completed = attempts.find(({ row }) => row.status === 'completed' && row.mark === null);
  if (completed !== undefined && attempts.some((other) => other !== completed && !isSurelyBefore(other, completed)))
    return joined(all, range !== null || isFalling ? 'begun again' : 'either');
  if (last.row.status === 'completed' && last.records === size) return joined(size, null);
  if (size !== null && all > size) {
    if (range !== null) return joined(all, 'begun again');
    return joined(all, isFalling ? 'more than the total' : 'either');
  }
  return joined(all, isFalling && (last.row.status === 'completed' || last.row.mark !== null) ? null : 'either');
}

/** Whether an attempt was begun before another one, by its start and by its id: where a start is unknown, by its id. */
function isSurelyBefore(attempt: Item, other: Item): boolean {
  const [start, otherStart] = [startOf(attempt), startOf(other)];
  if (start === null || otherStart === null || start === otherStart) return attempt.row.id < other.row.id;
  return start < otherStart;
}

/** The largest total of some attempts; null if they have none, or one that an attempt exceeds. */
function totalOf(attempts: readonly Item[]): number | null {
  const total = largest(attempts.map(({ row }) => row.totalRecords ?? -1));
  return total >= 0 && attempts.every(({ records }) => records <= total) ? total : null;
}
