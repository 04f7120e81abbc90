import { crowdsOf, isOneWork, mostAttempts } from '../domain/repeated-works.ts';
import { type AttemptsByWork, type EvidenceRow, inOrderOfId, isGivenUp, rangeKeyOf } from '../domain/works.ts';

/**
 * Rows of one phase and table that may be attempts of one work, by id: rows that were given up, rows that `migtop/worker`
 * marked as a repetition, and rows with the same record range as another one. sql/queries/range.sql sends them with each id range;
 * later changes come from the polls.
 */
export type Attempts = Map<number, EvidenceRow>;

/** The attempts of a phase and table, in all id ranges, by record range. */
export interface AttemptRanges {
  /** The only row of a record range, since most have one; or all of them. */
  readonly all: Map<string, EvidenceRow | Set<EvidenceRow>>;
  /** The rows of record ranges that have several. */
  readonly several: Map<string, ReadonlySet<EvidenceRow>>;
  /** These rows in order of id: the same array until one of them changes, made when it is needed. */
  readonly sorted: Map<string, readonly EvidenceRow[]>;
  /** How many of each record range were given up. */
  readonly givenUp: Map<string, number>;
  /** How many rows `migtop/worker` marked as a repetition. */
  repetitions: number;
  /**
   * How often the works with several attempts may have changed: what is computed from them is kept until then. Without marked
   * repetitions, only a record range with several rows has several attempts.
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
export const noAttemptRanges = (): AttemptRanges => ({
  all: new Map(),
  several: new Map(),
  sorted: new Map(),
  givenUp: new Map(),
  repetitions: 0,
  changes: 0,
});

/** The works with several attempts, if none is marked as a repetition: those of each record range with several rows. */
export function worksOfRanges({ several, sorted, givenUp }: AttemptRanges): AttemptsByWork {
  const works: (readonly EvidenceRow[])[] = [];
  for (const [range, rows] of several) {
    if (!isOneWork(rows.size, givenUp.get(range) ?? 0)) continue;
    const work = sorted.get(range) ?? [...rows].sort((a, b) => a.id - b.id);
    sorted.set(range, work);
    works.push(work);
  }
  return works.sort((a, b) => (a[0]?.id ?? 0) - (b[0]?.id ?? 0));
}

/** The newest rows of the record ranges that are no work, because too many rows have them. */
export function crowdsOfRanges({ several, givenUp }: AttemptRanges): AttemptsByWork {
  return inOrderOfId(crowdsOf([...givenUp.keys()].flatMap((range) => [several.get(range) ?? []])));
}

/** How many of the attempts have a record range. */
export function attemptsWith({ all }: AttemptRanges, range: string): number {
  const rows = all.get(range);
  return rows === undefined ? 0 : rows instanceof Set ? rows.size : 1;
}

/** Maximum number of rows that are kept in one id range. */
export const maxKept = 12_000;

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
  // Those that were given up are all sent.
  if (key === null || isGivenUp(known)) return true;
  if (attemptsWith(ranges, key) - (ranges.givenUp.get(key) ?? 0) < mostAttempts) return true;
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
  ranges: AttemptRanges,
  rows: readonly { readonly row: EvidenceRow }[],
  known: ReadonlySet<string> = new Set(),
): boolean {
  let isNew = false;
  for (const { row } of rows) {
    // Rows with the same query may be of several works, if it names no range.
    const isFirst = putAttempt(attempts, ranges, row, true);
    isNew ||= isFirst && !known.has(rangeKeyOf(row) ?? '');
  }
  return isNew;
}

/** Takes the rows of an earlier run. */
export function resumeAttempts(attempts: Attempts, ranges: AttemptRanges, rows: readonly EvidenceRow[]): void {
  for (const row of rows) keep(attempts, ranges, row);
}

/** The record ranges of the rows that were given up. */
export function givenUpIn(attempts: Attempts): ReadonlySet<string> {
  return new Set([...attempts.values()].filter(isGivenUp).flatMap((row) => rangeKeyOf(row) ?? []));
}

/** Removes all rows of an id range. Returns the record ranges of those that were given up. */
export function clearAttempts(attempts: Attempts, ranges: AttemptRanges): ReadonlySet<string> {
  const givenUp = givenUpIn(attempts);
  for (const row of attempts.values()) forget(ranges, row);
  attempts.clear();
  return givenUp;
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
  const range = rangeKeyOf(row);
  const hasSeveral = (): boolean => ranges.repetitions > 0 || (range !== null && ranges.several.has(range));
  const hadSeveral = hasSeveral();
  if (row.mark?.repeats != null) ranges.repetitions += by;
  if (range !== null && by === 1) add(ranges, range, row);
  else if (range !== null) remove(ranges, range, row);
  if (hadSeveral || hasSeveral()) ranges.changes++;
  if (range === null) return;
  if (!isGivenUp(row)) return;
  const rows = (ranges.givenUp.get(range) ?? 0) + by;
  if (rows > 0) ranges.givenUp.set(range, rows);
  else ranges.givenUp.delete(range);
}

function add({ all, several, sorted }: AttemptRanges, range: string, row: EvidenceRow): void {
  const known = all.get(range);
  sorted.delete(range);
  if (known instanceof Set) known.add(row);
  else if (known === undefined) all.set(range, row);
  else {
    const rows = new Set([known, row]);
    all.set(range, rows);
    several.set(range, rows);
  }
}

function remove({ all, several, sorted }: AttemptRanges, range: string, row: EvidenceRow): void {
  const known = all.get(range);
  sorted.delete(range);
  if (!(known instanceof Set)) {
    all.delete(range);
    return;
  }
  known.delete(row);
  const [last] = known;
  if (known.size > 1 || last === undefined) return;
  all.set(range, last);
  several.delete(range);
}
