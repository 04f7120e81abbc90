import type { Phase, Unreadable } from './operation.ts';
import type { Count } from './tally.ts';
import type { EvidenceRow } from './works.ts';

/** What one range of the table holds (sql/queries/range.sql). */
export interface RangeCount {
  readonly counts: readonly Count[];
  /** The rows that are kept beside their sums (domain/samples.ts). */
  readonly rows: readonly CountedRow[];
  /** Groups whose phase or status the specification does not have. */
  readonly unreadable: readonly (Unreadable & { readonly status: string | null })[];
  /** The first id that was counted, where the range was longer than what was asked for; null where all of it was. */
  readonly reachedId: bigint | null;
}

/** One row of a phase and table, for `Sample`. */
export interface CountedRow {
  readonly phase: Phase;
  readonly tableName: string;
  readonly row: EvidenceRow;
}
