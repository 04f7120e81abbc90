import type { CountedBatches } from './batch-tally.ts';
import type { Phase, Status, UnreadableRows } from './operation.ts';
import type { EvidenceRow } from './works.ts';

/** The count of one id range (sql/queries/range.sql). */
export interface RangeCount {
  readonly counts: readonly Count[];
  /** The sample rows that are kept in addition to the sums (polling/samples.ts). */
  readonly rows: readonly CountedRow[];
  /** The rows that may be attempts of one work (polling/attempts.ts). */
  readonly attempts: readonly CountedRow[];
  /** The digests of their source queries (polling/range-keys.ts). */
  readonly keys: readonly CountedKeys[];
  /** The completed execution batches by table and batch size. */
  readonly batches: readonly CountedBatches[];
  /** Groups with a phase or status that is not in the specification, such as `COMPLETED`. */
  readonly unreadable: readonly (UnreadableRows & { readonly status: string | null })[];
  /**
   * Present if it was counted in brief (sql/queries/range-brief.sql): without keys, and with one row of each kind. `isShort`: attempts
   * were left out too, because they were too many.
   */
  readonly brief?: { readonly isShort: boolean };
  /** The lowest id that was counted, if the range has more rows than the limit; null if all of it was counted. */
  readonly reachedId: bigint | null;
}

/** The digests of the source queries of one phase and table. */
export interface CountedKeys {
  readonly phase: Phase;
  readonly tableName: string;
  /** Digests that one row has, and digests that several rows have, with the number of rows, maximum 17. */
  readonly single: readonly number[];
  readonly several: readonly (readonly [number, number])[];
  /** Whether not all rows with one of these are in `attempts`. */
  readonly isCut: boolean;
}

/** One row of a phase and table, for `Sample`. */
export interface CountedRow {
  readonly phase: Phase;
  readonly tableName: string;
  readonly row: EvidenceRow;
}

/** The operations of one phase, table, status and side (`isSideRow`), as counted in one group of sql/queries/range.sql. */
export interface Count {
  readonly phase: Phase;
  readonly tableName: string;
  readonly status: Status;
  /** Whether their totals are at most their batch sizes. */
  readonly isSide: boolean;
  readonly operations: number;
  /** NULL and negative counters count as 0. */
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
  /** Rows with a counter above 0 and no total above 0; those with a counter above their batch size or without one. */
  readonly bare: number;
  readonly bareOutside: number;
  /** The counters of `evidence`, and the smallest one of `bare`. */
  readonly smallestEvidence: number | null;
  readonly largestEvidence: number | null;
  readonly evidenceRecords: number;
  readonly smallestBare: number | null;
  readonly largestBatch: number | null;
  /** Pending rows with a batch size, and the sum of these sizes. */
  readonly pendingSized: number;
  readonly pendingSizes: number;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  /** How many completed operations have a duration, and their records and microseconds. */
  readonly timedOperations: number;
  readonly timedRecords: number;
  readonly timedMicros: number;
}
