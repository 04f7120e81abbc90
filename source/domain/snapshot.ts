import type { Operation, Phase, StatusCounts, Unreadable } from './operation.ts';
import type { NamedCounting } from './progress.ts';
import type { WorkerSession } from './worker-session.ts';
import type { EvidenceRow, Marked } from './works.ts';
import type { Zone } from './zone.ts';

/** The operations of one phase and table, added up. Stamps as in `Operation`. A NULL or negative counter counts nothing. */
export interface Total {
  readonly phase: Phase;
  readonly tableName: string;
  readonly statuses: StatusCounts;
  readonly recordsProcessed: number;
  /** The totals of all rows added up; a row without one counts with its records. */
  readonly totals: number;
  readonly rowsWithTotal: number;
  /** Rows with a counter above 0 and without a total above 0; those whose counter is above their batch size, or that have none. */
  readonly bare: number;
  readonly bareOutside: number;
  /** The rows whose total is above their batch size, or that have no batch size or no total. */
  readonly main: RowSums;
  /** The rows whose total is at most their batch size. */
  readonly side: RowSums;
  readonly largestCompleted: number | null;
  readonly largestBatch: number | null;
  /** The first start, or null where none of them has one. */
  readonly startedAt: number | null;
  /** The last completion, or null where none of them has one. */
  readonly completedAt: number | null;
  /** The completed operations whose two stamps are finite and in order, their records, and the seconds they took. */
  readonly timedOperations: number;
  readonly timedRecords: number;
  readonly timedSeconds: number;
  /** The rows themselves where they are few; else those by whose order it is told how the table counts, if it takes any. */
  readonly rows: readonly EvidenceRow[];
  readonly hasAllRows: boolean;
  /** Where they are not all there: the rows that are attempts of one work together with others (domain/works.ts). */
  readonly attempts: readonly EvidenceRow[];
  /** Where they are not all there: what `migtop/worker` wrote on the first of them; null where others wrote them. */
  readonly marked: Marked | null;
  /** How it counts, where somebody said so (`--counting`). */
  readonly named?: NamedCounting;
}

/** Rows that are alike, added up, as evidence of how their table counts (domain/counting-rules.ts). */
export interface RowSums {
  /** Those with a total above 0: how many they are, completed ones that reached it, open and failed ones. */
  readonly works: number;
  readonly reachedWorks: number;
  readonly openWorks: number;
  readonly failedWorks: number;
  /** Those whose total is their batch size. */
  readonly unitWorks: number;
  readonly records: number;
  /** Totals added up; a row without one adds nothing. */
  readonly totals: number;
  readonly largestTotal: number | null;
  /** Above 0. */
  readonly smallestTotal: number | null;
  /** Rows with a counter and a total above 0; those whose counter is above their batch size, or that have none. */
  readonly evidence: number;
  readonly outside: number;
  /** Of `evidence`, those that ended. */
  readonly endedEvidence: number;
  readonly largestEnded: number | null;
  readonly smallestEnded: number | null;
  /** The largest counter among the running, paused and completed ones. */
  readonly largestLive: number | null;
}

/** How much of the table the totals hold, and how sure they are. */
export interface Coverage {
  /** 0 to 1: how much of the table has been counted since we look at it. */
  readonly share: number;
  /**
   * When the part of the table that was counted longest ago was counted, on the database's clock; null before all of it
   * was. What workers do shows at every poll; what somebody does to operations that ended long ago shows no later than
   * at the next count.
   */
  readonly countedAt: number | null;
  /** Something was changed that no poll can follow: a part of the totals waits to be counted again. */
  readonly isStale: boolean;
  /** Not even a small id range can be counted in the time that a statement may take. */
  readonly isTooSlow?: boolean;
}

/** A connection of a worker that names itself, and the processes that it waits for, if it waits for a lock. */
export interface WorkerConnection extends WorkerSession {
  readonly pid: number;
  readonly blockedBy: readonly number[];
}

/** Whether the totals are only those of a part of the table so far. */
export function isCounting({ coverage }: Pick<Snapshot, 'coverage'>): boolean {
  return coverage.countedAt === null;
}

/** All that is known after a poll: one moment of the database. */
export interface Snapshot {
  /** The database's clock when the snapshot was taken, in seconds since 1970 as `Operation` has them. */
  readonly takenAt: number;
  readonly totals: readonly Total[];
  readonly coverage: Coverage;
  /** The statuses of which every row was counted in this snapshot, whatever the totals hold so far. */
  readonly counts: Partial<StatusCounts>;
  /** The time zone of the table's writers; absent for UTC. */
  readonly zone?: Zone;
  /** Running and paused operations, those that started or ended since the last poll, and those that are watched. */
  readonly operations: readonly Operation[];
  /** The failed operations, newest first. */
  readonly failures: readonly Operation[];
  /**
   * Records that operations have processed since the last poll, by id, without those that a row held before it was first
   * seen; null where nothing can be compared. Rows that were inserted since are in it, also with 0.
   */
  readonly gained: ReadonlyMap<number, number> | null;
  /** What ended in the hour before the first poll, as far as it was found since the last one. */
  readonly history: readonly HistorySpan[];
  /** The connections of workers that name themselves (migtop/worker). */
  readonly sessions: readonly WorkerConnection[];
  /** False where the server does not show them. */
  readonly hasSessions?: boolean;
  /** Rows and groups of rows whose phase or status the specification does not have, or that hold no sense. */
  readonly unreadable: readonly Unreadable[];
}

/** Records that were moved in a stretch of time on the database's clock. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly records: number;
}

/** Records that the completed batches of one table moved. */
export interface HistorySpan extends Span {
  readonly tableName: string;
}

/** How fast the batches of one table and batch size went (specification, "Performance Analysis"). */
export interface BatchThroughput {
  readonly tableName: string;
  readonly batchSize: number | null;
  readonly recordsPerSecond: number | null;
  readonly averageBatchSeconds: number | null;
  readonly batchCount: number;
}
