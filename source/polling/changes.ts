import type { Operation, Status, StatusCounts, Unreadable } from '../domain/operation.ts';
import type { RangeCount } from '../domain/range-count.ts';
import type { HistorySpan, WorkerConnection } from '../domain/snapshot.ts';
import type { Urgency } from './counting-rest.ts';
import { highestId, type IdRange, lowestId } from './id-range.ts';
import { liveStatuses } from './ledger-limits.ts';

/** The parameters of one poll (sql/queries/changes.sql). */
export interface ChangesRequest {
  /** Whether all live rows are read again, up to the limit. */
  readonly isFull: boolean;
  /** Rows written by this transaction (xid) or a later one may have changed; null reads only `entire` and `watched`. */
  readonly since: number | null;
  /** Ids above this one are candidates. */
  readonly above: bigint | null;
  /** Above this id only live and failed rows are read; null reads all changed rows. */
  readonly upTo: bigint | null;
  /** The server adds up the new rows above `upTo` that have ended (summed.ts); null if it does not. */
  readonly summed: SummedRequest | null;
  /** Operations that started after this timestamp are candidates. */
  readonly startedAfter: number | null;
  readonly statuses: readonly Status[];
  readonly ids: readonly number[];
  /** Statuses of which every row is read, changed or not: at the first poll, and after drift. */
  readonly entire: readonly Status[];
  /** Ids that are read whether they changed or not. */
  readonly watched: readonly number[];
  /** `id version` of rows that are not sent again. */
  readonly known: readonly string[];
  readonly limit: number;
  /** Statuses whose rows are counted. */
  readonly counted: readonly Status[];
}

export interface SummedRequest {
  /** When the last poll was taken. */
  readonly since: number;
  /** How many ids below the highest one the next poll reads again. */
  readonly lateIds: number;
}

/** The answer to one poll: one snapshot of the database. */
export interface Changes {
  readonly takenAt: number;
  /** The oldest transaction whose end this snapshot could not see, as a 64-bit txid, which never wraps around. */
  readonly xmin: number;
  /** The first transaction id that was not assigned yet. */
  readonly xmax: number;
  /** Whether the server is no standby, and its transactions are not read-only by default. */
  readonly takesWrites: boolean;
  /** When the server started, and the table's oid and the names of its files: they differ for another server or table. */
  readonly server: number;
  readonly storage: string;
  /** How many rows were ever inserted, updated and deleted, by the statistics: late, and only a hint. */
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** When the statistics were reset, as a text that differs after each reset, and after a crash of the server. */
  readonly resets: string;
  readonly highestId: bigint | null;
  /** Read at the first poll only. */
  readonly lowestId: bigint | null;
  readonly newestStart: number | null;
  readonly counts: Partial<StatusCounts>;
  readonly operations: readonly Operation[];
  readonly unreadable: readonly Unreadable[];
  readonly sessions: readonly WorkerConnection[];
}

/** A step of counting between two polls: completes the totals and finds changes that polls do not see. */
export type CountingWork =
  /** Count a range of ids (sql/queries/range.sql), or count it in brief (sql/queries/range-brief.sql). */
  | {
      readonly kind: 'range';
      readonly range: IdRange;
      readonly limit: number | null;
      readonly urgency: Urgency;
      readonly isBrief?: boolean;
    }
  /** Count a status in each range (sql/queries/probe.sql): the table and the ledger have different numbers of it. */
  | { readonly kind: 'probe'; readonly status: Status; readonly ranges: readonly IdRange[] };

/** The result of a step of counting, from the same snapshot as the changes it was read with. */
export type CountingResult =
  | {
      readonly kind: 'range';
      readonly range: IdRange;
      readonly counted: RangeCount;
      readonly history: readonly HistorySpan[];
    }
  | {
      readonly kind: 'probe';
      readonly status: Status;
      readonly ranges: readonly IdRange[];
      readonly counts: readonly number[];
    };

/** The request of the first poll: all live and failed rows. */
export function firstRequest(options: Pick<ChangesRequest, 'watched' | 'limit' | 'counted'>): ChangesRequest {
  return {
    isFull: true,
    since: null,
    above: null,
    upTo: null,
    summed: null,
    startedAfter: null,
    statuses: liveStatuses,
    ids: [],
    entire: liveStatuses,
    known: [],
    ...options,
  };
}

/** The request of a later poll. */
export function nextRequest(
  options: Omit<ChangesRequest, 'entire'> & {
    /** Statuses with too many rows to read them all. */
    readonly many: ReadonlySet<Status>;
  },
): ChangesRequest {
  const { many, ...request } = options;
  return {
    ...request,
    // A status that is no condition is not read entirely: a row of it that does not come is not gone.
    entire: request.isFull ? request.statuses.filter((status) => !many.has(status)) : [],
  };
}

/** The request that is sent with a count: the count of the highest range has the new rows, so they are not added up too. */
export function requestWith(work: CountingWork, request: ChangesRequest): ChangesRequest {
  const hasNewRows = work.kind === 'range' && work.range.last === highestId;
  return hasNewRows && request.summed !== null ? { ...request, upTo: null, summed: null } : request;
}

/** Maximum number of transactions between two polls: half of those that `age` can compare. */
const farthestTransactions = 2 ** 30;

/** Maximum number of seconds by which the clock of a server may be set back between two polls. */
const mostSecondsBack = 7200;

/**
 * Why the ledger has to begin again, or null.
 *
 * @param floor each poll reads the ids above this one again
 * @param limit maximum number of changed rows in one poll
 */
export function whyBeginAgain(
  last: Changes | null,
  changes: Changes,
  { floor, limit }: { readonly floor: bigint; readonly limit: number },
): 'another table' | 'another server' | 'too much' | null {
  if (last === null) return null;
  if (changes.storage !== last.storage || (changes.highestId ?? lowestId) < floor) return 'another table';
  if (changes.server !== last.server || changes.xmin < last.xmin) return 'another server';
  // `age` cannot compare transactions that are farther apart, and the clock of one server does not go back far.
  if (changes.xmin - last.xmin > farthestTransactions || changes.takenAt < last.takenAt - mostSecondsBack)
    return 'another server';
  // Too many rows changed to follow them.
  return changes.operations.length + changes.unreadable.length >= limit ? 'too much' : null;
}
