import type { BatchSums } from '../domain/batch-tally.ts';
import type { HistorySpan, Snapshot } from '../domain/snapshot.ts';
import type { Acceptances } from './acceptances.ts';
import type { Patient, WorkDone } from './counting-rest.ts';
import type { LedgerStore } from './kept-ledger.ts';
import type { ScanLimits } from './table-scan.ts';

/** Follows the changes of a table, poll by poll. Its queries run one after another. */
export interface Watch {
  /**
   * Reads the live operations, the changes since the last poll, and the totals as far as they are counted.
   *
   * @param watched ids to read whether they are live or not
   */
  poll(watched: readonly number[]): Promise<Snapshot>;
  /** Calls `change`, which changes the target, between two polls; the next poll begins to count again. */
  restart(change: () => void): Promise<void>;
  /** Takes the next step of counting. Resolves to null if there is none. @param isDue whether a count that can wait is due */
  work(isDue?: (kind: Patient) => boolean): Promise<WorkDone | null>;
  /** The accepted failures have changed: the next step of counting reads them. */
  readAccepted(): void;
  /**
   * Polls, and counts at full speed until the totals are whole and nothing is known to be wrong; then the failures too.
   *
   * @param onSlow is called if that takes a while, after the first poll
   * @returns false if the table is so small, or of such a kind, that it is counted in one statement instead: nothing is counted
   */
  count(onSlow: (snapshot: Snapshot) => void): Promise<boolean>;
  /** The completed execution batches and the history of the last hour, after `count`. */
  analysis(): { readonly sums: readonly BatchSums[]; readonly history: readonly HistorySpan[] };
  /** Keeps the ledger for the next run. Never rejects. */
  keep(): Promise<void>;
}

/** Optional settings of `createWatch`. */
export interface WatchOptions {
  readonly acceptances?: Acceptances | undefined;
  /** Where the ledger is kept between runs; absent if it is not kept. */
  readonly store?: LedgerStore | undefined;
  /** Minimum number of operations of a kept ledger that is used. */
  readonly fewestKept?: number | undefined;
  /** Maximum number of ids of a table that `count` leaves to one statement. */
  readonly fewIds?: number | undefined;
  /** The limits of a scan of the whole table. */
  readonly scanLimits?: ScanLimits | undefined;
}
