import type { Status } from '../domain/operation.ts';
import { type SampleLimits, usualSample } from './samples.ts';

/** How much the ledger holds and asks for. Tests set them low, so that a small table meets all of them. */
export interface LedgerLimits {
  /** Ids may be committed so far out of order. */
  readonly lateIds: number;
  /** Rows that one poll brings at most, and more than are ever listed; where more changed, they are counted, not followed. */
  readonly mostChanges: number;
  /** Live and failed rows that are held and listed at most, each. */
  readonly listed: number;
  /** A status with more rows than this is neither counted nor, row by row, followed at each poll. */
  readonly mostFollowed: number;
  /** Rows of a slice. */
  readonly rangeRows: number;
  /** Tallies (slices by phases and tables) that are held at most. */
  readonly mostTallies: number;
  /** Rows that are kept beside their sums. */
  readonly sample: SampleLimits;
}

export const usualLimits: LedgerLimits = {
  lateIds: 512,
  mostChanges: 10_000,
  listed: 1000,
  mostFollowed: 5000,
  rangeRows: 20_000,
  mostTallies: 20_000,
  sample: usualSample,
};

/** More live operations or failures than this are counted, not listed: no screen and no script reads further. */
export const listLimit = usualLimits.listed;

/** So many times as many live operations are read and judged: a stalled one may be behind all those that are listed. */
export const judgedLists = 6;

/** The statuses of which every row is shown, as long as they are not too many. */
export const liveStatuses: readonly Status[] = ['running', 'paused', 'failed'];
