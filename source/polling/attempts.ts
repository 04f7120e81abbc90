import { type EvidenceRow, isGivenUp, mostAttempts, rangeKeyOf } from '../domain/works.ts';

/**
 * Rows of one phase and table that may be attempts of one work, by id: those that were given up, those that `migtop/worker`
 * marked as a repetition, and those with the same range as one that was given up. sql/queries/range.sql sends them with each
 * id range; from then on each change is taken over.
 */
export type Attempts = Map<number, EvidenceRow>;

/** The ranges of the rows that were given up, each with how many rows they are. */
export type GivenUp = Map<string, number>;

/** More than this are not kept of one id range: so many failures are no attempts to be put together. */
const mostKept = 2000;

/** The range of a row that was given up; null for other rows, and where its query names none. */
function givenUpRange(row: EvidenceRow): string | null {
  return isGivenUp(row) ? rangeKeyOf(row) : null;
}

/** Takes a row in, if it may be an attempt. Returns whether its range is the first of its kind: others of it may be unknown. */
export function putAttempt(attempts: Attempts, givenUp: GivenUp, row: EvidenceRow): boolean {
  if (attempts.size >= mostKept) return false;
  const range = givenUpRange(row);
  const isFirst = range !== null && !givenUp.has(range);
  if (isGivenUp(row) || row.mark?.repeats != null || givenUp.has(rangeKeyOf(row) ?? '')) attempts.set(row.id, row);
  if (range !== null) givenUp.set(range, (givenUp.get(range) ?? 0) + 1);
  return isFirst;
}

/** Takes a row out. Returns false where another row of its range may be there that is not known. */
export function takeAttempt(attempts: Attempts, givenUp: GivenUp, row: EvidenceRow): boolean {
  const known = attempts.get(row.id);
  if (known === undefined) return true;
  attempts.delete(row.id);
  forget(givenUp, known);
  const key = rangeKeyOf(known);
  if (key === null) return true;
  let others = 0;
  for (const one of attempts.values()) if (rangeKeyOf(one) === key) others++;
  // No more than so many are sent.
  return others < mostAttempts;
}

/** Takes over what one id range holds. */
export function joinAttempts(to: Attempts, added: Attempts): void {
  for (const [id, row] of added) to.set(id, row);
}

/** The rows of an id range that was counted. Returns whether a range is among them that no row before was given up in. */
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

/** Takes all rows of an id range out. */
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
