/** How many operations before those that `--since` shows are not done. */
export interface EarlierCounts {
  readonly running: number;
  readonly paused: number;
  readonly failed: number;
}

/** Whether there is any of them. */
export function hasEarlier(earlier: EarlierCounts | null | undefined): earlier is EarlierCounts {
  return earlier != null && earlier.running + earlier.paused + earlier.failed > 0;
}
