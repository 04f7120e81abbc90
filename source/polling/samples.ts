import type { Total } from '../domain/snapshot.ts';
import { byStart, placeOf } from '../domain/start-order.ts';
import { operationsOf, rowsOfClass, type Tally, totalOf } from '../domain/tally.ts';
import {
  type AttemptsByWork,
  counterOf,
  type EvidenceRow,
  isSideRow,
  type Marked,
  markedAs,
  totalNamed,
} from '../domain/works.ts';

/**
 * Rows of one phase and table in one id range that are kept with their tally, by id: all of them if the whole table has few; else
 * the first rows, in order of start, of each class of evidence (completed or not; with a total above 0 or without; with a total of
 * at most a batch). They decide how the table counts where the sums do not. The rows that are used do not depend on the order in
 * which they were read.
 */
export type Sample = Map<number, EvidenceRow>;

/** How many rows are kept. sql/queries/range.sql and snapshot.sql have the same numbers. Tests set them low. */
export interface SampleLimits {
  /** Maximum number of operations of a phase and table of which all rows are kept. */
  readonly fewRows: number;
  /** How many completed rows of each class are kept in a larger table. */
  readonly completed: number;
  /** How many other rows of each class are kept: more, because they change more often. */
  readonly others: number;
  /** How many of the other rows are used as evidence. */
  readonly judgedOthers: number;
}

export const usualSample: SampleLimits = { fewRows: 48, completed: 8, others: 256, judgedOthers: 16 };

/** The evidence that the highest id range has already: new rows that cannot replace any of it are not fetched with their sums. */
export interface KnownEvidence {
  /** `phase table` of those with more operations than all of which the rows are kept. */
  readonly large: readonly string[];
  /** `phase table class` of those of which the range keeps as many completed rows of a class as it may. */
  readonly full: readonly string[];
  /** A completed row of these that starts later cannot be one of the first; null if there are none. */
  readonly until: number | null;
}

export const noEvidence: KnownEvidence = { large: [], full: [], until: null };

const kinds = ['main', 'side', 'bare'] as const;

interface Class {
  readonly isCompleted: boolean;
  readonly kind: (typeof kinds)[number];
}

const classes: readonly Class[] = [true, false].flatMap((isCompleted) => kinds.map((kind) => ({ isCompleted, kind })));

/** Null for a row without records, which is no evidence. */
function classOf(row: EvidenceRow): Class | null {
  return counterOf(row) === 0 ? null : { isCompleted: row.status === 'completed', kind: kindOf(row) };
}

function kindOf(row: EvidenceRow): Class['kind'] {
  return (totalNamed(row) ?? 0) === 0 ? 'bare' : isSideRow(row) ? 'side' : 'main';
}

const isOf = (row: EvidenceRow, { isCompleted, kind }: Class): boolean =>
  counterOf(row) > 0 && (row.status === 'completed') === isCompleted && kindOf(row) === kind;

/** How many rows of a sample are of a class. @param before only those that started before this row */
function countOf(sample: Sample, rowClass: Class, before: EvidenceRow | null = null): number {
  let rows = 0;
  for (const one of sample.values()) if (isOf(one, rowClass) && (before === null || byStart(one, before) < 0)) rows++;
  return rows;
}

const limitOf = ({ isCompleted }: Class, limits: SampleLimits): number =>
  isCompleted ? limits.completed : limits.others;

/** How many operations a phase and table have. */
export interface Operations {
  readonly inRange: number;
  readonly inAll: number;
}

/**
 * Adds a row.
 *
 * @param operations including this one
 */
export function putRow(sample: Sample, row: EvidenceRow, operations: Operations, limits: SampleLimits): void {
  if (operations.inAll <= limits.fewRows) {
    sample.set(row.id, row);
    return;
  }
  // Until now all rows were kept.
  if (sample.size === operations.inRange - 1) cut(sample, limits);
  const rowClass = classOf(row);
  if (rowClass === null) return;
  sample.set(row.id, row);
  cutClass(sample, rowClass, limits);
}

/**
 * Removes a row. Returns false if the remaining rows may not be the ones to keep.
 *
 * @param becomes the row that is added next in its place, or null
 * @param tally of the rows of its phase and table in the id range, including this one
 * @param inAll how many operations its phase and table have in all id ranges, including this one
 */
export function takeRow(
  sample: Sample,
  row: EvidenceRow,
  becomes: EvidenceRow | null,
  { tally, inAll }: { readonly tally: Tally; readonly inAll: number },
  limits: SampleLimits,
): boolean {
  const wasWhole = sample.size === operationsOf(tally);
  const isKept = sample.delete(row.id);
  if (wasWhole) return isKept;
  if (inAll - 1 <= limits.fewRows && becomes === null) return false;
  const rowClass = classOf(row);
  if (rowClass === null) return true;
  if (!isKept) return countOf(sample, rowClass, row) >= limitOf(rowClass, limits);
  if (becomes !== null && isOf(becomes, rowClass) && byStart({ ...becomes, id: row.id }, row) === 0) return true;
  return countOf(sample, rowClass) + 1 === rowsOfClass(tally, rowClass.isCompleted, rowClass.kind);
}

/** The classes of completed rows as sql/queries/range.sql numbers them. */
const codes = { bare: 12, main: 13, side: 15 } as const;

/** For each class of which a sample has as many completed rows as are kept: its number, and the start of the last of the first ones. */
export function placesOfFirsts(sample: Sample, limits: SampleLimits): [number, number][] {
  const places = { bare: [] as number[], main: [] as number[], side: [] as number[] };
  for (const row of sample.values())
    if (row.status === 'completed' && counterOf(row) > 0) places[kindOf(row)].push(placeOf(row));
  return kinds.flatMap((kind): [number, number][] => {
    const last = places[kind].sort((a, b) => a - b)[limits.completed - 1];
    return last === undefined ? [] : [[codes[kind], last]];
  });
}

/** Merges two samples, of `operations` operations in all. */
export function joinSamples(to: Sample, added: Sample, operations: number, limits: SampleLimits): void {
  for (const [id, row] of added) to.set(id, row);
  if (operations > limits.fewRows) cut(to, limits);
}

/** Keeps the first rows of each class. */
function cut(sample: Sample, limits: SampleLimits): void {
  for (const [id, row] of sample) if (classOf(row) === null) sample.delete(id);
  for (const one of classes) cutClass(sample, one, limits);
}

function cutClass(sample: Sample, rowClass: Class, limits: SampleLimits): void {
  if (countOf(sample, rowClass) <= limitOf(rowClass, limits)) return;
  const rows = [...sample.values()].filter((row) => isOf(row, rowClass));
  for (const { id } of rows.sort(byStart).slice(limitOf(rowClass, limits))) sample.delete(id);
}

/** The rows of a phase and table that are kept with its tally. */
export interface KeptRows {
  sample(): Iterable<EvidenceRow>;
  attempts(): AttemptsByWork;
  crowds(): AttemptsByWork;
  /** Whether there may be others. */
  readonly hasMoreAttempts: boolean;
  /** False if `migtop/worker` marked none of them. */
  readonly mayBeMarked: boolean;
}

/**
 * A total with the rows that decide how it counts, in order of start: all rows of a small phase and table; of a larger one
 * the first of the kept rows, if some rows have more records than their batch.
 */
export function totalWithRows(
  { phase, tableName }: Pick<Total, 'phase' | 'tableName'>,
  tally: Tally,
  kept: KeptRows,
  limits: SampleLimits,
): Total {
  const operations = operationsOf(tally);
  const bare = totalOf(phase, tableName, tally, { rows: [], hasAllRows: false, attempts: [], marked: null });
  if (operations <= limits.fewRows) {
    const rows = [...kept.sample()].sort(byStart);
    return { ...bare, rows, hasAllRows: rows.length === operations };
  }
  const crowds = kept.crowds();
  const total = {
    ...bare,
    attempts: kept.attempts(),
    ...(crowds.length > 0 ? { crowds } : {}),
    ...(kept.hasMoreAttempts ? { hasMoreAttempts: true } : {}),
  };
  const isBeyond = total.main.outside + total.side.outside + total.bareOutside > 0;
  if (!isBeyond && !kept.mayBeMarked) return total;
  const rows = [...kept.sample()].sort(byStart);
  const marked = kept.mayBeMarked ? markedOf(rows, limits) : null;
  if (!isBeyond) return { ...total, marked };
  const judged = classes.flatMap((one) =>
    rows.filter((row) => isOf(row, one)).slice(0, one.isCompleted ? limits.completed : limits.judgedOthers),
  );
  // Repetitions among so many rows are found by the attempts.
  return { ...total, marked, rows: judged.sort(byStart).map((row) => ({ ...row, work: null })) };
}

/**
 * Whether the worker library writes this table: the first completed rows with records decide, or the first others if none is completed,
 * as in sql/reports.
 *
 * @param rows in order of start
 */
function markedOf(rows: readonly EvidenceRow[], { completed, judgedOthers }: SampleLimits): Marked | null {
  const reported = rows.filter((row) => counterOf(row) > 0);
  const first = reported.filter(({ status }) => status === 'completed').slice(0, completed);
  const deciding = first.length > 0 ? first : reported.slice(0, judgedOthers);
  return deciding.every(({ mark }) => mark !== null) ? markedAs(deciding) : null;
}
