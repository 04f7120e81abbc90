import type { Acceptance } from '../domain/acceptance.ts';
import type { Operation } from '../domain/operation.ts';
import type { Snapshot, Total } from '../domain/snapshot.ts';
import { operationsIn } from '../domain/summary.ts';
import type { Triage } from '../domain/triage.ts';
import { noFailures } from '../domain/triage-tally.ts';
import { createFailureEntries, maxIndexed } from './failure-entries.ts';
import { createFailureLineages } from './failure-lineages.ts';
import { createFailureListing } from './failure-listing.ts';
import { createForeignKeys } from './foreign-keys.ts';
import { createLaterAttempts, type LaterReading, type Part } from './later-attempts.ts';

/**
 * All failed operations of the table, by kind, and which of them are unresolved. Each poll keeps them up to date. If the table has
 * more of them than a poll lists, the others are read by id, in parts between polls (polling/failures.ts).
 */
export interface FailureIndex {
  /** Takes the rows of a poll. */
  take(snapshot: Snapshot): void;
  /** The next read; null if nothing has to be read. */
  next(): FailureReading | null;
  /**
   * Takes failed operations in order of id. `last` is the id after which to read on; null if there are no more.
   *
   * @returns after the last of them, the failures of the last poll that are not listed: they were deleted, or are not failed any more
   */
  takeListed(rows: readonly Operation[], last: number | null): readonly number[];
  /** Takes the attempts that were read by id. */
  takeAttempts(asked: readonly number[], rows: readonly Operation[]): void;
  /** Takes the attempts that were read again. */
  takeDoubted(asked: readonly number[], rows: readonly Operation[]): void;
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
  /** The rows of attempts that may be none any more. `isShown` if a poll has shown it, else they are read from time to time. */
  | { readonly kind: 'doubted'; readonly ids: readonly number[]; readonly isShown: boolean }
  /** Later attempts are looked for in the whole table. */
  | LaterReading
  /** The parent tables of these constraints. */
  | { readonly kind: 'foreign keys'; readonly names: readonly string[] };

/** How many attempts are read at a time. */
const attemptsRead = 2000;

/** Up to this many failures, the counts of the id ranges find the later attempts (sql/queries/range.sql). */
const maxCounted = 5000;

/** Facts of the last poll about the table. */
interface Seen {
  /** 0 before the first poll. */
  readonly takenAt: number;
  /** How many failed operations the table has; null if the poll did not count them. */
  readonly failed: number | null;
  /** Whether the table is counted, and whether the count is current. */
  readonly isCounted: boolean;
  readonly isCurrent: boolean;
  readonly totals: readonly Total[];
}

const nothingSeen: Seen = { takenAt: 0, failed: null, isCounted: false, isCurrent: false, totals: [] };

/**
 * Reads nothing itself: the caller runs the readings of `next` and passes on their rows. Holds at most `maxIndexed`
 * failures.
 */
export function createFailureIndex(): FailureIndex {
  const entries = createFailureEntries();
  let listing = createFailureListing();
  let lineages = createFailureLineages();
  let later = createLaterAttempts();
  let foreignKeys = createForeignKeys();
  let seen = nothingSeen;
  /** How many failures the last listing did not find: their rows cannot be read. */
  let unlisted = 0;
  let wasDecided = false;
  /** The rows of the last poll: those of failures that are listed later are compared with them. */
  let latest: Snapshot | null = null;
  /** The triage of the entries as they were at `changes`; null: other things that it is made from have changed. */
  let made: { readonly changes: number; readonly triage: Triage } | null = null;

  function put(operation: Operation): void {
    // The later attempts of a new failure are still to come: polls read them.
    const added = entries.put(operation, { listing: listing.number(), isSearched: wasDecided });
    if (added === null) return;
    foreignKeys.note(added.entry.failure.kind, operation.errorMessage);
    lineages.put(operation, added.before);
  }

  function remove(id: number): void {
    const failure = entries.remove(id);
    if (failure !== null) lineages.remove(id, failure);
  }

  /** Looks for the later attempts of the failures that were listed, if the totals do not have them. */
  function search(digests: ReadonlyMap<number, number | null>): void {
    if (Math.max(seen.failed ?? 0, entries.size()) <= maxCounted) return;
    for (const [id, digest] of digests) {
      const entry = entries.get(id);
      if (entry === undefined || entry.isSearched) continue;
      entry.isSearched = true;
      later.add(digest);
    }
  }

  /** Takes over what the lineages have found out. */
  function resolve(): void {
    for (const attempts of lineages.resolve()) entries.resolve(attempts);
  }

  function nextNames(): FailureReading | null {
    const names = foreignKeys.wanted();
    return names.length === 0 ? nextDoubted() : { kind: 'foreign keys', names };
  }

  function nextDoubted(): FailureReading | null {
    const doubted = lineages.doubted(attemptsRead);
    return doubted.ids.length === 0 ? null : { kind: 'doubted', ...doubted };
  }

  function isListed(): boolean {
    if (entries.size() >= maxIndexed || seen.failed === null) return listing.number() > 0;
    return entries.size() === seen.failed - unlisted;
  }

  const isDecided = (): boolean => later.isDone() && lineages.wanted(1).length === 0;

  function isWhole(): boolean {
    const hasAll = isListed() && !listing.isOn() && entries.size() < maxIndexed;
    // Once decided, a later attempt that is still read does not make the others uncertain.
    wasDecided ||= hasAll && seen.isCounted && isDecided();
    return hasAll && wasDecided;
  }

  return {
    take(snapshot) {
      const { failures } = snapshot;
      seen = seenIn(snapshot);
      latest = snapshot;
      for (const operation of failures) put(operation);
      for (const operation of snapshot.operations) {
        if (operation.status === 'failed') put(operation);
        else remove(operation.id);
      }
      if (seen.failed !== null && failures.length >= seen.failed) {
        unlisted = 0;
        const held = new Set(failures.map(({ id }) => id));
        // All of them are in the index: only if it has more, some are not failed any more.
        if (entries.size() > held.size) for (const [id] of entries.all()) if (!held.has(id)) remove(id);
      }
      // Rows that changed between a poll and the listing after it were none of those that cannot be read.
      if (seen.failed !== null) unlisted = Math.min(unlisted, Math.max(0, seen.failed - entries.size()));
      lineages.offer(snapshot);
      resolve();
    },
    next() {
      const ids = lineages.wanted(attemptsRead);
      if (ids.length > 0) return { kind: 'attempts', ids };
      if (!listing.isOn()) {
        if (seen.takenAt === 0 || isListed() || !listing.mayBegin(seen.takenAt, entries.size())) {
          // Parts of the table are read once it is counted: until then the totals say more.
          return (seen.isCounted && seen.isCurrent ? later.next() : null) ?? nextNames();
        }
        listing.begin();
      }
      return { kind: 'failed', above: listing.above() };
    },
    takeListed(rows, last) {
      for (const row of rows) {
        put(row);
        listing.note(row);
      }
      if (last !== null && entries.size() < maxIndexed) {
        listing.continueAbove(last);
        return [];
      }
      search(listing.end(seen.takenAt));
      unlisted = 0;
      if (last === null) {
        for (const [id, entry] of entries.all()) if (entry.listing !== listing.number()) remove(id);
        if (seen.failed !== null) unlisted = Math.max(0, seen.failed - entries.size());
      }
      if (latest !== null) lineages.offer(latest);
      resolve();
      const shown = last === null ? (latest?.failures ?? []) : [];
      return shown.flatMap(({ id }) => (entries.get(id) === undefined ? [id] : []));
    },
    takeAttempts(asked, rows) {
      lineages.take(asked, rows);
      resolve();
    },
    takeDoubted(asked, rows) {
      lineages.confirm(asked, rows);
      resolve();
    },
    takePart(part) {
      later.take(part, (id) => entries.get(id) !== undefined);
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
    takeAccepted: entries.accept,
    triage() {
      const whole = isWhole();
      const changes = entries.changes();
      if (made === null || made.changes !== changes || made.triage.isWhole !== whole) {
        const isEmpty = whole && entries.size() === 0;
        made = {
          changes,
          triage: isEmpty ? noFailures : entries.triage(whole, foreignKeys.parentsOf),
        };
      }
      const searched =
        whole || later.isDone() ? null : later.share(sumOf(seen.totals, ({ statuses }) => operationsIn(statuses)));
      if (made.triage.searched !== searched) made = { changes, triage: { ...made.triage, searched } };
      return made.triage;
    },
    isWhole,
    clear() {
      entries.clear();
      listing = createFailureListing();
      lineages = createFailureLineages();
      later = createLaterAttempts();
      foreignKeys = createForeignKeys();
      seen = nothingSeen;
      latest = null;
      unlisted = 0;
      wasDecided = false;
      made = null;
    },
  };
}

function seenIn({ takenAt, totals, counts, coverage }: Snapshot): Seen {
  const isCounted = coverage.countedAt !== null;
  const isCurrent = !coverage.isStale;
  const known = isCounted && isCurrent ? sumOf(totals, ({ statuses }) => statuses.failed) : null;
  return { takenAt, failed: counts.failed ?? known, isCounted, isCurrent, totals };
}

function sumOf(totals: readonly Total[], figure: (total: Total) => number): number {
  return totals.reduce((sum, total) => sum + figure(total), 0);
}
