import type { Status } from '../domain/operation.ts';
import { type SampleLimits, usualSample } from './samples.ts';

/** How much the ledger keeps and reads. Tests set low limits, so that a small table reaches each of them. */
export interface LedgerLimits {
  /** How many ids below the highest one each poll reads again: ids may be committed out of order. */
  readonly lateIds: number;
  /** Maximum number of changed rows in one poll, above all list limits; where more changed, the table is counted again. */
  readonly maxChanges: number;
  /** How many new rows have to end in a second so that the server adds them up (summed.ts). */
  readonly summedPerSecond: number;
  /** Maximum number of live rows, and of failed rows, that are cached and maxListed. */
  readonly maxListed: number;
  /** Maximum number of rows in a status that each poll counts and follows row by row. */
  readonly maxFollowed: number;
  /** How many rows an id range has. */
  readonly rangeRows: number;
  /** Maximum number of tallies: one for each phase and table in each id range. */
  readonly maxTallies: number;
  /** Maximum number of digests of source queries; of more rows, a sample is kept (range-keys.ts). */
  readonly maxKeys: number;
  /** How many single rows are kept with the sums. */
  readonly sample: SampleLimits;
}

export const usualLimits: LedgerLimits = {
  lateIds: 512,
  maxChanges: 10_000,
  summedPerSecond: 300,
  maxListed: 1000,
  maxFollowed: 5000,
  rangeRows: 20_000,
  maxTallies: 20_000,
  maxKeys: 131_072,
  sample: usualSample,
};

/** Maximum number of live operations, and of failures, that are maxListed; more are only counted. */
export const listLimit = usualLimits.maxListed;

/** How many times `listLimit` live operations are read and checked: a stalled one may be beyond the list. */
export const judgedLists = 6;

/** The statuses of which every row is shown, up to the list limit. */
export const liveStatuses: readonly Status[] = ['running', 'paused', 'failed'];

/** If there are so few id ranges, those with a row of the same source query are counted again at once. */
export const fewRanges = 4;

/** How many rows the first poll counts: all of a small table, and little enough of a large one for an early first frame. */
export function firstCountRows(estimatedRows = 0): number {
  return estimatedRows > 5000 ? 1000 : 5000;
}

/**
 * Maximum number of changed rows in the first poll of a ledger that was kept: of more, most are new, and counting their ids takes less
 * time than reading the rows.
 */
const mostResumed = 3000;

/**
 * Maximum number of rows of a poll. A full read also returns the live rows that have not changed.
 *
 * @param resumed for the first poll of a ledger that was kept: how many rows each status had; else null
 */
export function changesLimit(
  { maxChanges, maxFollowed }: Pick<LedgerLimits, 'maxChanges' | 'maxFollowed'>,
  isFull: boolean,
  resumed: Readonly<Partial<Record<Status, number>>> | null,
): number {
  if (resumed === null) return maxChanges + (isFull ? liveStatuses.length * maxFollowed : 0);
  const live = liveStatuses.reduce((rows, status) => rows + (resumed[status] ?? maxFollowed), 0);
  return Math.min(mostResumed, maxChanges) + (isFull ? live : 0);
}
