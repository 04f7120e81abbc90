import { exactQueryOf } from './work-key.ts';
import { type EvidenceRow, isGivenUp, rangeKeyOf, worksOf } from './works.ts';

/** Maximum number of attempts of one work, if several of them were not given up. */
export const mostAttempts = 16;

/**
 * Whether rows of one range, or rows that repeat each other, are attempts of one work in a table with many operations. More than `mostAttempts`
 * are only if at most one was not given up: a worker has repeated a failed batch all night. Else each is a work: a queue reads its
 * batches with one query.
 */
export function isOneWork(rows: number, givenUp: number): boolean {
  return rows >= 2 && (rows <= mostAttempts || rows - givenUp <= 1);
}

/**
 * Returns the works with several attempts among the rows of a phase and table with many operations: rows that `migtop/worker`
 * marked as a repetition of one that was given up, or of another repetition; and rows with exactly one source query, if it names its range
 * and they are attempts of one work (`isOneWork`): a query with other white space is another one, since the database looks for equal texts.
 */
export function repeatedWorks(rows: Iterable<EvidenceRow>): EvidenceRow[][] {
  const all = [...rows];
  const works = rowsByRange(all).filter(areOneWork);
  if (!all.some(({ mark }) => mark?.repeats != null)) return works;
  const ofRanges = new Set(works.flat());
  const attempts = all.filter((row) => isGivenUp(row) || row.mark?.repeats != null || ofRanges.has(row));
  return worksOf(attempts, (row) => (ofRanges.has(row) && row.work !== null ? exactQueryOf(row.work) : null)).filter(
    areOneWork,
  );
}

/**
 * The rows of each range that too many rows have to count as attempts of one work (`isOneWork`), if one of them was given up: the newest
 * completed ones and the newest of the others, at most `mostAttempts` of each. A retry would find another attempt at its work among them.
 *
 * @param ranges the known rows of each range
 */
export function crowdsOf(ranges: Iterable<Iterable<EvidenceRow>>): EvidenceRow[][] {
  const crowds: EvidenceRow[][] = [];
  for (const range of ranges) {
    const rows = [...range];
    const others = rows.filter((row) => !isGivenUp(row));
    if (others.length === rows.length || rows.length <= mostAttempts || others.length <= 1) continue;
    const newest = (isCompleted: boolean) =>
      others
        .filter(({ status }) => (status === 'completed') === isCompleted)
        .sort((a, b) => b.id - a.id)
        .slice(0, mostAttempts);
    crowds.push([...newest(true), ...newest(false)]);
  }
  return crowds;
}

function areOneWork(rows: readonly EvidenceRow[]): boolean {
  return rows.length >= 2 && isOneWork(rows.length, rows.filter(isGivenUp).length);
}

/** The rows of each range; without the rows that do not name their range. */
export function rowsByRange(rows: Iterable<EvidenceRow>): EvidenceRow[][] {
  const works = new Map<string, EvidenceRow[]>();
  for (const row of rows) {
    const key = rangeKeyOf(row);
    if (key === null) continue;
    const attempts = works.get(key);
    if (attempts === undefined) works.set(key, [row]);
    else attempts.push(row);
  }
  return [...works.values()];
}
