import { crowdOf, mostAttempts, repeatedOfQuery } from '../domain/repeated-works.ts';
import {
  type AttemptsByWork,
  type EvidenceRow,
  exactKeyOf,
  inOrderOfId,
  isGivenUp,
  isNamedRetry,
  rangeKeyOf,
} from '../domain/works.ts';

/**
 * Rows of one phase and table that may be attempts of one work, by id: rows that were given up, rows that `migtop/worker`
 * marked as a repetition, and rows with the same source query as another one. sql/queries/range.sql sends them with each id range;
 * later changes come from the polls.
 */
export type Attempts = Map<number, EvidenceRow>;

/** The attempts of a phase and table, in all id ranges, by source query (`exactKeyOf`). */
export interface AttemptQueries {
  /** The only row of a query, since most have one; or all of them. */
  readonly all: Map<string, EvidenceRow | Set<EvidenceRow>>;
  /** The rows of queries that have several. */
  readonly several: Map<string, ReadonlySet<EvidenceRow>>;
  /** The works with several attempts of these rows, in order of id: the same arrays until one of the rows changes, made when they are needed. */
  readonly works: Map<string, AttemptsByWork>;
  /** The crowds of these rows (`crowdOf`), in order of id, until one of them changes. */
  readonly crowds: Map<string, readonly EvidenceRow[] | null>;
  /** How many of each query were given up. */
  readonly givenUp: Map<string, number>;
  /** How many rows `migtop/worker` marked as a repetition. */
  repetitions: number;
  /**
   * How often the works with several attempts may have changed: what is computed from them is kept until then. Without marked
   * repetitions, only a query with several rows has several attempts.
   */
  changes: number;
}

/** The works with several attempts and the crowds (`Total`) at a number of changes of the attempts. */
export interface RepeatedRows {
  readonly changes: number;
  readonly attempts: AttemptsByWork;
  readonly crowds: AttemptsByWork;
}

/** Returns new empty maps: they are changed in place, so each phase and table needs separate ones. */
export const noAttemptQueries = (): AttemptQueries => ({
  all: new Map(),
  several: new Map(),
  works: new Map(),
  crowds: new Map(),
  givenUp: new Map(),
  repetitions: 0,
  changes: 0,
});

/** The works with several attempts, if none is marked as a repetition: those of each query with several rows. */
export function worksOfQueries({ several, works, givenUp }: AttemptQueries): AttemptsByWork {
  const found: (readonly EvidenceRow[])[] = [];
  for (const [query, rows] of several) {
    const ofQuery = works.get(query) ?? inOrderOfId(repeatedOfQuery([...rows], givenUp.get(query) ?? 0));
    works.set(query, ofQuery);
    found.push(...ofQuery);
  }
  return found.sort((a, b) => (a[0]?.id ?? 0) - (b[0]?.id ?? 0));
}

/** The rows of the queries that are no work, because too many rows have them. */
export function crowdsOfQueries({ several, crowds, givenUp }: AttemptQueries): AttemptsByWork {
  const found: (readonly EvidenceRow[])[] = [];
  for (const query of givenUp.keys()) {
    const rows = several.get(query);
    if (rows === undefined) continue;
    const crowd = crowds.has(query) ? crowds.get(query) : crowdOf([...rows])?.sort((a, b) => a.id - b.id);
    crowds.set(query, crowd ?? null);
    if (crowd != null) found.push(crowd);
  }
  return inOrderOfId(found);
}

/** How many of the attempts have a query. */
export function attemptsWith({ all }: AttemptQueries, query: string): number {
  const rows = all.get(query);
  return rows === undefined ? 0 : rows instanceof Set ? rows.size : 1;
}

/** Maximum number of rows that are kept in one id range. */
export const maxKept = 12_000;

/** How many rows that a poll reads are kept of a query without a range, besides those that were given up or are named as retries. */
const mostOthers = 2 * (mostAttempts + 1);

/**
 * Adds a row if it may be an attempt.
 *
 * @param isShared whether other rows have its source query
 * @returns whether it is the first of its record range that was given up: others of it may not be known yet
 */
export function putAttempt(attempts: Attempts, queries: AttemptQueries, row: EvidenceRow, isShared: boolean): boolean {
  const query = exactKeyOf(row);
  const isFirst = isFirstGivenUp(queries, row);
  const isOfQuery = query !== null && (isShared || queries.all.has(query)) && isNeeded(queries, query, row);
  if (isOfQuery || isGivenUp(row) || row.mark?.repeats != null) keep(attempts, queries, row);
  return isFirst;
}

function isFirstGivenUp({ givenUp }: AttemptQueries, row: EvidenceRow): boolean {
  const range = rangeKeyOf(row);
  return range !== null && isGivenUp(row) && !givenUp.has(range);
}

/** Rows of more batches with one query show nothing more: they are no attempts of one work. */
function isNeeded(queries: AttemptQueries, query: string, row: EvidenceRow): boolean {
  if (rangeKeyOf(row) !== null || isNamedRetry(row)) return true;
  return attemptsWith(queries, query) - (queries.givenUp.get(query) ?? 0) < mostOthers;
}

/** Removes a row. Returns false if another row of its record range may exist that is not known. */
export function takeAttempt(attempts: Attempts, queries: AttemptQueries, row: EvidenceRow): boolean {
  const known = attempts.get(row.id);
  if (known === undefined) return true;
  attempts.delete(row.id);
  forget(queries, known);
  const key = rangeKeyOf(known);
  // Those that were given up are all sent.
  if (key === null || isGivenUp(known)) return true;
  if (attemptsWith(queries, key) - (queries.givenUp.get(key) ?? 0) < mostAttempts) return true;
  let others = 0;
  for (const one of attempts.values()) if (rangeKeyOf(one) === key && !isGivenUp(one)) others++;
  // The query sends no more of the others of one record range than this many.
  return others < mostAttempts;
}

/** Adds the rows of another id range. */
export function joinAttempts(to: Attempts, added: Attempts): void {
  for (const [id, row] of added) to.set(id, row);
}

/**
 * Adds the rows of an id range that was counted. Returns whether one is the first of its record range that was given up.
 *
 * @param known the record ranges of the rows that were given up by the last count of the id range
 */
export function putCounted(
  attempts: Attempts,
  queries: AttemptQueries,
  rows: readonly { readonly row: EvidenceRow }[],
  known: ReadonlySet<string> = new Set(),
): boolean {
  let isNew = false;
  for (const { row } of rows) {
    isNew ||= isFirstGivenUp(queries, row) && !known.has(rangeKeyOf(row) ?? '');
    keep(attempts, queries, row);
  }
  return isNew;
}

/** Takes the rows of an earlier run. */
export function resumeAttempts(attempts: Attempts, queries: AttemptQueries, rows: readonly EvidenceRow[]): void {
  for (const row of rows) keep(attempts, queries, row);
}

/** The record ranges of the rows that were given up. */
export function givenUpIn(attempts: Attempts): ReadonlySet<string> {
  return new Set([...attempts.values()].filter(isGivenUp).flatMap((row) => rangeKeyOf(row) ?? []));
}

/** Removes all rows of an id range. Returns the record ranges of those that were given up. */
export function clearAttempts(attempts: Attempts, queries: AttemptQueries): ReadonlySet<string> {
  const givenUp = givenUpIn(attempts);
  for (const row of attempts.values()) forget(queries, row);
  attempts.clear();
  return givenUp;
}

function keep(attempts: Attempts, queries: AttemptQueries, row: EvidenceRow): void {
  const known = attempts.get(row.id);
  if (known === undefined && attempts.size >= maxKept) return;
  if (known !== undefined) forget(queries, known);
  attempts.set(row.id, row);
  change(queries, row, 1);
}

function forget(queries: AttemptQueries, row: EvidenceRow): void {
  change(queries, row, -1);
}

function change(queries: AttemptQueries, row: EvidenceRow, by: 1 | -1): void {
  const query = exactKeyOf(row);
  const hasSeveral = (): boolean => queries.repetitions > 0 || (query !== null && queries.several.has(query));
  const hadSeveral = hasSeveral();
  if (row.mark?.repeats != null) queries.repetitions += by;
  if (query !== null && by === 1) add(queries, query, row);
  else if (query !== null) remove(queries, query, row);
  if (hadSeveral || hasSeveral()) queries.changes++;
  if (query === null || !isGivenUp(row)) return;
  const rows = (queries.givenUp.get(query) ?? 0) + by;
  if (rows > 0) queries.givenUp.set(query, rows);
  else queries.givenUp.delete(query);
}

function add({ all, several, works, crowds }: AttemptQueries, query: string, row: EvidenceRow): void {
  const known = all.get(query);
  works.delete(query);
  crowds.delete(query);
  if (known instanceof Set) known.add(row);
  else if (known === undefined) all.set(query, row);
  else {
    const rows = new Set([known, row]);
    all.set(query, rows);
    several.set(query, rows);
  }
}

function remove({ all, several, works, crowds }: AttemptQueries, query: string, row: EvidenceRow): void {
  const known = all.get(query);
  works.delete(query);
  crowds.delete(query);
  if (!(known instanceof Set)) {
    all.delete(query);
    return;
  }
  known.delete(row);
  const [last] = known;
  if (known.size > 1 || last === undefined) return;
  all.set(query, last);
  several.delete(query);
}
