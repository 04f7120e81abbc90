import type { Acceptance } from '../domain/acceptance.ts';
import { createKinds } from '../domain/failure-kind.ts';
import type { Operation } from '../domain/operation.ts';
import type { Snapshot, Total } from '../domain/snapshot.ts';
import { operationsIn } from '../domain/summary.ts';
import { type JudgedFailure, noFailures, type Triage, triageOf } from '../domain/triage.ts';
import { type FailureEntry, failureEntry, isVersionOf, resolutionOf } from './failure-entry.ts';
import { createFailureLineages } from './failure-lineages.ts';
import { createForeignKeys } from './foreign-keys.ts';
import { createLaterAttempts, type LaterReading, type Part } from './later-attempts.ts';

/**
 * All failed operations of the table, by kind, and which of them are unresolved. Each poll keeps them up to date. If the table has
 * more of them than a poll lists, the others are read by id, in pieces between polls (polling/failures.ts).
 */
export interface FailureIndex {
  /** Takes the rows of a poll. */
  take(snapshot: Snapshot): void;
  /** What has to be read next; null if nothing. */
  next(): FailureReading | null;
  /** Takes failed operations in order of id. `last` is the id after which to read on; null if there are no more. */
  takeListed(rows: readonly Operation[], last: number | null): void;
  /** Takes the attempts that were read by id. */
  takeAttempts(asked: readonly number[], rows: readonly Operation[]): void;
  /** Takes a part of the table in which later attempts are looked for. */
  takePart(part: Part): void;
  /** Takes the rows in which a part may have found later attempts. */
  takeFound(rows: readonly Operation[]): void;
  /** A reading took too long. Returns false if no smaller one is possible. */
  makeSmaller(reading: FailureReading): boolean;
  /** Takes the parent tables of the constraints that were looked up. */
  takeForeignKeys(asked: readonly string[], parents: readonly (readonly [string, string])[]): void;
  /** The last acceptance of each operation, by id. */
  takeAccepted(known: ReadonlyMap<number, Acceptance>): void;
  triage(): Triage;
  /** Whether all failures are known, each with its resolution. */
  isWhole(): boolean;
  clear(): void;
}

export type FailureReading =
  /** The failed operations above an id; null: from the lowest on. */
  | { readonly kind: 'failed'; readonly above: number | null }
  /** The rows of these ids. */
  | { readonly kind: 'attempts'; readonly ids: readonly number[] }
  /** Later attempts are looked for in the whole table. */
  | LaterReading
  /** The parent tables of these constraints. */
  | { readonly kind: 'foreign keys'; readonly names: readonly string[] };

/** Maximum number of failures in the index. */
export const maxIndexed = 200_000;

/** How many attempts are read at a time. */
const attemptsRead = 2000;

/** Up to this many failures, the counts of the id ranges find the later attempts (sql/queries/range.sql). */
const maxCounted = 5000;

/** Failed operations are listed again after this many seconds at the earliest, and if there are many of them. */
const listAgainSeconds = 10;
const listManyAgainSeconds = 60;
const many = 5000;

export function createFailureIndex(): FailureIndex {
  let entries = new Map<number, FailureEntry>();
  let lineages = createFailureLineages();
  /** How many failed operations the table has; null if the last poll did not count them. */
  let failedInTable: number | null = null;
  let isCounted = false;
  let takenAt = 0;
  /** The id up to which failed operations are listed; undefined if no listing is in progress. */
  let listedTo: number | null | undefined;
  let listing = 0;
  let listedAt = Number.NEGATIVE_INFINITY;
  /** How many failures the last listing did not find: their rows cannot be read. */
  let unlisted = 0;
  let wasDecided = false;
  let foreignKeys = createForeignKeys();
  let later = createLaterAttempts();
  /** The digests of the source queries of the listing in progress. */
  let digests = new Map<number, number | null>();
  let isCurrent = false;
  let totals: readonly Total[] = [];
  let accepted: ReadonlyMap<number, Acceptance> = new Map();
  let made: Triage | null = null;
  const kindOf = createKinds();

  function put(operation: Operation): void {
    const { id } = operation;
    const known = entries.get(id);
    if (known !== undefined && isVersionOf(known, operation)) {
      known.listing = listing;
      return;
    }
    if (known === undefined && entries.size >= maxIndexed) return;
    if (known !== undefined) remove(id);
    // The later attempts of a new failure are still to come: polls read them.
    const entry = failureEntry(operation, kindOf(operation.errorMessage), listing, wasDecided);
    entries.set(id, entry);
    foreignKeys.note(entry.failure.kind, operation.errorMessage);
    judge(entry);
    lineages.put(operation);
    made = null;
  }

  /** Looks for the later attempts of the failures that were listed, if the totals do not have them. */
  function search(): void {
    if (Math.max(failedInTable ?? 0, entries.size) > maxCounted) {
      for (const [id, digest] of digests) {
        const entry = entries.get(id);
        if (entry === undefined || entry.isSearched) continue;
        entry.isSearched = true;
        later.add(digest);
      }
    }
    digests = new Map();
  }

  function remove(id: number): void {
    const entry = entries.get(id);
    if (entry === undefined) return;
    lineages.remove(id, entry.failure);
    entries.delete(id);
    made = null;
  }

  /** Takes over what the lineages have found out. */
  function resolve(): void {
    for (const { id, by, open } of lineages.resolve()) {
      const entry = entries.get(id);
      if (entry === undefined) continue;
      entry.by = by;
      setOpenAttempt(entry, open);
      judge(entry);
    }
  }

  function setOpenAttempt(entry: FailureEntry, openAttempt: number | undefined): void {
    if (entry.failure.openAttempt === openAttempt) return;
    entry.failure = { ...entry.failure, openAttempt };
    made = null;
  }

  function judge(entry: FailureEntry): void {
    const resolution = resolutionOf(entry, accepted);
    const { resolution: before } = entry.failure;
    if (before.kind === resolution.kind && JSON.stringify(before) === JSON.stringify(resolution)) return;
    entry.failure = { ...entry.failure, resolution };
    made = null;
  }

  function nextNames(): FailureReading | null {
    const names = foreignKeys.wanted();
    return names.length === 0 ? null : { kind: 'foreign keys', names };
  }

  function isListed(): boolean {
    if (entries.size >= maxIndexed) return listing > 0;
    return failedInTable === null ? listing > 0 : entries.size === failedInTable - unlisted;
  }

  const isDecided = (): boolean => later.isDone() && lineages.wanted(1).length === 0;

  function isWhole(): boolean {
    const hasAll = isListed() && listedTo === undefined && entries.size < maxIndexed;
    // Once decided, a later attempt that is still read does not make the others uncertain.
    wasDecided ||= hasAll && isCounted && isDecided();
    return hasAll && wasDecided;
  }

  return {
    take(snapshot) {
      const { failures, counts, coverage } = snapshot;
      totals = snapshot.totals;
      takenAt = snapshot.takenAt;
      isCounted = coverage.countedAt !== null;
      isCurrent = !coverage.isStale;
      const isExact = isCounted && isCurrent;
      failedInTable = counts.failed ?? (isExact ? sumOf(totals, ({ statuses }) => statuses.failed) : null);
      for (const operation of failures) put(operation);
      for (const operation of snapshot.operations) {
        if (operation.status === 'failed') put(operation);
        else remove(operation.id);
      }
      if (failedInTable !== null && failures.length >= failedInTable) {
        unlisted = 0;
        const held = new Set(failures.map(({ id }) => id));
        for (const id of entries.keys()) if (!held.has(id)) remove(id);
      }
      lineages.offer(snapshot);
      resolve();
    },
    next() {
      const ids = lineages.wanted(attemptsRead);
      if (ids.length > 0) return { kind: 'attempts', ids };
      if (listedTo === undefined) {
        const rest = entries.size > many ? listManyAgainSeconds : listAgainSeconds;
        if (takenAt === 0 || isListed() || takenAt - listedAt < rest) {
          // Parts of the table are read once it is counted: until then the totals say more.
          return (isCounted && isCurrent ? later.next() : null) ?? nextNames();
        }
        listedTo = null;
        listing++;
      }
      return { kind: 'failed', above: listedTo };
    },
    takeListed(rows, last) {
      for (const row of rows) {
        put(row);
        digests.set(row.id, row.queryDigest ?? null);
      }
      const isEnd = last === null;
      if (!isEnd && entries.size < maxIndexed) {
        listedTo = last;
        return;
      }
      listedTo = undefined;
      listedAt = takenAt;
      search();
      if (isEnd) for (const [id, entry] of entries) if (entry.listing !== listing) remove(id);
      unlisted = isEnd && failedInTable !== null ? failedInTable - entries.size : 0;
      resolve();
    },
    takeAttempts(asked, rows) {
      lineages.take(asked, rows);
      resolve();
    },
    takePart(part) {
      later.take(part, (id) => entries.has(id));
      made = null;
    },
    takeFound(rows) {
      later.takeFound();
      lineages.offerRows(rows);
    },
    makeSmaller: ({ kind }) => kind === 'part' && later.makeSmaller(),
    takeForeignKeys(asked, parents) {
      foreignKeys.take(asked, parents);
      made = null;
    },
    takeAccepted(known) {
      if (known === accepted) return;
      const ids = [...accepted.keys(), ...known.keys()];
      accepted = known;
      for (const id of ids) {
        const entry = entries.get(id);
        if (entry !== undefined) judge(entry);
      }
    },
    triage() {
      const whole = isWhole();
      if (made === null || made.isWhole !== whole)
        made = whole && entries.size === 0 ? noFailures : triageOf(failuresOf(entries), whole, foreignKeys.parentsOf);
      const searched =
        whole || later.isDone() ? null : later.share(sumOf(totals, ({ statuses }) => operationsIn(statuses)));
      if (made.searched !== searched) made = { ...made, searched };
      return made;
    },
    isWhole,
    clear() {
      entries = new Map();
      lineages = createFailureLineages();
      failedInTable = null;
      listedTo = undefined;
      listedAt = Number.NEGATIVE_INFINITY;
      unlisted = 0;
      wasDecided = false;
      foreignKeys = createForeignKeys();
      later = createLaterAttempts();
      digests = new Map();
      takenAt = 0;
      listing = 0;
      made = null;
    },
  };
}

function* failuresOf(entries: ReadonlyMap<number, FailureEntry>): Generator<JudgedFailure> {
  for (const { failure } of entries.values()) yield failure;
}

function sumOf(totals: readonly Total[], figure: (total: Total) => number): number {
  return totals.reduce((sum, total) => sum + figure(total), 0);
}
