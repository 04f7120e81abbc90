/** The places of the sums and extremes of a `Tally` (tally.ts). */
export const at = {
  records: 6,
  timedOperations: 7,
  timedRecords: 8,
  timedMicros: 9,
  oddPending: 10,
  totals: 11,
  rowsWithTotal: 12,
  bare: 13,
  bareOutside: 14,
  completedBare: 15,
  pendingSized: 16,
  pendingSizes: 17,
  evidenceRecords: 18,
  /** The sums of `RowSums` for the main rows; those for the side rows follow. */
  main: 19,
  /** After the extremes of main and side rows. */
  largestCompleted: 51,
  largestBatch: 52,
  completedAt: 53,
  negatedStartedAt: 54,
  negatedSmallestCompletedBare: 55,
  largestEvidence: 56,
  largestProcessed: 57,
} as const;

/** The offsets of the sums of one side, from `sumsAt`. */
export const sumOf = {
  works: 0,
  reachedWorks: 1,
  unfinishedWorks: 2,
  unfinishedRecords: 3,
  failedWorks: 4,
  unitWorks: 5,
  records: 6,
  totals: 7,
  evidence: 8,
  outside: 9,
  completedEvidence: 10,
} as const;
const sumsWidth = sumOf.completedEvidence + 1;
/** The place of the first sum of one side. */
export const sumsAt = (isSide: boolean): number => at.main + (isSide ? sumsWidth : 0);

/** The first of the extremes. */
export const firstExtreme = at.main + 2 * sumsWidth;

/** The offsets of the extremes of one side, from `extremesAt`. */
export const extremeOf = {
  largestTotal: 0,
  negatedSmallestTotal: 1,
  largestCompleted: 2,
  negatedSmallestCompleted: 3,
} as const;
const extremesWidth = extremeOf.negatedSmallestCompleted + 1;
/** The place of the first extreme of one side. */
export const extremesAt = (isSide: boolean): number => firstExtreme + (isSide ? extremesWidth : 0);
/** The place of the largest counter of a live or completed row of one side. */
export const largestLiveAt = (isSide: boolean): number => firstExtreme + 2 * extremesWidth + (isSide ? 1 : 0);

/** How many numbers a tally has. */
export const tallyWidth = at.largestProcessed + 1;
