import { readMark } from '../domain/mark.ts';
import { isLive, type Operation, type Status } from '../domain/operation.ts';
import { isSameVersion } from '../domain/same-version.ts';
import { judgedLists } from './ledger-limits.ts';
import { createSortedFailures } from './sorted-failures.ts';

/**
 * The last version of rows that polls have read: the rows that the lists show, and the rows that the next poll may read again.
 * When a row changes, the ledger takes its old version from here.
 */
export interface RowCache {
  get(id: number): Operation | undefined;
  /** Ids whose row is another operation than before: their queries have to be read again. */
  strangers(): number[];
  /** Stores a version. Returns it completed with the known queries; null if this version is stored already. */
  take(operation: Operation): Operation | null;
  remove(id: number): void;
  clear(): void;
  /** Takes the rows of an earlier run, which have no texts: the next poll reads all of them again. */
  resume(kept: readonly Operation[]): void;
  all(): Iterable<Operation>;
  inStatus(status: Status): number;
  /** Running operations and then paused ones, newest first: however many are paused, the running ones are listed. */
  live(): readonly Operation[];
  /** The failed operations that are listed, newest failure first: the same array until one of them changes. */
  failures(): readonly Operation[];
  /** The live operations that are listed, running ones first, and then the last versions of these changed rows. */
  listed(changed: Iterable<Operation>): Operation[];
  /** Ids that each poll has to name, because no other condition is certain to read their next version. */
  idsUpTo(floor: bigint): number[];
  /** `id version` of the rows that the condition on transactions would read again. */
  knownSince(xid: number): string[];
  /**
   * Removes rows that are not listed, recent or watched, and that the next poll does not read again because of its `statuses`: as it
   * does with rows that a transaction since `since` wrote, and with those without a version.
   */
  prune(options: {
    floor: bigint;
    startedAfter: number;
    watched: readonly number[];
    statuses: readonly Status[];
    since: number;
  }): void;
}

/** @param listed maximum number of failed rows; of live rows, `judgedLists` times as many */
export function createRowCache(listed: number): RowCache {
  let rows = new Map<number, Operation>();
  let strangers = new Set<number>();
  /** Rows of an earlier run that were not read again yet: they have no texts. */
  let bare = new Set<number>();

  // Sorted once for each change of such a row: several steps of each poll read them, and mostly nothing changed.
  let sortedLive: readonly Operation[] | null = null;
  const sortedFailures = createSortedFailures(() => rows.values());
  let cutFailures: readonly Operation[] | null = null;
  const live = (): readonly Operation[] => {
    sortedLive ??= [...rows.values()].filter(({ status }) => isLive(status)).sort(runningFirst);
    return sortedLive;
  };
  const failures = sortedFailures.all;
  const listedFailures = (): readonly Operation[] => {
    if (failures().length > listed) cutFailures ??= failures().slice(0, listed);
    return cutFailures ?? failures();
  };
  const changed = (row: Operation): void => {
    if (isLive(row.status)) sortedLive = null;
    if (row.status === 'failed') cutFailures = null;
  };
  const left = (row: Operation | undefined): void => {
    if (row === undefined) return;
    changed(row);
    sortedFailures.remove(row);
  };
  const entered = (row: Operation): void => {
    changed(row);
    sortedFailures.add(row);
  };

  return {
    get: (id) => rows.get(id),
    take(operation) {
      const known = rows.get(operation.id);
      const isBare = bare.delete(operation.id);
      if (known !== undefined && isSameVersion(known, operation)) {
        if (isBare) {
          rows.set(operation.id, operation);
          left(known);
          entered(operation);
        }
        return null;
      }
      // Queries do not change: a poll sends them only with the first version of a row.
      const stored = known === undefined ? operation : withQueries(operation, known);
      rows.set(operation.id, stored);
      left(known);
      entered(stored);
      if (known !== undefined && known.identity !== operation.identity && isListed(operation))
        strangers.add(operation.id);
      return stored;
    },
    remove(id) {
      left(rows.get(id));
      rows.delete(id);
      bare.delete(id);
    },
    clear() {
      rows.clear();
      sortedLive = null;
      sortedFailures.clear();
      cutFailures = null;
      strangers.clear();
      bare.clear();
    },
    resume(kept) {
      rows = new Map(kept.map((row) => [row.id, row]));
      bare = new Set(rows.keys());
      // A full poll reads the live and failed ones in any case.
      strangers = new Set(kept.filter((row) => !isListed(row)).map(({ id }) => id));
      sortedFailures.clear();
      for (const row of kept) changed(row);
    },
    strangers: () => [...strangers],
    all: () => rows.values(),
    inStatus(status) {
      if (status === 'failed') return failures().length;
      let count = 0;
      for (const row of rows.values()) if (row.status === status) count++;
      return count;
    },
    live,
    failures: listedFailures,
    listed(changed) {
      const shown = new Map(
        live()
          .slice(0, judgedLists * listed)
          .map((row) => [row.id, row]),
      );
      for (const row of changed) if (!shown.has(row.id)) shown.set(row.id, rows.get(row.id) ?? row);
      return [...shown.values()];
    },
    idsUpTo: (floor) =>
      [...rows.values()]
        .filter(({ id, status }) => status !== 'failed' && id <= floor && !strangers.has(id) && !bare.has(id))
        .map(({ id }) => id),
    knownSince: (xid) =>
      [...rows.values()].filter(({ version }) => isSince(version, xid)).map(({ id, version }) => `${id} ${version}`),
    prune({ floor, startedAfter, watched, statuses, since }) {
      const isReadAgain = ({ status, version }: Operation): boolean =>
        statuses.includes(status) && (version === null || isSince(version, since));
      const unlisted = new Set([...live().slice(judgedLists * listed), ...failures().slice(listed)]);
      for (const row of rows.values()) {
        // Most rows are listed.
        const mayStay = isListed(row);
        if (mayStay && (unlisted.size === 0 || !unlisted.has(row))) continue;
        const isRecent = row.id > floor || (row.startedAt ?? Number.NEGATIVE_INFINITY) > startedAfter;
        if (isRecent || watched.includes(row.id) || (mayStay && isReadAgain(row))) continue;
        left(row);
        rows.delete(row.id);
      }
      // The poll has read those that it watched.
      strangers = new Set([...strangers].filter((id) => !watched.includes(id) && rows.has(id)));
    },
  };
}

/** Whether the transaction that wrote a row is not older than another, as PostgreSQL compares them: modulo 2^32. */
export function isSince(version: string | null, xid: number): boolean {
  return version !== null && (Number(version) - xid + 2 ** 32) % 2 ** 32 < 2 ** 31;
}

function isListed(operation: Operation): boolean {
  return isLive(operation.status) || operation.status === 'failed';
}

function runningFirst(a: Operation, b: Operation): number {
  return Number(b.status === 'running') - Number(a.status === 'running') || b.id - a.id;
}

function withQueries(operation: Operation, known: Operation): Operation {
  if (known.identity !== operation.identity) return operation;
  const { queryDigest = known.queryDigest, queryKey = known.queryKey } = operation;
  return {
    ...operation,
    ...(queryDigest === undefined ? {} : { queryDigest }),
    ...(queryKey === undefined ? {} : { queryKey }),
    sourceQuery: operation.sourceQuery ?? known.sourceQuery,
    validationQuery: withMark(known.validationQuery, operation.validationQuery),
  };
}

/** For a known row a poll reads only the mark of the worker library (sql/queries/changes.sql). */
function withMark(known: string | null, read: string | null): string | null {
  if (read === null || read === '') return known;
  const isMark = /^ ?\/\* migtop run=/.test(read);
  return isMark ? `${readMark(known).text ?? ''}${read}` : read;
}
