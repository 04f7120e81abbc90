import type { BatchSums } from '../domain/batch-tally.ts';
import type { HistorySpan, Snapshot } from '../domain/snapshot.ts';
import type { Changes, ChangesRequest, CountingResult, CountingWork } from './changes.ts';
import type { RangeResult } from './counting-beside.ts';
import type { IdRange, IdRanges } from './id-range.ts';
import type { KeptLedger } from './kept-ledger.ts';
import type { KeysAsked } from './range-keys.ts';
import type { KnownEvidence } from './samples.ts';
import type { Summed } from './summed.ts';

/** The totals of the table, which it keeps up to date from the rows that change (ledger.ts). */
export interface Ledger {
  /** The request of the next poll. */
  request(watched: readonly number[]): ChangesRequest;
  /** Begins again, to poll other operations: all counts are dropped. */
  restart(): void;
  /** Begins again, since the counts may be wrong: they are shown until the table is counted. */
  countAgain(): void;
  /** Takes the answer to a poll. False if another table or server answered, or too much changed: poll again at once. */
  take(
    changes: Changes,
    request: ChangesRequest,
    worked?: CountingResult,
    beside?: readonly RangeResult[],
    summed?: Summed | null,
  ): boolean;
  /** These failed rows were deleted, or changed in a way that no poll reads: their id ranges are counted again. */
  dropFailed(ids: readonly number[]): void;
  /** Adding up new rows took too long: the next poll fetches them. */
  endSumming(): void;
  /** The next step of counting between polls; null if there is none. */
  work(): CountingWork | null;
  /** Which digests of source queries the next count of a range has to return. */
  keys(): KeysAsked;
  /** The evidence that sums of new rows need not repeat. */
  evidence(): KnownEvidence;
  /** The range with the highest id, which is counted first. */
  top(): IdRange;
  /** Whether a poll was taken since the ledger last began. */
  isBegun(): boolean;
  /** Whether all live rows have to be read again. */
  isFullDue(): boolean;
  /** Whether the whole table is counted. */
  isWhole(): boolean;
  /** Whether something is not counted yet, or known or likely to be wrong: the next work is no routine check. */
  isWrong(): boolean;
  /** How many ids there are from the lowest to the highest. */
  ids(): number;
  /** The id ranges, and the lowest id, for counts on a second connection (counting-beside.ts). */
  ranges(): IdRanges;
  bottom(): bigint;
  /** The current state. Each change is reported in one snapshot only. */
  snapshot(): Snapshot;
  /** The completed execution batches by table and batch size, as far as the table is counted. */
  batchSums(): readonly BatchSums[];
  /** The history of the last hour: all of it, also what snapshots have reported. */
  history(): readonly HistorySpan[];
  /** Until when the counts of id ranges cover it; null before the first poll. */
  historyUntil(): number | null;
  /** Its state, for a later run; null before the first poll, while the next poll has to be sent again, and with very many live or failed rows. */
  keep(): KeptLedger | null;
  /** Goes on from the state of an earlier run. Only before the first poll. */
  resume(kept: KeptLedger): void;
}
