import type { Operation, Status, StatusCounts, Unreadable } from '../domain/operation.ts';
import type { RangeCount } from '../domain/range-count.ts';
import type { HistorySpan, WorkerConnection } from '../domain/snapshot.ts';
import type { Urgency } from './counting-rest.ts';
import { type IdRange, lowestId } from './id-range.ts';
import { liveStatuses } from './ledger-limits.ts';

/** What the next poll asks the table for (sql/queries/changes.sql). */
export interface ChangesRequest {
  /** Whether all live rows are read again, as far as they are not too many. */
  readonly isFull: boolean;
  /** The transaction (xid) from which on a row may be news; null brings only what `entire` and `watched` name. */
  readonly since: number | null;
  readonly above: bigint | null;
  readonly startedAfter: number | null;
  readonly statuses: readonly Status[];
  readonly ids: readonly number[];
  /** Statuses of which every row is brought, changed or not: at the first poll, and where something was missed. */
  readonly entire: readonly Status[];
  /** Brought whether they changed or not. */
  readonly watched: readonly number[];
  readonly known: readonly string[];
  readonly limit: number;
  readonly counted: readonly Status[];
}

/** What it brought: one moment of the database. */
export interface Changes {
  readonly takenAt: number;
  /** The oldest transaction whose end this snapshot could not see, as PostgreSQL counts them for ever (txid). */
  readonly xmin: number;
  /** The first transaction that had not begun. */
  readonly xmax: number;
  /** What tells one server, and one set of files, from another. */
  readonly server: number;
  readonly storage: string;
  /** Rows that were ever updated and deleted, as the statistics have it: late, and a hint only. */
  readonly updated: number;
  readonly deleted: number;
  readonly highestId: bigint | null;
  /** Asked for at the first poll only. */
  readonly lowestId: bigint | null;
  readonly newestStart: number | null;
  readonly counts: Partial<StatusCounts>;
  readonly operations: readonly Operation[];
  readonly unreadable: readonly Unreadable[];
  readonly sessions: readonly WorkerConnection[];
}

/** What is done between two polls to make the totals whole, and to find what no poll can see. */
export type CountingWork =
  /** Count a range of ids (sql/queries/range.sql). */
  | { readonly kind: 'range'; readonly range: IdRange; readonly limit: number | null; readonly urgency: Urgency }
  /** Count a status by ranges (sql/queries/probe.sql): somewhere the table holds another number than the ledger. */
  | { readonly kind: 'probe'; readonly status: Status; readonly ranges: readonly IdRange[] };

/** What came of it, in the same snapshot as the changes that it came with. */
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

/** What the first poll asks for: all that is live. */
export function firstRequest(asked: Pick<ChangesRequest, 'watched' | 'limit' | 'counted'>): ChangesRequest {
  return {
    isFull: true,
    since: null,
    above: null,
    startedAfter: null,
    statuses: liveStatuses,
    ids: [],
    entire: liveStatuses,
    known: [],
    ...asked,
  };
}

/**
 * Why all has to be counted again, or null.
 *
 * @param floor the id from which on rows may have been committed late
 * @param limit how many changed rows a poll brings at most
 */
export function whyAnew(
  last: Changes | null,
  changes: Changes,
  { floor, limit }: { readonly floor: bigint; readonly limit: number },
): 'another table' | 'another server' | 'too much' | null {
  if (last === null) return null;
  if (changes.storage !== last.storage || (changes.highestId ?? lowestId) < floor) return 'another table';
  if (changes.server !== last.server || changes.xmin < last.xmin) return 'another server';
  // Too many rows changed to follow them.
  return changes.operations.length + changes.unreadable.length >= limit ? 'too much' : null;
}
