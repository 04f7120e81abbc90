import type { Phase, Status, UnreadableRows } from './operation.ts';
import type { EvidenceRow } from './works.ts';

/** What one range of the table holds (sql/queries/range.sql). */
export interface RangeCount {
  readonly counts: readonly Count[];
  /** The rows that are kept beside their sums (polling/samples.ts). */
  readonly rows: readonly CountedRow[];
  /** Those that may be attempts of one work (polling/attempts.ts). */
  readonly attempts: readonly CountedRow[];
  /** Groups whose phase or status the specification does not have. */
  readonly unreadable: readonly (UnreadableRows & { readonly status: string | null })[];
  /** The first id that was counted, where the range was longer than what was asked for; null where all of it was. */
  readonly reachedId: bigint | null;
}

/** One row of a phase and table, for `Sample`. */
export interface CountedRow {
  readonly phase: Phase;
  readonly tableName: string;
  readonly row: EvidenceRow;
}

/** The operations of one phase, table, status and side (`isSideRow`), as one group of sql/queries/range.sql counts them. */
export interface Count {
  readonly phase: Phase;
  readonly tableName: string;
  readonly status: Status;
  /** Whether their totals are at most their batch sizes. */
  readonly isSide: boolean;
  readonly operations: number;
  /** Counters that are NULL or negative count nothing. */
  readonly recordsProcessed: number;
  readonly largestProcessed: number | null;
  /** Totals that are not negative, and the records of rows without one. */
  readonly totals: number;
  readonly recordsWithoutTotal: number;
  readonly rowsWithTotal: number;
  /** Rows with a total above 0; those whose total is their batch size; those whose counter reached it. */
  readonly works: number;
  readonly smallestTotal: number | null;
  readonly largestTotal: number | null;
  readonly unitWorks: number;
  readonly reachedWorks: number;
  /** Rows with a counter and a total above 0; those with a counter above their batch size or without one. */
  readonly evidence: number;
  readonly outside: number;
  /** The same for rows with a counter above 0 and no total above 0. */
  readonly bare: number;
  readonly bareOutside: number;
  readonly smallestEvidence: number | null;
  readonly largestEvidence: number | null;
  readonly largestBatch: number | null;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  /** Of completed ones only. */
  readonly timedOperations: number;
  readonly timedRecords: number;
  readonly timedMicros: number;
}
