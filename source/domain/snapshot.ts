import type { Backends } from './backend.ts';
import type { EarlierCounts } from './earlier.ts';
import type { Operation, Phase, StatusCounts, Unreadable } from './operation.ts';
import type { NamedCounting } from './progress.ts';
import type { Resume, TablePause } from './resumes.ts';
import type { SessionName } from './session-name.ts';
import type { Triage } from './triage.ts';
import type { AttemptsByWork, EvidenceRow, Marked } from './works.ts';
import type { Zone } from './zone.ts';

/** The sums of one phase and table. Timestamps as in `Operation`. A NULL or negative counter counts as 0. */
export interface Total {
  readonly phase: Phase;
  readonly tableName: string;
  readonly statuses: StatusCounts;
  readonly recordsProcessed: number;
  /** The sum of the totals; a row without a total adds its records. */
  readonly totals: number;
  readonly rowsWithTotal: number;
  /**
   * How many rows have a counter above 0 and no total above 0; how many of them have a counter above their batch size, or no
   * batch size.
   */
  readonly bare: number;
  readonly bareOutside: number;
  /** How many of them are completed, and the smallest counter of these. */
  readonly completedBare: number;
  readonly smallestCompletedBare: number | null;
  /** The rows with a counter and a total above 0: the sum of their counters, and the largest one. */
  readonly evidenceRecords: number;
  readonly largestEvidence: number | null;
  /** The largest counter of any row. */
  readonly largestProcessed: number | null;
  /** The rows with a total above their batch size, or without a batch size or a total. */
  readonly main: RowSums;
  /** The rows with a total up to their batch size. */
  readonly side: RowSums;
  readonly largestCompleted: number | null;
  readonly largestBatch: number | null;
  /** How many pending rows name a batch size, and the sum of these sizes. */
  readonly pendingSized: number;
  readonly pendingSizes: number;
  /** The first start; null if no row has one. */
  readonly startedAt: number | null;
  /** The last end; null if no row has one. */
  readonly completedAt: number | null;
  /** How many completed operations have two finite timestamps in order, their records, and their seconds. */
  readonly timedOperations: number;
  readonly timedRecords: number;
  readonly timedSeconds: number;
  /** All rows, if they are few; else sample rows: their order is evidence of how the table counts. */
  readonly rows: readonly EvidenceRow[];
  readonly hasAllRows: boolean;
  /** If `rows` is not complete: the works with several attempts, each with its attempts. */
  readonly attempts: AttemptsByWork;
  /**
   * The rows with the query of an operation that was given up, where they do not count as one work: the newest of each query, and retries
   * (domain/repeated-works.ts). A later one resolves a failure as in a smaller table.
   */
  readonly crowds?: AttemptsByWork;
  /** Whether some rows may share a work with others that are not in `attempts`. */
  readonly hasMoreAttempts?: boolean;
  /** If `rows` is not complete: how marked rows count, by the first rows; null if they are not marked. */
  readonly marked: Marked | null;
  /** How the table counts, if it is already decided: by the operator (`--counting`) or by earlier polls. */
  readonly named?: NamedCounting;
  /** Whether other rows of the phase and table have a status that the specification does not have: they may be open. */
  readonly hasUnreadable?: boolean;
  /** Whether `--since` leaves out earlier operations of the same run: the rows are only a part of those that share a total. */
  readonly isPart?: boolean;
}

/** The sums of rows of one side, as evidence of how their table counts (domain/counting-rules.ts). */
export interface RowSums {
  /** How many rows have a total above 0; how many of them are completed and reached it, are not completed, have failed. */
  readonly works: number;
  readonly reachedWorks: number;
  readonly unfinishedWorks: number;
  readonly failedWorks: number;
  /** The records of those that are not completed, and of rows with a total of 0 that are not. */
  readonly unfinishedRecords: number;
  /** How many rows have a total equal to their batch size. */
  readonly unitWorks: number;
  readonly records: number;
  /** The sum of the totals; a row without a total adds nothing. */
  readonly totals: number;
  readonly largestTotal: number | null;
  /** Above 0. */
  readonly smallestTotal: number | null;
  /** How many rows have a counter and a total above 0; how many of them have a counter above their batch size, or no batch size. */
  readonly evidence: number;
  readonly outside: number;
  /** How many rows of `evidence` are completed, and their largest and smallest counter. */
  readonly completedEvidence: number;
  readonly largestCompleted: number | null;
  readonly smallestCompleted: number | null;
  /** The largest counter of a running, paused or completed row. */
  readonly largestLive: number | null;
}

/** How much of the table the totals include, and how current they are. */
export interface Coverage {
  /** The share of the table that migtop has counted, 0 to 1. */
  readonly share: number;
  /**
   * When the oldest id range was counted, on the database's clock; null before all of the table was. Polls show all changes by
   * workers; changes of operations that ended long ago show at the next count of their id range.
   */
  readonly countedAt: number | null;
  /** Whether some id ranges must be counted again, after changes that no poll can follow. */
  readonly isStale: boolean;
  /** Whether the totals are those from before the table had to be counted again: later changes are not in them. */
  readonly isCarried?: boolean;
  /** Whether even a small id range takes longer to count than the statement timeout. */
  readonly isTooSlow?: boolean;
}

/** A connection of a worker that names its connections. `blockedBy`: the processes that hold a lock it waits for. */
export interface WorkerConnection extends SessionName {
  readonly pid: number;
  readonly blockedBy: readonly number[];
}

/** Whether migtop has not yet counted all of the table. */
export function isCounting({ coverage }: Pick<Snapshot, 'coverage'>): boolean {
  return coverage.countedAt === null;
}

/** Whether the totals are, as far as polls know, those of this moment. */
export function isCurrent(snapshot: Pick<Snapshot, 'coverage'>): boolean {
  const { isStale, isCarried } = snapshot.coverage;
  return !isCounting(snapshot) && !isStale && isCarried !== true;
}

/**
 * Whether the snapshots are of two tables: the one of this name was created again, or replaced by another. Its operations have nothing in
 * common with those of the other one, even if they have the same ids.
 */
export function isOtherTable(before: Pick<Snapshot, 'files'> | undefined, after: Pick<Snapshot, 'files'>): boolean {
  const [known, now] = [tableIn(before?.files), tableIn(after.files)];
  return known !== undefined && now !== undefined && known !== now;
}

/** The oid; of a view also what it selects. */
const tableIn = (files: string | undefined): string | undefined => /^\d\S*(?= )/.exec(files ?? '')?.[0];

/** Whether the server was restarted between two snapshots: in that time nobody was at work. */
export function isRestart(before: Pick<Snapshot, 'server'> | undefined, { server }: Pick<Snapshot, 'server'>): boolean {
  return before?.server !== undefined && server !== undefined && before.server !== server;
}

/** The result of a poll: the state of the table at one moment of the database. */
export interface Snapshot {
  /** The database's clock when the snapshot was taken, in seconds since 1970 as `Operation` has them. */
  readonly takenAt: number;
  readonly totals: readonly Total[];
  readonly coverage: Coverage;
  /** The operations before those of `--since`; absent if all are shown, and if they could not be read. */
  readonly earlier?: EarlierCounts;
  /** The counts of the statuses that this snapshot counted completely, even if the totals are not complete. */
  readonly counts: Partial<StatusCounts>;
  /** The time zone of the table's writers; absent for UTC. */
  readonly zone?: Zone;
  /**
   * The table's oid, of a view also what it selects, and after a blank the table's files, as a text that differs after the table was
   * rewritten; absent if they are not known.
   */
  readonly files?: string;
  /** When the server started, as a number that differs after a restart; absent if it was not read. */
  readonly server?: number;
  /** Whether the server is no standby, and its transactions are not read-only by default; absent if it was not read. */
  readonly takesWrites?: boolean;
  /** Whether the database's clock was changed since the poll before: the time between them is not known. */
  readonly isClockChanged?: boolean;
  /** Live operations, those that started or ended since the last poll, and those that tracked actions watch. */
  readonly operations: readonly Operation[];
  /** The failed operations, newest first. */
  readonly failures: readonly Operation[];
  /** All failed operations, by kind (polling/failures.ts); absent if only `failures` are known. */
  readonly triage?: Triage;
  /**
   * Records that operations have processed since the last poll, by id, without the records that a row had before it was first
   * seen; null if there is no earlier poll to compare with. It includes rows that were inserted since, even with 0.
   */
  readonly gained: ReadonlyMap<number, number> | null;
  /** The ids of operations that have got another start since the last poll; absent without any. */
  readonly begun?: ReadonlySet<number>;
  /** The gains of new operations that the server added up, since very many were added: they are in no list. */
  readonly summed?: readonly SummedGain[];
  /** Records of operations that ended in the hour before the first poll, as found since the last poll. */
  readonly history: readonly HistorySpan[];
  /** How workers changed tables in that hour; absent if it was not read. */
  readonly tableChanges?: TableChanges;
  /** The connections of workers that name them (migtop/worker). */
  readonly sessions: readonly WorkerConnection[];
  /** False if the server does not show them. */
  readonly hasSessions?: boolean;
  /** The sessions that may show why operations stand still; absent if none does, or if they could not be read. */
  readonly backends?: Backends;
  /** The last resumes of operations, by id, as far as the actions of operators have been read. */
  readonly resumes?: ReadonlyMap<number, Resume>;
  /** When the operations that are paused now were paused, by id, as far as the actions of operators have been read. */
  readonly pausedAt?: ReadonlyMap<number, number>;
  /** When operators had paused all operations, or running ones of a table, as far as those actions have been read. */
  readonly pauses?: readonly TablePause[];
  /** For how many seconds the completed operations of each table were paused, by `phase table`, as far as those actions have been read. */
  readonly pausedSeconds?: ReadonlyMap<string, number>;
  /** Rows with a phase or status that is not in the specification, or with values that migtop cannot read. */
  readonly unreadable: readonly Unreadable[];
}

/** Records that were processed in a time span on the database's clock. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly records: number;
}

/** Records of the completed batches of one table. */
export interface HistorySpan extends Span {
  readonly tableName: string;
}

/**
 * How often workers began a batch of another table after their last one had ended, and while it was running: then two programs
 * count their workers from 1.
 */
export interface TableChanges {
  readonly after: number;
  readonly during: number;
}

/** The records of operations that one worker began and completed on one table between two polls, added up by the server. */
export interface SummedGain {
  readonly phase: Phase;
  readonly tableName: string;
  readonly workerId: number | null;
  /** How many operations, and all their records. */
  readonly operations: number;
  readonly records: number;
  /** When the first and the last of them ended, on the database's clock. */
  readonly firstEnd: number;
  readonly lastEnd: number;
  /** How many seconds one took, on average; null if unknown. */
  readonly seconds: number | null;
}

/** The throughput of the batches of one table and batch size (specification, "Performance Analysis"). */
export interface BatchThroughput {
  readonly tableName: string;
  readonly batchSize: number | null;
  readonly recordsPerSecond: number | null;
  readonly averageBatchSeconds: number | null;
  readonly batchCount: number;
}
