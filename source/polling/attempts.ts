import { type EvidenceRow, isGivenUp, mostAttempts, rangeKeyOf } from '../domain/works.ts';

/**
 * Rows of one phase and table that may be attempts of one work, by id: rows that were given up, rows that `migtop/worker`
 * marked as a repetition, and rows with the same record range as one that was given up. sql/queries/range.sql sends them with each
 * id range; later changes come from the polls.
 */
export type Attempts = Map<number, EvidenceRow>;

/** The record ranges of the rows that were given up, and how many rows have each. */
export type GivenUp = Map<string, number>;

/** Maximum number of rows that are kept in one id range. */
const maxKept = 2000;

/** The record range of a row that was given up; null for other rows, and if its query names no range. */
function givenUpRange(row: EvidenceRow): string | null {
  return isGivenUp(row) ? rangeKeyOf(row) : null;
}

/** Adds a row if it may be an attempt. Returns whether it is the first of its record range: others of it may not be known yet. */
export function putAttempt(attempts: Attempts, givenUp: GivenUp, row: EvidenceRow): boolean {
  if (attempts.size >= maxKept) return false;
  const range = givenUpRange(row);
  const isFirst = range !== null && !givenUp.has(range);
  if (isGivenUp(row) || row.mark?.repeats != null || givenUp.has(rangeKeyOf(row) ?? '')) attempts.set(row.id, row);
  if (range !== null) givenUp.set(range, (givenUp.get(range) ?? 0) + 1);
  return isFirst;
}

/** Removes a row. Returns false if another row of its record range may exist that is not known. */
export function takeAttempt(attempts: Attempts, givenUp: GivenUp, row: EvidenceRow): boolean {
  const known = attempts.get(row.id);
  if (known === undefined) return true;
  attempts.delete(row.id);
  forget(givenUp, known);
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
export function putCounted(attempts: Attempts, givenUp: GivenUp, rows: readonly EvidenceRow[]): boolean {
  let isNew = false;
  for (const row of rows) {
    attempts.set(row.id, row);
    const range = givenUpRange(row);
    if (range === null) continue;
    isNew ||= !givenUp.has(range);
    givenUp.set(range, (givenUp.get(range) ?? 0) + 1);
  }
  return isNew;
}

/** Removes all rows of an id range. */
export function clearAttempts(attempts: Attempts, givenUp: GivenUp): void {
  for (const row of attempts.values()) forget(givenUp, row);
  attempts.clear();
}

function forget(givenUp: GivenUp, row: EvidenceRow): void {
  const range = givenUpRange(row);
  if (range === null) return;
  const left = (givenUp.get(range) ?? 0) - 1;
  if (left > 0) givenUp.set(range, left);
  else givenUp.delete(range);
}
