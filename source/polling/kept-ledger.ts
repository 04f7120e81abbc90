import type { Operation } from '../domain/operation.ts';
import type { HistorySpan } from '../domain/snapshot.ts';
import type { Changes } from './changes.ts';
import type { KeptRanges } from './kept-ranges.ts';
import type { Assigned } from './open-transactions.ts';

/**
 * The state of a ledger after a poll, with which a later run of the program continues: it fetches the rows that changed since. It has
 * no error messages, queries or names of operations.
 */
export interface KeptLedger {
  /** The last poll, without its rows. */
  readonly last: KeptPoll;
  readonly horizon: KeptHorizon;
  readonly drift: KeptDrift;
  readonly ranges: KeptRanges;
  /** The row cache: without texts, which the first poll of the later run reads again. */
  readonly rows: readonly Operation[];
  readonly history: { readonly until: number; readonly spans: readonly HistorySpan[] };
}

export type KeptPoll = Omit<Changes, 'operations' | 'unreadable' | 'sessions'>;

export interface KeptHorizon {
  readonly top: bigint;
  readonly bottom: bigint;
  readonly firstTop: bigint;
  readonly newestStart: number;
  readonly first: { readonly xmax: number; readonly newestStart: number } | null;
  readonly assigned: readonly Assigned[];
}

export interface KeptDrift {
  readonly hintAt: number;
  readonly changesSinceHint: number;
}

/** Where ledgers are kept between runs. Neither method throws: without a kept ledger, migtop counts the table. */
export interface LedgerStore {
  /** The text that was saved under this name; null if there is none, or if it cannot be trusted. */
  load(name: string): Promise<string | null>;
  save(name: string, text: string): Promise<void>;
}
