import { type EvidenceRow, isGivenUp, mostAttempts, rangeKeyOf } from '../domain/works.ts';

/**
 * Rows of one phase and table that may be attempts of one work, by id: rows that were given up, rows that `migtop/worker`
 * marked as a repetition, and rows with the same record range as another one. sql/queries/range.sql sends them with each id range;
 * later changes come from the polls.
 */
export type Attempts = Map<number, EvidenceRow>;

/** How many of the attempts of a phase and table, in all id ranges, have each record range. */
export interface AttemptRanges {
  readonly all: Map<string, number>;
  /** Those that were given up. */
  readonly givenUp: Map<string, number>;
  /** How often an attempt was put or removed: what is computed from the attempts is kept until then. */
  changes: number;
}

export const noAttemptRanges = (): AttemptRanges => ({ all: new Map(), givenUp: new Map(), changes: 0 });

/** Maximum number of rows that are kept in one id range. */
const maxKept = 12_000;

/**
 * Adds a row if it may be an attempt.
 *
 * @param isShared whether other rows have its source query
 * @returns whether it is the first of its record range that was given up: others of it may not be known yet
 */
export function putAttempt(attempts: Attempts, ranges: AttemptRanges, row: EvidenceRow, isShared: boolean): boolean {
  const range = rangeKeyOf(row);
  const isFirst = range !== null && isGivenUp(row) && !ranges.givenUp.has(range);
  const isOfRange = range !== null && (isShared || ranges.all.has(range));
  if (isOfRange || isGivenUp(row) || row.mark?.repeats != null) keep(attempts, ranges, row);
  return isFirst;
}

/** Removes a row. Returns false if another row of its record range may exist that is not known. */
export function takeAttempt(attempts: Attempts, ranges: AttemptRanges, row: EvidenceRow): boolean {
  const known = attempts.get(row.id);
  if (known === undefined) return true;
  attempts.delete(row.id);
  forget(ranges, known);
  const key = rangeKeyOf(known);
  if (key === null) return true;
  let others = 0;
  for (const one of attempts.values()) if (rangeKeyOf(one) === key) others++;
  // The query sends no more than this many of one record range.
  return others < mostAttempts;
}

/** Adds the rows of another id range. */
export function joinAttempts(to: Attempts, added: Attempts): void {
  for (const [id, row] of added) to.set(id, row);
}

/** Adds the rows of an id range that was counted. Returns whether one is the first of its record range that was given up. */
export function putCounted(attempts: Attempts, ranges: AttemptRanges, rows: readonly EvidenceRow[]): boolean {
  let isNew = false;
  // Rows with the same query may be of several works, if it names no range.
  for (const row of rows) isNew = putAttempt(attempts, ranges, row, true) || isNew;
  return isNew;
}

/** Takes the rows of an earlier run. */
export function resumeAttempts(attempts: Attempts, ranges: AttemptRanges, rows: readonly EvidenceRow[]): void {
  for (const row of rows) keep(attempts, ranges, row);
}

/** Removes all rows of an id range. */
export function clearAttempts(attempts: Attempts, ranges: AttemptRanges): void {
  for (const row of attempts.values()) forget(ranges, row);
  attempts.clear();
}

function keep(attempts: Attempts, ranges: AttemptRanges, row: EvidenceRow): void {
  const known = attempts.get(row.id);
  if (known === undefined && attempts.size >= maxKept) return;
  if (known !== undefined) forget(ranges, known);
  attempts.set(row.id, row);
  change(ranges, row, 1);
}

function forget(ranges: AttemptRanges, row: EvidenceRow): void {
  change(ranges, row, -1);
}

function change(ranges: AttemptRanges, row: EvidenceRow, by: 1 | -1): void {
  ranges.changes++;
  const range = rangeKeyOf(row);
  if (range === null) return;
  for (const counts of isGivenUp(row) ? [ranges.all, ranges.givenUp] : [ranges.all]) {
    const rows = (counts.get(range) ?? 0) + by;
    if (rows > 0) counts.set(range, rows);
    else counts.delete(range);
  }
}
