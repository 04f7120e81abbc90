/**
 * How many operations before those that `--since` shows are open or have failed. Whether a later attempt has done the work of a failed one
 * is not known: the failures before it are not read.
 */
export interface EarlierCounts {
  readonly pending: number;
  readonly running: number;
  readonly paused: number;
  readonly failed: number;
}

/** Whether there is any of them. */
export function hasEarlier(earlier: EarlierCounts | null | undefined): earlier is EarlierCounts {
  return earlier != null && earlier.pending + earlier.running + earlier.paused + earlier.failed > 0;
}
