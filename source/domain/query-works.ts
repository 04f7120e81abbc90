import { areSizedAsWholes } from './lineage.ts';
import { isParameterized, isRanged, nameOf, queryOf } from './work-key.ts';
import { type EvidenceRow, isNamedRetry, totalNamed } from './works.ts';

/**
 * Groups the rows of one phase and table by work. Attempts of one work are rows that the library marked as repetitions; rows with
 * the same source query, if it names its range; and rows with the same query without a range, as `worksOfQuery` groups them. A name
 * alone is no evidence.
 */
export function worksOf(rows: readonly EvidenceRow[]): EvidenceRow[][] {
  const withQuery = rows.filter(({ work }) => work !== null);
  const byQuery = Map.groupBy(withQuery, ({ work }) => (work === null ? '' : `${work[0]}${queryOf(work)}`));
  return joinMarked(rows, [...byQuery.values()].flatMap(worksOfQuery));
}

/**
 * Groups rows by work, if the library may have marked some as repetitions of others.
 *
 * @param works those of rows with the same source query; a row that is in none of them has a query that is that of no other
 */
export function joinMarked(rows: readonly EvidenceRow[], works: readonly (readonly EvidenceRow[])[]): EvidenceRow[][] {
  const ofQueries = new Map<EvidenceRow, readonly EvidenceRow[]>();
  for (const work of works) for (const row of work) ofQueries.set(row, work);
  const byKey = new Map<readonly EvidenceRow[], EvidenceRow[]>();
  const byId = new Map<number, EvidenceRow[]>();
  // A table without a primary key may have an id twice.
  const joined = new Set<EvidenceRow[]>();
  // A repeated row has a lower id than the row that repeats it.
  for (const row of rows.toSorted((a, b) => a.id - b.id)) {
    const key = ofQueries.get(row);
    const repeated = row.mark?.repeats == null ? undefined : byId.get(row.mark.repeats);
    const attempts = repeated ?? (key === undefined ? undefined : byKey.get(key)) ?? [];
    attempts.push(row);
    joined.add(attempts);
    byId.set(row.id, attempts);
    // A repetition of another work does not take the other rows of its query with it, as in sql/reports.
    if (key !== undefined && repeated === undefined && !byKey.has(key)) byKey.set(key, attempts);
  }
  return [...joined];
}

/**
 * Groups the rows of one source query by work. All are attempts of one work if the query names its range, or if at most one of them has
 * no `retry` in its name. Otherwise a query with a parameter belongs to many works, and the rows of other queries are grouped by the
 * name of their operation (`worksOfName`), if all of them name the same total: attempts with other totals are limited by the largest one,
 * and one row more would make their records fall.
 */
export function worksOfQuery(rows: readonly EvidenceRow[]): (readonly EvidenceRow[])[] {
  const work = rows[0]?.work;
  if (work == null) return rows.map((row) => [row]);
  if (isRanged(work) || firstsOf(rows) <= 1) return [rows];
  if (isParameterized(work) || new Set(rows.map(totalNamed)).size > 1) return rows.map((row) => [row]);
  return [...Map.groupBy(rows, (row) => nameOf(row.work ?? '')).values()].flatMap(worksOfName);
}

/**
 * Groups the rows of one name, and one query without a range, by work. Retries of one row belong to it. If the rows are evidently
 * batches of the query, each is a work. Else one that ended without being completed, before the next one in order of id began, is an
 * attempt at the work of that one. A skip leaves the works as they are, and so do later rows.
 */
function worksOfName(rows: readonly EvidenceRow[]): (readonly EvidenceRow[])[] {
  if (firstsOf(rows) === 1) return [rows];
  if (!rows.some(({ mark }) => mark?.isOfOperation === true) && !areSizedAsWholes(rows))
    return rows.map((row) => [row]);
  const works: EvidenceRow[][] = [];
  let before: EvidenceRow | undefined;
  for (const row of rows.toSorted((a, b) => a.id - b.id)) {
    if (before !== undefined && isFollowedBy(before, row)) works.at(-1)?.push(row);
    else works.push([row]);
    before = row;
  }
  return works;
}

function isFollowedBy({ status, startedAt, completedAt }: EvidenceRow, next: EvidenceRow): boolean {
  if (status === 'completed' || startedAt === null || completedAt === null || next.startedAt === null) return false;
  return Number.isFinite(next.startedAt) && completedAt <= next.startedAt;
}

/** How many rows have no `retry` in their name. */
function firstsOf(rows: readonly EvidenceRow[]): number {
  return rows.reduce((firsts, row) => firsts + (isNamedRetry(row) ? 0 : 1), 0);
}
