import { type Operation, type Phase, type Status, statuses } from './operation.ts';
import type { Total } from './snapshot.ts';

/**
 * The operations of one phase and table added up, as `tallyWidth` numbers in a row: first sums, which can be taken
 * back; then extremes, which cannot. All extremes are greatest values (the first start is negated), `-Infinity` where
 * there is none. Seconds are whole microseconds, so that sums are exact in whatever order they are made.
 */
export type Tally = Float64Array;

export const tallyWidth = 17;
/** The first of the extremes. */
export const firstExtreme = 11;

const at = {
  records: 6,
  timedOperations: 7,
  timedRecords: 8,
  timedMicros: 9,
  oddPending: 10,
  largestProcessed: 11,
  largestCompleted: 12,
  largestTotal: 13,
  largestBatch: 14,
  completedAt: 15,
  negatedStartedAt: 16,
} as const;

const none = Number.NEGATIVE_INFINITY;

export function emptyTally(): Tally {
  return new Float64Array(tallyWidth).fill(none, firstExtreme);
}

/** What one operation adds to its phase and table. */
export function tallyOf(
  operation: Pick<
    Operation,
    'status' | 'recordsProcessed' | 'totalRecords' | 'batchSize' | 'startedAt' | 'completedAt'
  >,
): Tally {
  const { status, recordsProcessed, startedAt, completedAt } = operation;
  const tally = emptyTally();
  tally[statuses.indexOf(status)] = 1;
  tally[at.records] = recordsProcessed ?? 0;
  tally[at.largestProcessed] = recordsProcessed ?? none;
  tally[at.largestTotal] = operation.totalRecords ?? none;
  tally[at.largestBatch] = operation.batchSize ?? none;
  tally[at.completedAt] = finiteOr(completedAt, none);
  tally[at.negatedStartedAt] = -finiteOr(startedAt, Number.POSITIVE_INFINITY);
  if (status === 'pending') tally[at.oddPending] = isOdd(recordsProcessed, startedAt, completedAt) ? 1 : 0;
  if (status !== 'completed') return tally;
  tally[at.largestCompleted] = recordsProcessed ?? none;
  if (startedAt === null || completedAt === null || !Number.isFinite(startedAt) || !Number.isFinite(completedAt))
    return tally;
  if (completedAt <= startedAt) return tally;
  tally[at.timedOperations] = 1;
  tally[at.timedRecords] = recordsProcessed ?? 0;
  // As sql/queries/range.sql rounds it.
  tally[at.timedMicros] = Math.floor((completedAt - startedAt) * 1_000_000 + 0.5);
  return tally;
}

/** The operations of one phase, table and status, as one group of sql/queries/range.sql counts them. */
export interface Count {
  readonly phase: Phase;
  readonly tableName: string;
  readonly status: Status;
  readonly operations: number;
  readonly recordsProcessed: number;
  readonly largestProcessed: number | null;
  readonly largestTotal: number | null;
  readonly largestBatch: number | null;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  /** Of completed ones only. */
  readonly timedOperations: number;
  readonly timedRecords: number;
  readonly timedMicros: number;
}

export function tallyOfCount(count: Count): Tally {
  const tally = emptyTally();
  tally[statuses.indexOf(count.status)] = count.operations;
  tally[at.records] = count.recordsProcessed;
  if (count.status === 'pending')
    tally[at.oddPending] = isOdd(count.largestProcessed, count.startedAt, count.completedAt) ? count.operations : 0;
  tally[at.timedOperations] = count.timedOperations;
  tally[at.timedRecords] = count.timedRecords;
  tally[at.timedMicros] = count.timedMicros;
  tally[at.largestProcessed] = count.largestProcessed ?? none;
  tally[at.largestCompleted] = count.status === 'completed' ? (count.largestProcessed ?? none) : none;
  tally[at.largestTotal] = count.largestTotal ?? none;
  tally[at.largestBatch] = count.largestBatch ?? none;
  tally[at.completedAt] = count.completedAt ?? none;
  tally[at.negatedStartedAt] = -(count.startedAt ?? Number.POSITIVE_INFINITY);
  return tally;
}

/** How many operations a tally holds. */
export function operationsOf(tally: Tally): number {
  let operations = 0;
  for (let index = 0; index < statuses.length; index++) operations += tally[index] ?? 0;
  return operations;
}

/** Pending operations that cannot have done anything yet: how many of them there are, or null where some may have. */
export function untouchedPending(tally: Tally): number | null {
  return tally[at.oddPending] === 0 ? (tally[statuses.indexOf('pending')] ?? 0) : null;
}

/** A pending operation that was begun before and handed back holds figures. */
function isOdd(recordsProcessed: number | null, startedAt: number | null, completedAt: number | null): boolean {
  return (recordsProcessed ?? 0) !== 0 || startedAt !== null || completedAt !== null;
}

/** Adds another tally: its sums `sign` times, its extremes only where it is added. */
export function addTally(to: Tally, added: Tally, sign: 1 | -1): void {
  for (let index = 0; index < firstExtreme; index++) to[index] = (to[index] ?? 0) + sign * (added[index] ?? 0);
  if (sign === 1) widen(to, added);
}

/** Takes over the extremes of another tally where they are greater. */
export function widen(to: Tally, other: Tally): void {
  for (let index = firstExtreme; index < tallyWidth; index++)
    to[index] = Math.max(to[index] ?? none, other[index] ?? none);
}

/** Whether `part`, once it is `becomes` (or gone), may have been what made an extreme of `whole`. */
export function mayShrink(whole: Tally, part: Tally, becomes: Tally | null): boolean {
  for (let index = firstExtreme; index < tallyWidth; index++) {
    const value = part[index] ?? none;
    if (value !== none && value >= (whole[index] ?? none) && (becomes?.[index] ?? none) < value) return true;
  }
  return false;
}

/** A tally in the words of the rest of the program. */
export function totalOf(phase: Phase, tableName: string, tally: Tally): Total {
  const sum = (index: number): number => tally[index] ?? 0;
  const extreme = (index: number): number | null => (Number.isFinite(tally[index]) ? (tally[index] ?? null) : null);
  const negatedStart = extreme(at.negatedStartedAt);
  return {
    phase,
    tableName,
    statuses: Object.fromEntries(statuses.map((status, index) => [status, sum(index)])) as Record<Status, number>,
    recordsProcessed: sum(at.records),
    largestProcessed: extreme(at.largestProcessed),
    largestCompleted: extreme(at.largestCompleted),
    largestTotal: extreme(at.largestTotal),
    largestBatch: extreme(at.largestBatch),
    startedAt: negatedStart === null ? null : -negatedStart,
    completedAt: extreme(at.completedAt),
    timedOperations: sum(at.timedOperations),
    timedRecords: sum(at.timedRecords),
    timedSeconds: sum(at.timedMicros) / 1_000_000,
  };
}

function finiteOr(stamp: number | null, otherwise: number): number {
  return stamp === null || !Number.isFinite(stamp) ? otherwise : stamp;
}
