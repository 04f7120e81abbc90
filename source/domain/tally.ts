import { isOutside } from './evidence.ts';
import { isOpen, type Operation, type Phase, type Status, statuses } from './operation.ts';
import type { Total } from './snapshot.ts';
import { batchOf, counterOf, type EvidenceRow, totalNamed } from './works.ts';

/**
 * The operations of one phase and table added up, as `tallyWidth` numbers in a row: first sums, which can be taken
 * back; then extremes, which cannot. All extremes are greatest values (the first start is negated), `-Infinity` where
 * there is none. Seconds are whole microseconds, so that sums are exact in whatever order they are made.
 */
export type Tally = Float64Array;

const at = {
  records: 6,
  timedOperations: 7,
  timedRecords: 8,
  timedMicros: 9,
  oddPending: 10,
  totals: 11,
  rowsWithTotal: 12,
  works: 13,
  unitWorks: 14,
  reachedWorks: 15,
  openWorks: 16,
  failedWorks: 17,
  evidence: 18,
  outside: 19,
  completedEvidence: 20,
  bare: 21,
  bareOutside: 22,
  completedBare: 23,
  endedEvidence: 24,
  largestTotal: 25,
  negatedSmallestTotal: 26,
  largestLive: 27,
  largestCompleted: 28,
  largestEnded: 29,
  negatedSmallestEnded: 30,
  largestBatch: 31,
  completedAt: 32,
  negatedStartedAt: 33,
} as const;

/** The first of the extremes. */
export const firstExtreme = at.largestTotal;
export const tallyWidth = at.negatedStartedAt + 1;

const none = Number.NEGATIVE_INFINITY;

export function emptyTally(): Tally {
  return new Float64Array(tallyWidth).fill(none, firstExtreme);
}

/** What one operation adds to its phase and table. */
export function tallyOf(operation: Omit<EvidenceRow, 'id' | 'work' | 'mark'>): Tally {
  const { status, recordsProcessed, startedAt, completedAt } = operation;
  const counter = counterOf(operation);
  const total = totalNamed(operation);
  const batch = batchOf(operation);
  const finite = (stamp: number | null): number | null => (stamp !== null && Number.isFinite(stamp) ? stamp : null);
  const [start, end] = [finite(startedAt), finite(completedAt)];
  const isTimed = status === 'completed' && start !== null && end !== null && end > start;
  const isSized = total !== null && total > 0;
  const isEvidence = isSized && counter > 0;
  const isBare = !isSized && counter > 0;
  const one = (condition: boolean): number => (condition ? 1 : 0);
  return tallyOfCount({
    phase: 'execution',
    tableName: '',
    status,
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
    largestBatch: operation.batchSize,
    startedAt: start,
    completedAt: end,
    timedOperations: one(isTimed),
    timedRecords: isTimed ? counter : 0,
    // As sql/queries/range.sql rounds it.
    timedMicros: isTimed ? Math.floor((end - start) * 1_000_000 + 0.5) : 0,
  });
}

/** The operations of one phase, table and status, as one group of sql/queries/range.sql counts them. */
export interface Count {
  readonly phase: Phase;
  readonly tableName: string;
  readonly status: Status;
  readonly operations: number;
  /** Counters that are NULL or negative count nothing. */
  readonly recordsProcessed: number;
  readonly largestProcessed: number | null;
  /** Totals that are not negative, and the records of rows without one. */
  readonly totals: number;
  readonly recordsWithoutTotal: number;
  readonly rowsWithTotal: number;
  /** Rows with a total above 0; those whose total is their batch size; those whose counter reached it. */
  readonly works: number;
  readonly smallestTotal: number | null;
  readonly largestTotal: number | null;
  readonly unitWorks: number;
  readonly reachedWorks: number;
  /** Rows with a counter and a total above 0; those with a counter above their batch size or without one. */
  readonly evidence: number;
  readonly outside: number;
  /** The same for rows with a counter above 0 and no total above 0. */
  readonly bare: number;
  readonly bareOutside: number;
  readonly smallestEvidence: number | null;
  readonly largestEvidence: number | null;
  readonly largestBatch: number | null;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  /** Of completed ones only. */
  readonly timedOperations: number;
  readonly timedRecords: number;
  readonly timedMicros: number;
}

export function tallyOfCount(count: Count): Tally {
  const { status } = count;
  const tally = emptyTally();
  const isEnded = !isOpen(status);
  tally[statuses.indexOf(status)] = count.operations;
  tally[at.records] = count.recordsProcessed;
  tally[at.timedOperations] = count.timedOperations;
  tally[at.timedRecords] = count.timedRecords;
  tally[at.timedMicros] = count.timedMicros;
  if (status === 'pending')
    tally[at.oddPending] = isOdd(count.largestProcessed, count.startedAt, count.completedAt) ? count.operations : 0;
  tally[at.totals] = count.totals + count.recordsWithoutTotal;
  tally[at.rowsWithTotal] = count.rowsWithTotal;
  tally[at.works] = count.works;
  tally[at.unitWorks] = count.unitWorks;
  tally[at.reachedWorks] = status === 'completed' ? count.reachedWorks : 0;
  tally[at.openWorks] = isEnded ? 0 : count.works;
  tally[at.failedWorks] = status === 'failed' ? count.works : 0;
  tally[at.evidence] = count.evidence;
  tally[at.outside] = count.outside;
  tally[at.completedEvidence] = status === 'completed' ? count.evidence : 0;
  tally[at.bare] = count.bare;
  tally[at.bareOutside] = count.bareOutside;
  tally[at.completedBare] = status === 'completed' ? count.bare : 0;
  tally[at.endedEvidence] = isEnded ? count.evidence : 0;
  tally[at.largestTotal] = count.largestTotal ?? none;
  tally[at.negatedSmallestTotal] = -(count.smallestTotal ?? Number.POSITIVE_INFINITY);
  const isMoved = status === 'running' || status === 'paused' || status === 'completed';
  tally[at.largestLive] = isMoved ? (count.largestProcessed ?? none) : none;
  tally[at.largestCompleted] = status === 'completed' ? (count.largestProcessed ?? none) : none;
  tally[at.largestEnded] = isEnded ? (count.largestEvidence ?? none) : none;
  tally[at.negatedSmallestEnded] = isEnded ? -(count.smallestEvidence ?? Number.POSITIVE_INFINITY) : none;
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

/** Whether all works of a tally have one total and no other, so that it is known of each of them. */
export function hasOneTotal(tally: Tally, operation: Pick<Operation, 'totalRecords'>): boolean {
  const total = totalNamed(operation);
  if (total === null || total === 0) return tally[at.works] === 0 && tally[at.rowsWithTotal] === 0;
  const [largest, smallest] = [tally[at.largestTotal], -(tally[at.negatedSmallestTotal] ?? none)];
  return largest === total && smallest === total && tally[at.works] === operationsOf(tally);
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

/** Of a tally, how many rows of a class of evidence it holds (domain/samples.ts). */
export function rowsOfClass(tally: Tally, isCompleted: boolean, isBare: boolean): number {
  const all = tally[isBare ? at.bare : at.evidence] ?? 0;
  const completed = tally[isBare ? at.completedBare : at.completedEvidence] ?? 0;
  return isCompleted ? completed : all - completed;
}

/** A tally in the words of the rest of the program. */
export function totalOf(
  phase: Phase,
  tableName: string,
  tally: Tally,
  sample: Pick<Total, 'rows' | 'hasAllRows'>,
): Total {
  const sum = (index: number): number => tally[index] ?? 0;
  const extreme = (index: number): number | null => (Number.isFinite(tally[index]) ? (tally[index] ?? null) : null);
  const least = (index: number): number | null => {
    const negated = extreme(index);
    return negated === null ? null : -negated;
  };
  return {
    phase,
    tableName,
    statuses: Object.fromEntries(statuses.map((status, index) => [status, sum(index)])) as Record<Status, number>,
    recordsProcessed: sum(at.records),
    totals: sum(at.totals),
    rowsWithTotal: sum(at.rowsWithTotal),
    works: sum(at.works),
    unitWorks: sum(at.unitWorks),
    reachedWorks: sum(at.reachedWorks),
    openWorks: sum(at.openWorks),
    failedWorks: sum(at.failedWorks),
    evidence: sum(at.evidence),
    outside: sum(at.outside),
    bare: sum(at.bare),
    bareOutside: sum(at.bareOutside),
    endedEvidence: sum(at.endedEvidence),
    largestTotal: extreme(at.largestTotal),
    smallestTotal: least(at.negatedSmallestTotal),
    largestLive: extreme(at.largestLive),
    largestCompleted: extreme(at.largestCompleted),
    largestEnded: extreme(at.largestEnded),
    smallestEnded: least(at.negatedSmallestEnded),
    largestBatch: extreme(at.largestBatch),
    startedAt: least(at.negatedStartedAt),
    completedAt: extreme(at.completedAt),
    timedOperations: sum(at.timedOperations),
    timedRecords: sum(at.timedRecords),
    timedSeconds: sum(at.timedMicros) / 1_000_000,
    ...sample,
  };
}
