import { joinMarked, worksOfQuery } from './query-works.ts';
import { isParameterized, isRanged } from './work-key.ts';
import { type AttemptsByWork, type EvidenceRow, exactKeyOf, isGivenUp, isNamedRetry } from './works.ts';

/** Maximum number of attempts of one work, if several of them were not given up. */
export const mostAttempts = 16;

/**
 * Whether rows of one range, or rows that repeat each other, are attempts of one work in a table with many operations. More than `mostAttempts`
 * are only if at most one was not given up: a worker has repeated a failed batch all night. Else each is a work: a queue reads its
 * batches with one query.
 */
function isOneWork(rows: number, givenUp: number): boolean {
  return rows >= 2 && (rows <= mostAttempts || rows - givenUp <= 1);
}

/**
 * The works with several attempts among the rows of one query in a table with many operations: as in a small table (`worksOfQuery`), if
 * the rows of the query are not too many (`isOneWork`). A query with a parameter has the same text for every range, and mostly very
 * many rows: not all of them are known.
 *
 * @param givenUp how many of the rows were given up
 */
export function repeatedOfQuery(rows: readonly EvidenceRow[], givenUp: number): AttemptsByWork {
  const work = rows[0]?.work;
  if (work == null || isParameterized(work) || !isOneWork(rows.length, givenUp)) return [];
  return worksOfQuery(rows).filter((attempts) => attempts.length >= 2);
}

/**
 * Returns the works with several attempts among the rows of a phase and table with many operations: rows that `migtop/worker`
 * marked as a repetition of one that was given up, or of another repetition; and rows with exactly one source query that are attempts
 * of one work (`repeatedOfQuery`): a query with other white space is another one, since the database looks for equal texts.
 */
export function repeatedWorks(rows: Iterable<EvidenceRow>): EvidenceRow[][] {
  const all = [...rows];
  const works = rowsByQuery(all).flatMap((rows) => repeatedOfQuery(rows, givenUpIn(rows)));
  if (!all.some(({ mark }) => mark?.repeats != null)) return works.map((work) => [...work]);
  const ofQueries = new Set(works.flat());
  const attempts = all.filter((row) => isGivenUp(row) || row.mark?.repeats != null || ofQueries.has(row));
  return joinMarked(attempts, works).filter((work) => isOneWork(work.length, givenUpIn(work)));
}

/**
 * The rows of each query that are not attempts of one work, if one of them was given up: `crowdOf`. A retry would find another
 * attempt at its work among them.
 *
 * @param queries the known rows of each query
 */
export function crowdsOf(queries: Iterable<Iterable<EvidenceRow>>): EvidenceRow[][] {
  const crowds: EvidenceRow[][] = [];
  for (const query of queries) {
    const crowd = crowdOf([...query]);
    if (crowd !== null) crowds.push(crowd);
  }
  return crowds;
}

/**
 * The newest completed ones and the newest of the others among the rows of one query, at most `mostAttempts` of each; null if they are attempts
 * of one work, or if none or all of them were given up. If the query names no range, also those that were skipped after they had begun and those that
 * are named as retries: they show which rows are attempts of one work (domain/lineage.ts).
 */
export function crowdOf(rows: readonly EvidenceRow[]): EvidenceRow[] | null {
  const others = rows.filter((row) => !isGivenUp(row));
  if (others.length === rows.length || others.length === 0) return null;
  if (repeatedOfQuery(rows, rows.length - others.length)[0]?.length === rows.length) return null;
  const [first] = rows;
  const isOfRange = first?.work != null && isRanged(first.work);
  const isLink = (row: EvidenceRow): boolean => !isOfRange && (isNamedRetry(row) || isGivenUp(row));
  const newest = (isCompleted: boolean) =>
    others
      .filter((row) => (row.status === 'completed') === isCompleted && !isLink(row))
      .sort((a, b) => b.id - a.id)
      .slice(0, mostAttempts);
  return [...newest(true), ...newest(false), ...rows.filter((row) => row.status !== 'failed' && isLink(row))];
}

const givenUpIn = (rows: readonly EvidenceRow[]): number => rows.filter(isGivenUp).length;

/** The rows of each query; without the rows that have none. */
export function rowsByQuery(rows: Iterable<EvidenceRow>): EvidenceRow[][] {
  const works = new Map<string, EvidenceRow[]>();
  for (const row of rows) {
    const key = exactKeyOf(row);
    if (key === null) continue;
    const attempts = works.get(key);
    if (attempts === undefined) works.set(key, [row]);
    else attempts.push(row);
  }
  return [...works.values()];
}
