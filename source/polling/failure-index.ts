import { type Acceptance, isAbout, type SeenFailure } from '../domain/acceptance.ts';
import { cleanLine } from '../domain/clean-text.ts';
import { failureOf } from '../domain/held-failures.ts';
import { type Operation, operationKey, type Phase } from '../domain/operation.ts';
import type { Snapshot, Total } from '../domain/snapshot.ts';
import { type JudgedFailure, noFailures, type Resolution, type Triage, triageOf } from '../domain/triage.ts';
import { evidenceOf } from '../domain/works.ts';
import { createEvidence } from './evidence.ts';
import { createFailureLineage, type FailureLineage } from './failure-lineage.ts';
import { createForeignKeys } from './foreign-keys.ts';

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
  /** The parent tables of these constraints. */
  | { readonly kind: 'foreign keys'; readonly names: readonly string[] };

/** Maximum number of failures in the index. */
export const maxIndexed = 200_000;

/** How many attempts are read at a time. */
const attemptsRead = 500;

/** Failed operations are listed again after this many seconds at the earliest, and if there are many of them. */
const listAgainSeconds = 10;
const listManyAgainSeconds = 60;
const many = 5000;

interface Entry {
  failure: JudgedFailure;
  /** The operation's digest and the version of its row. */
  readonly seen: Pick<SeenFailure, 'identity' | 'version'>;
  readonly version: string;
  /** The operation that has completed the same work since. */
  by: number | null;
  /** The number of the listing that has read it last. */
  listing: number;
}

export function createFailureIndex(): FailureIndex {
  let entries = new Map<number, Entry>();
  let lineages = new Map<string, FailureLineage>();
  /** The totals whose rows were offered to the lineages. */
  let offered = new WeakSet<Total>();
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
  let accepted: ReadonlyMap<number, Acceptance> = new Map();
  let made: Triage | null = null;
  const evidenceOfRow = createEvidence();

  function lineageOf(phase: Phase, tableName: string): FailureLineage {
    const key = `${phase} ${tableName}`;
    const known = lineages.get(key);
    if (known !== undefined) return known;
    const lineage = createFailureLineage();
    lineages.set(key, lineage);
    return lineage;
  }

  function put(operation: Operation): void {
    const { id } = operation;
    const known = entries.get(id);
    const version = versionOf(operation);
    if (known?.version === version) {
      known.listing = listing;
      return;
    }
    if (known === undefined && entries.size >= maxIndexed) return;
    if (known !== undefined) remove(id);
    const evidence = evidenceOf({ ...operation, sourceQuery: beginningOf(operation.sourceQuery) });
    const failure = failureOf(operation, { kind: 'unresolved' });
    const seen = { identity: operation.identity, version: operation.version };
    const entry: Entry = { failure, seen, version, by: null, listing };
    entries.set(id, entry);
    foreignKeys.note(failure.kind, operation.errorMessage);
    judge(entry);
    lineageOf(operation.phase, operation.tableName).put(id, evidence);
    made = null;
  }

  function remove(id: number): void {
    const entry = entries.get(id);
    if (entry === undefined) return;
    const { phase, tableName } = entry.failure;
    lineageOf(phase, tableName).remove(id);
    entries.delete(id);
    made = null;
  }

  function offer({ totals, operations }: Snapshot): void {
    for (const total of totals) {
      if (total.statuses.failed === 0 || offered.has(total)) continue;
      offered.add(total);
      const lineage = lineageOf(total.phase, total.tableName);
      lineage.offer(total.rows);
      lineage.offer(total.attempts);
    }
    for (const operation of operations) {
      const lineage = lineages.get(`${operation.phase} ${operation.tableName}`);
      if (lineage !== undefined && operation.status !== 'failed') lineage.offer([evidenceOfRow(operation)]);
    }
  }

  /** Takes over what the lineages have found out. */
  function resolve(): void {
    for (const lineage of lineages.values()) {
      const others = lineage.resolve();
      if (others === null) continue;
      for (const id of lineage.ids()) {
        const entry = entries.get(id);
        if (entry === undefined) continue;
        entry.by = others.resolved.get(id) ?? null;
        setOpenAttempt(entry, others.open.get(id));
        judge(entry);
      }
    }
  }

  function setOpenAttempt(entry: Entry, openAttempt: number | undefined): void {
    if (entry.failure.openAttempt === openAttempt) return;
    entry.failure = { ...entry.failure, openAttempt };
    made = null;
  }

  function judge(entry: Entry): void {
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

  const isDecided = (): boolean => [...lineages.values()].every((lineage) => lineage.wanted(1).length === 0);

  function isWhole(): boolean {
    const hasAll = isListed() && listedTo === undefined && entries.size < maxIndexed;
    // Once decided, a later attempt that is still read does not make the others uncertain.
    wasDecided ||= hasAll && isCounted && isDecided();
    return hasAll && wasDecided;
  }

  return {
    take(snapshot) {
      const { failures, operations, counts, coverage, totals } = snapshot;
      takenAt = snapshot.takenAt;
      isCounted = coverage.countedAt !== null;
      const isExact = isCounted && !coverage.isStale;
      failedInTable =
        counts.failed ?? (isExact ? totals.reduce((sum, { statuses }) => sum + statuses.failed, 0) : null);
      for (const operation of failures) put(operation);
      for (const operation of operations) {
        if (operation.status === 'failed') put(operation);
        else remove(operation.id);
      }
      if (failedInTable !== null && failures.length >= failedInTable) {
        unlisted = 0;
        const held = new Set(failures.map(({ id }) => id));
        for (const id of entries.keys()) if (!held.has(id)) remove(id);
      }
      offer(snapshot);
      resolve();
    },
    next() {
      const ids: number[] = [];
      for (const lineage of lineages.values())
        if (ids.length < attemptsRead) ids.push(...lineage.wanted(attemptsRead - ids.length));
      if (ids.length > 0) return { kind: 'attempts', ids };
      if (listedTo === undefined) {
        const rest = entries.size > many ? listManyAgainSeconds : listAgainSeconds;
        if (failedInTable === null || isListed() || takenAt - listedAt < rest) return nextNames();
        listedTo = null;
        listing++;
      }
      return { kind: 'failed', above: listedTo };
    },
    takeListed(rows, last) {
      for (const row of rows) put(row);
      const isEnd = last === null;
      if (!isEnd && entries.size < maxIndexed) {
        listedTo = last;
        return;
      }
      listedTo = undefined;
      listedAt = takenAt;
      if (isEnd) for (const [id, entry] of entries) if (entry.listing !== listing) remove(id);
      unlisted = isEnd && failedInTable !== null ? failedInTable - entries.size : 0;
      resolve();
    },
    takeAttempts(asked, rows) {
      const read = new Map(rows.map((row) => [row.id, row]));
      for (const lineage of lineages.values()) lineage.take(asked, read);
      resolve();
    },
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
      return made;
    },
    isWhole,
    clear() {
      entries = new Map();
      lineages = new Map();
      offered = new WeakSet();
      failedInTable = null;
      listedTo = undefined;
      listedAt = Number.NEGATIVE_INFINITY;
      unlisted = 0;
      wasDecided = false;
      foreignKeys = createForeignKeys();
      listing = 0;
      made = null;
    },
  };
}

function* failuresOf(entries: ReadonlyMap<number, Entry>): Generator<JudgedFailure> {
  for (const { failure } of entries.values()) yield failure;
}

function resolutionOf({ failure, seen, by }: Entry, accepted: ReadonlyMap<number, Acceptance>): Resolution {
  if (by !== null) return { kind: 'resolved', by };
  const { id, failedAt } = failure;
  const last = accepted.get(id);
  if (last === undefined || !last.isAccepted || !isAbout(last, { ...seen, id, failedAt }))
    return { kind: 'unresolved' };
  return { kind: 'accepted', who: last.who, at: last.at, note: last.note };
}

/** The part of a query that the totals and the polls have too. */
function beginningOf(query: string | null): string | null {
  return query === null ? null : cleanLine(query.slice(0, 400));
}

/** Tells two versions of a row apart, also if the relation has no `xmin`. */
function versionOf(operation: Operation): string {
  const { version, completedAt, startedAt, errorMessage } = operation;
  return `${operationKey(operation)} ${version ?? `${startedAt} ${completedAt} ${errorMessage}`}`;
}
