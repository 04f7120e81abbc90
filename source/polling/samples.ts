import type { Total } from '../domain/snapshot.ts';
import { operationsOf, rowsOfClass, type Tally, totalOf } from '../domain/tally.ts';
import {
  byStart,
  counterOf,
  type EvidenceRow,
  isSideRow,
  type Marked,
  markedAs,
  repeatedWorks,
  totalNamed,
} from '../domain/works.ts';

/**
 * Rows of one phase and table that are kept beside their tally, by id: all of them where they are few; else the first
 * ones, in order of start, of each class of evidence (completed or not, with a total above 0 or without, and with one of at
 * most a batch). By these it is
 * told how the table counts where the sums do not say it. What is kept does not depend on the order in which rows came.
 */
export type Sample = Map<number, EvidenceRow>;

/** How many rows are kept: sql/queries/range.sql and snapshot.sql name the same numbers. Tests set them low. */
export interface SampleLimits {
  /** A phase and table with at most this many operations is kept row by row. */
  readonly fewRows: number;
  /** Of a larger one, how many completed rows of a class are kept, */
  readonly completed: number;
  /** and how many others: those change more often. */
  readonly others: number;
  /** How many of the others are judged by. */
  readonly judgedOthers: number;
}

export const usualSample: SampleLimits = { fewRows: 48, completed: 8, others: 256, judgedOthers: 16 };

const kinds = ['main', 'side', 'bare'] as const;

interface Class {
  readonly isCompleted: boolean;
  readonly kind: (typeof kinds)[number];
}

const classes: readonly Class[] = [true, false].flatMap((isCompleted) => kinds.map((kind) => ({ isCompleted, kind })));

/** Null for a row without a counter, which is no evidence. */
function classOf(row: EvidenceRow): Class | null {
  if (counterOf(row) === 0) return null;
  const kind = (totalNamed(row) ?? 0) === 0 ? 'bare' : isSideRow(row) ? 'side' : 'main';
  return { isCompleted: row.status === 'completed', kind };
}

const isOf = (row: EvidenceRow, { isCompleted, kind }: Class): boolean => {
  const one = classOf(row);
  return one !== null && one.isCompleted === isCompleted && one.kind === kind;
};

const limitOf = ({ isCompleted }: Class, limits: SampleLimits): number =>
  isCompleted ? limits.completed : limits.others;

/**
 * Puts a row in.
 *
 * @param operations how many operations of its phase and table there are, with it
 */
export function putRow(sample: Sample, row: EvidenceRow, operations: number, limits: SampleLimits): void {
  if (operations === limits.fewRows + 1) cut(sample, limits);
  if (operations <= limits.fewRows) {
    sample.set(row.id, row);
    return;
  }
  const rowClass = classOf(row);
  if (rowClass === null) return;
  sample.set(row.id, row);
  cutClass(sample, rowClass, limits);
}

/**
 * Takes a row out. Returns false where what is left is not known to be what has to be kept.
 *
 * @param becomes the row that is put in next in its place, or null
 * @param tally of all rows of its phase and table, with it
 */
export function takeRow(
  sample: Sample,
  row: EvidenceRow,
  becomes: EvidenceRow | null,
  tally: Tally,
  limits: SampleLimits,
): boolean {
  const operations = operationsOf(tally);
  const wasWhole = sample.size === operations;
  const isHeld = sample.delete(row.id);
  if (wasWhole) return isHeld;
  if (operations - 1 <= limits.fewRows && becomes === null) return false;
  const rowClass = classOf(row);
  if (rowClass === null) return true;
  const kept = [...sample.values()].filter((one) => isOf(one, rowClass));
  if (!isHeld) return kept.filter((one) => byStart(one, row) < 0).length >= limitOf(rowClass, limits);
  if (becomes !== null && isOf(becomes, rowClass) && byStart({ ...becomes, id: row.id }, row) === 0) return true;
  return kept.length + 1 === rowsOfClass(tally, rowClass.isCompleted, rowClass.kind);
}

/** Puts two samples together, of `operations` operations in all. */
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
  const rows = [...sample.values()].filter((row) => isOf(row, rowClass));
  if (rows.length <= limitOf(rowClass, limits)) return;
  for (const { id } of rows.sort(byStart).slice(limitOf(rowClass, limits))) sample.delete(id);
}

/** The rows of a phase and table that are kept beside its tally. */
export interface Kept {
  sample(): Iterable<EvidenceRow>;
  /** Those that may be attempts of one work (polling/attempts.ts). */
  attempts(): Iterable<EvidenceRow>;
  /** False where `migtop/worker` marked none of them. */
  readonly mayBeMarked: boolean;
}

/**
 * A total with the rows by which it is told how it counts, in order of start: all of a small phase and table; of a larger
 * one the first of those that are kept, where records are beyond their batches.
 */
export function totalWithRows(
  { phase, tableName }: Pick<Total, 'phase' | 'tableName'>,
  tally: Tally,
  kept: Kept,
  limits: SampleLimits,
): Total {
  const operations = operationsOf(tally);
  const bare = totalOf(phase, tableName, tally, { rows: [], hasAllRows: false, attempts: [], marked: null });
  if (operations <= limits.fewRows) {
    const rows = [...kept.sample()].sort(byStart);
    return { ...bare, rows, hasAllRows: rows.length === operations };
  }
  const attempts = repeatedWorks(kept.attempts()).flat();
  const total = { ...bare, attempts: attempts.sort((a, b) => a.id - b.id) };
  const isBeyond = total.main.outside + total.side.outside + total.bareOutside > 0;
  if (!isBeyond && !kept.mayBeMarked) return total;
  const rows = [...kept.sample()].sort(byStart);
  const marked = kept.mayBeMarked ? markedOf(rows) : null;
  if (!isBeyond) return { ...total, marked };
  const judged = classes.flatMap((one) =>
    rows.filter((row) => isOf(row, one)).slice(0, one.isCompleted ? limits.completed : limits.judgedOthers),
  );
  // Which of so many rows repeat another is told by the attempts.
  return { ...total, marked, rows: judged.sort(byStart).map((row) => ({ ...row, work: null })) };
}

/** The library writes all rows of a table, or others do: the first ones tell it. */
function markedOf(rows: readonly EvidenceRow[]): Marked | null {
  const moved = rows.filter((row) => counterOf(row) > 0);
  return moved.every(({ mark }) => mark !== null) ? markedAs(moved) : null;
}
