import { finiteTime } from './finite-time.ts';
import { isLive, type Operation, type Phase, type Status, statuses } from './operation.ts';
import type { Count } from './range-count.ts';
import type { RowSums, Total } from './snapshot.ts';
import { at, extremeOf, extremesAt, firstExtreme, largestLiveAt, sumOf, sumsAt, tallyWidth } from './tally-places.ts';
import { batchSizeOf, counterOf, type EvidenceRow, isOutside, isSideRow, totalNamed } from './works.ts';
import { isDuration, utc, type Zone } from './zone.ts';

/**
 * The sums of the operations of one phase and table, as an array of `tallyWidth` numbers: first sums, from which values can be
 * subtracted; then extremes, from which they cannot. All extremes are maxima (the first start is negated), `-Infinity` if
 * there is none. Times are whole microseconds, so that sums are exact in any order.
 */
export type Tally = Float64Array;

const none = Number.NEGATIVE_INFINITY;

/** Returns a new tally: sums are 0, extremes `-Infinity`. */
export function emptyTally(): Tally {
  return new Float64Array(tallyWidth).fill(none, firstExtreme);
}

/** The tally of one operation. @param zone of the table's writers: a row of an hour that exists twice has no duration */
export function tallyOf(operation: Omit<EvidenceRow, 'id' | 'work' | 'mark'>, zone: Zone = utc): Tally {
  const { status, recordsProcessed, startedAt, completedAt } = operation;
  const counter = counterOf(operation);
  const total = totalNamed(operation);
  const batch = batchSizeOf(operation);
  const start = finiteTime(startedAt);
  const end = finiteTime(completedAt);
  const isTimed = status === 'completed' && start !== null && end !== null && isDuration(start, end, zone);
  const isSized = total !== null && total > 0;
  const isEvidence = isSized && counter > 0;
  const isBare = !isSized && counter > 0;
  const one = (condition: boolean): number => (condition ? 1 : 0);
  return tallyOfCount({
    phase: 'execution',
    tableName: '',
    status,
    isSide: isSideRow(operation),
    operations: 1,
    recordsProcessed: counter,
    largestProcessed: recordsProcessed,
    totals: total ?? 0,
    recordsWithoutTotal: total === null ? counter : 0,
    rowsWithTotal: one(total !== null),
    works: one(isSized),
    smallestTotal: isSized ? total : null,
    largestTotal: total,
    unitWorks: one(isSized && total === batch),
    reachedWorks: one(isSized && counter >= total),
    evidence: one(isEvidence),
    outside: one(isEvidence && isOutside(operation)),
    bare: one(isBare),
    bareOutside: one(isBare && isOutside(operation)),
    smallestEvidence: isEvidence ? counter : null,
    largestEvidence: isEvidence ? counter : null,
    evidenceRecords: isEvidence ? counter : 0,
    smallestBare: isBare ? counter : null,
    largestBatch: operation.batchSize,
    pendingSized: one(status === 'pending' && batch !== null),
    pendingSizes: status === 'pending' ? (batch ?? 0) : 0,
    startedAt: start,
    completedAt: end,
    timedOperations: one(isTimed),
    timedRecords: isTimed ? counter : 0,
    // As sql/queries/range.sql rounds it.
    timedMicros: isTimed ? Math.floor((end - start) * 1_000_000 + 0.5) : 0,
  });
}

/** Converts a row of counts of sql/queries/range.sql. Sums of the other side stay 0, its extremes `-Infinity`. */
export function tallyOfCount(count: Count): Tally {
  const { status, isSide } = count;
  const tally = emptyTally();
  const isCompleted = status === 'completed';
  tally[statuses.indexOf(status)] = count.operations;
  tally[at.records] = count.recordsProcessed;
  tally[at.timedOperations] = count.timedOperations;
  tally[at.timedRecords] = count.timedRecords;
  tally[at.timedMicros] = count.timedMicros;
  if (status === 'pending')
    tally[at.oddPending] = isOdd(count.largestProcessed, count.startedAt, count.completedAt) ? count.operations : 0;
  tally[at.totals] = count.totals + count.recordsWithoutTotal;
  tally[at.rowsWithTotal] = count.rowsWithTotal;
  tally[at.bare] = count.bare;
  tally[at.bareOutside] = count.bareOutside;
  tally[at.completedBare] = isCompleted ? count.bare : 0;
  tally[at.pendingSized] = count.pendingSized;
  tally[at.pendingSizes] = count.pendingSizes;
  tally[at.evidenceRecords] = count.evidenceRecords;
  const sums = sumsAt(isSide);
  tally[sums + sumOf.works] = count.works;
  tally[sums + sumOf.reachedWorks] = isCompleted ? count.reachedWorks : 0;
  tally[sums + sumOf.unfinishedWorks] = isCompleted ? 0 : count.works;
  tally[sums + sumOf.unfinishedRecords] = isCompleted ? 0 : count.recordsProcessed - count.recordsWithoutTotal;
  tally[sums + sumOf.failedWorks] = status === 'failed' ? count.works : 0;
  tally[sums + sumOf.unitWorks] = count.unitWorks;
  tally[sums + sumOf.records] = count.recordsProcessed;
  tally[sums + sumOf.totals] = count.totals;
  tally[sums + sumOf.evidence] = count.evidence;
  tally[sums + sumOf.outside] = count.outside;
  tally[sums + sumOf.completedEvidence] = isCompleted ? count.evidence : 0;
  const extremes = extremesAt(isSide);
  tally[extremes + extremeOf.largestTotal] = count.largestTotal ?? none;
  tally[extremes + extremeOf.negatedSmallestTotal] = -(count.smallestTotal ?? Number.POSITIVE_INFINITY);
  tally[extremes + extremeOf.largestCompleted] = isCompleted ? (count.largestEvidence ?? none) : none;
  tally[extremes + extremeOf.negatedSmallestCompleted] = isCompleted
    ? -(count.smallestEvidence ?? Number.POSITIVE_INFINITY)
    : none;
  tally[largestLiveAt(isSide)] = isLive(status) || isCompleted ? (count.largestProcessed ?? none) : none;
  tally[at.largestCompleted] = isCompleted ? (count.largestProcessed ?? none) : none;
  tally[at.largestBatch] = count.largestBatch ?? none;
  tally[at.completedAt] = count.completedAt ?? none;
  tally[at.negatedStartedAt] = -(count.startedAt ?? Number.POSITIVE_INFINITY);
  tally[at.negatedSmallestCompletedBare] = isCompleted ? -(count.smallestBare ?? Number.POSITIVE_INFINITY) : none;
  tally[at.largestEvidence] = count.largestEvidence ?? none;
  tally[at.largestProcessed] = count.largestProcessed ?? none;
  return tally;
}

/** How many operations a tally holds. */
export function operationsOf(tally: Tally): number {
  let operations = 0;
  for (let index = 0; index < statuses.length; index++) operations += tally[index] ?? 0;
  return operations;
}

/** How many operations are pending, if none of them can have processed records; else null. */
export function untouchedPending(tally: Tally): number | null {
  return tally[at.oddPending] === 0 ? (tally[statuses.indexOf('pending')] ?? 0) : null;
}

/** Whether a pending operation has figures: it was begun before and put back into the queue. */
function isOdd(recordsProcessed: number | null, startedAt: number | null, completedAt: number | null): boolean {
  return (recordsProcessed ?? 0) !== 0 || startedAt !== null || completedAt !== null;
}

/** Whether all works of a tally have the same total as this operation. */
export function hasOneTotal(
  tally: Tally,
  operation: Pick<Operation, 'totalRecords'> & Pick<EvidenceRow, 'batchSize'>,
): boolean {
  const total = totalNamed(operation);
  const works = (isSide: boolean): number => tally[sumsAt(isSide) + sumOf.works] ?? 0;
  if (total === null || total === 0) return works(false) + works(true) === 0 && tally[at.rowsWithTotal] === 0;
  const isSide = isSideRow(operation);
  const [largest, smallest] = [
    tally[extremesAt(isSide) + extremeOf.largestTotal],
    -(tally[extremesAt(isSide) + extremeOf.negatedSmallestTotal] ?? none),
  ];
  return largest === total && smallest === total && works(isSide) === operationsOf(tally);
}

/** Adds another tally, or subtracts it with `sign` -1: then only its sums. */
export function addTally(to: Tally, added: Tally, sign: 1 | -1): void {
  for (let index = 0; index < firstExtreme; index++) to[index] = (to[index] ?? 0) + sign * (added[index] ?? 0);
  if (sign === 1) widen(to, added);
}

/** Raises the extremes to those of another tally. */
export function widen(to: Tally, other: Tally): void {
  for (let index = firstExtreme; index < tallyWidth; index++)
    to[index] = Math.max(to[index] ?? none, other[index] ?? none);
}

/** Whether an extreme of `whole` may shrink when `part` changes to `becomes` (null: is removed). */
export function mayShrink(whole: Tally, part: Tally, becomes: Tally | null): boolean {
  for (let index = firstExtreme; index < tallyWidth; index++) {
    const value = part[index] ?? none;
    if (value !== none && value >= (whole[index] ?? none) && (becomes?.[index] ?? none) < value) return true;
  }
  return false;
}

/** How many rows of a class of evidence a tally includes (polling/samples.ts). */
export function rowsOfClass(tally: Tally, isCompleted: boolean, kind: 'main' | 'side' | 'bare'): number {
  const sums = sumsAt(kind === 'side');
  const all = tally[kind === 'bare' ? at.bare : sums + sumOf.evidence] ?? 0;
  const completed = tally[kind === 'bare' ? at.completedBare : sums + sumOf.completedEvidence] ?? 0;
  return isCompleted ? completed : all - completed;
}

/** The `Total` of a tally. */
export function totalOf(
  phase: Phase,
  tableName: string,
  tally: Tally,
  kept: Pick<Total, 'rows' | 'hasAllRows' | 'attempts' | 'marked'>,
): Total {
  const sum = (index: number): number => tally[index] ?? 0;
  const extreme = (index: number): number | null => extremeIn(tally, index);
  return {
    phase,
    tableName,
    statuses: Object.fromEntries(statuses.map((status, index) => [status, sum(index)])) as Record<Status, number>,
    recordsProcessed: sum(at.records),
    totals: sum(at.totals),
    rowsWithTotal: sum(at.rowsWithTotal),
    bare: sum(at.bare),
    bareOutside: sum(at.bareOutside),
    completedBare: sum(at.completedBare),
    smallestCompletedBare: negated(extreme(at.negatedSmallestCompletedBare)),
    evidenceRecords: sum(at.evidenceRecords),
    largestEvidence: extreme(at.largestEvidence),
    largestProcessed: extreme(at.largestProcessed),
    main: rowSumsOf(tally, false),
    side: rowSumsOf(tally, true),
    largestCompleted: extreme(at.largestCompleted),
    largestBatch: extreme(at.largestBatch),
    pendingSized: sum(at.pendingSized),
    pendingSizes: sum(at.pendingSizes),
    startedAt: negated(extreme(at.negatedStartedAt)),
    completedAt: extreme(at.completedAt),
    timedOperations: sum(at.timedOperations),
    timedRecords: sum(at.timedRecords),
    timedSeconds: sum(at.timedMicros) / 1_000_000,
    ...kept,
  };
}

function rowSumsOf(tally: Tally, isSide: boolean): RowSums {
  const sum = (index: number): number => tally[sumsAt(isSide) + index] ?? 0;
  const extreme = (index: number): number | null => extremeIn(tally, extremesAt(isSide) + index);
  return {
    works: sum(sumOf.works),
    reachedWorks: sum(sumOf.reachedWorks),
    unfinishedWorks: sum(sumOf.unfinishedWorks),
    unfinishedRecords: sum(sumOf.unfinishedRecords),
    failedWorks: sum(sumOf.failedWorks),
    unitWorks: sum(sumOf.unitWorks),
    records: sum(sumOf.records),
    totals: sum(sumOf.totals),
    largestTotal: extreme(extremeOf.largestTotal),
    smallestTotal: negated(extreme(extremeOf.negatedSmallestTotal)),
    evidence: sum(sumOf.evidence),
    outside: sum(sumOf.outside),
    completedEvidence: sum(sumOf.completedEvidence),
    largestCompleted: extreme(extremeOf.largestCompleted),
    smallestCompleted: negated(extreme(extremeOf.negatedSmallestCompleted)),
    largestLive: extremeIn(tally, largestLiveAt(isSide)),
  };
}

function extremeIn(tally: Tally, index: number): number | null {
  return Number.isFinite(tally[index]) ? (tally[index] ?? null) : null;
}

function negated(extreme: number | null): number | null {
  return extreme === null ? null : -extreme;
}
