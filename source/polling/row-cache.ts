import { readMark } from '../domain/mark.ts';
import { endedAt, isLive, type Operation, type Status } from '../domain/operation.ts';
import { judgedLists } from './ledger-limits.ts';

/**
 * The rows whose last version is known: what the lists show, and what the next poll may bring again. By it, and by it
 * alone, it is known what a row was before it changed.
 */
export interface RowCache {
  get(id: number): Operation | undefined;
  /** Ids whose queries were not brought, though they are of other work than before under the same id. */
  strangers(): number[];
  /** Takes a version in. Returns what is held from now on; null where it is the version that is held already. */
  take(operation: Operation): Operation | null;
  remove(id: number): void;
  clear(): void;
  all(): Iterable<Operation>;
  inStatus(status: Status): number;
  /** Running and paused ones, newest first. */
  live(): Operation[];
  /** Failed ones, the newest failure first. */
  failures(): Operation[];
  /** The ids whose next version no other condition of a poll would surely bring. */
  idsUpTo(floor: bigint): number[];
  /** `id version` of those that the condition on transactions would bring again. */
  knownSince(xid: number): string[];
  /** Forgets what is neither listed, nor recent, nor watched. */
  prune(options: { floor: bigint; startedAfter: number; watched: readonly number[] }): void;
}

/** @param listed live and failed rows that are held at most, each; of live ones some more, since they are many for short times */
export function createRowCache(listed: number): RowCache {
  let rows = new Map<number, Operation>();
  let strangers = new Set<number>();

  const live = (): Operation[] => [...rows.values()].filter(({ status }) => isLive(status)).sort(newestFirst);
  const failures = (): Operation[] =>
    [...rows.values()].filter(({ status }) => status === 'failed').sort(newestFailureFirst);

  return {
    get: (id) => rows.get(id),
    take(operation) {
      const known = rows.get(operation.id);
      if (known !== undefined && isSame(known, operation)) return null;
      // Queries do not change, and come only with the first sight of a row.
      const held = known === undefined ? operation : withQueries(operation, known);
      rows.set(operation.id, held);
      if (known !== undefined && known.identity !== operation.identity && isListed(operation))
        strangers.add(operation.id);
      return held;
    },
    remove: (id) => void rows.delete(id),
    clear() {
      rows.clear();
      strangers.clear();
    },
    strangers: () => [...strangers],
    all: () => rows.values(),
    inStatus(status) {
      let count = 0;
      for (const row of rows.values()) if (row.status === status) count++;
      return count;
    },
    live,
    failures,
    idsUpTo: (floor) =>
      [...rows.values()]
        .filter(({ id, status }) => status !== 'failed' && id <= floor && !strangers.has(id))
        .map(({ id }) => id),
    knownSince: (xid) =>
      [...rows.values()].filter(({ version }) => isSince(version, xid)).map(({ id, version }) => `${id} ${version}`),
    prune({ floor, startedAfter, watched }) {
      const kept = new Map<number, Operation>();
      for (const row of rows.values()) {
        const isRecent = row.id > floor || (row.startedAt ?? Number.NEGATIVE_INFINITY) > startedAfter;
        if (isRecent || watched.includes(row.id)) kept.set(row.id, row);
      }
      for (const row of live().slice(0, judgedLists * listed)) kept.set(row.id, row);
      for (const row of failures().slice(0, listed)) kept.set(row.id, row);
      rows = kept;
      // Whoever was asked for as one has been brought.
      strangers = new Set([...strangers].filter((id) => !watched.includes(id) && rows.has(id)));
    },
  };
}

/** Whether a row's transaction is not older than another, as PostgreSQL compares them: on a circle of 2^32. */
export function isSince(version: string | null, xid: number): boolean {
  return version !== null && (Number(version) - xid + 2 ** 32) % 2 ** 32 < 2 ** 31;
}

function isListed(operation: Operation): boolean {
  return isLive(operation.status) || operation.status === 'failed';
}

function newestFirst(a: Operation, b: Operation): number {
  return b.id - a.id;
}

function newestFailureFirst(a: Operation, b: Operation): number {
  const [later, earlier] = [endedAt(b) ?? Number.NEGATIVE_INFINITY, endedAt(a) ?? Number.NEGATIVE_INFINITY];
  // Two infinities have no difference.
  return later === earlier ? b.id - a.id : later - earlier;
}

/** The same version of a row; of a table without versions, the same row. */
function isSame(a: Operation, b: Operation): boolean {
  if (a.version !== null || b.version !== null) return a.version === b.version && a.identity === b.identity;
  return (
    a.status === b.status &&
    a.recordsProcessed === b.recordsProcessed &&
    a.totalRecords === b.totalRecords &&
    a.startedAt === b.startedAt &&
    a.completedAt === b.completedAt &&
    a.batchSize === b.batchSize &&
    a.workerId === b.workerId &&
    a.errorMessage === b.errorMessage &&
    a.identity === b.identity
  );
}

function withQueries(operation: Operation, known: Operation): Operation {
  if (known.identity !== operation.identity) return operation;
  return {
    ...operation,
    sourceQuery: operation.sourceQuery ?? known.sourceQuery,
    validationQuery: withMark(known.validationQuery, operation.validationQuery),
  };
}

/** Of a row that is known a poll brings only the mark of the worker library (sql/queries/changes.sql). */
function withMark(known: string | null, brought: string | null): string | null {
  if (brought === null || brought === '') return known;
  const isMark = /^ ?\/\* migtop run=/.test(brought);
  return isMark ? `${readMark(known).text ?? ''}${brought}` : brought;
}
