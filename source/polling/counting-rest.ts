/** Which share of the time counting may use: for secondsPerRow `Urgency`. */
const hurriedShare = 0.5;
const hintedShare = 0.1;
const calmShare = 0.02;

/** Why something is counted: the totals are incomplete; something is known or likely to be wrong; a routine check. */
export type Urgency = 'hurried' | 'hinted' | 'calm';

/** One step of counting is done. */
export interface WorkDone {
  /** How many seconds to wait before the next step. */
  readonly restSeconds: number;
  /** Whether this step completed the totals. */
  readonly isWhole: boolean;
  /** Whether this step completed the triage of the failures. */
  readonly isTriaged?: boolean;
  /** Whether not even the smallest id range can be counted within the time limit of a statement. */
  readonly isTooSlow?: boolean;
}

/** The database counts as busy if a row takes this many times longer than in the fastest count. */
const busyFactor = 2;
/** Maximum factor by which a slow database lengthens the rest. A cold cache is slower than a busy server, and counting warms it. */
const maxSlowness = 4;
/** Maximum rest in seconds. */
const maxRestSeconds = 30;
/** Minimum number of rows from which the time per row is measured. */
const minRows = 1000;

/**
 * Returns how many seconds to rest after a count, so that counting uses no more than its share of the time, and less when the
 * database has become slower.
 */
export function createCountingRest(): (tookSeconds: number, rows: number, urgency: Urgency) => number {
  let best = Number.POSITIVE_INFINITY;
  return (tookSeconds, rows, urgency) => {
    const share = urgency === 'hurried' ? hurriedShare : urgency === 'hinted' ? hintedShare : calmShare;
    let slowness = 1;
    if (rows >= minRows) {
      const secondsPerRow = tookSeconds / rows;
      best = Math.min(best, secondsPerRow);
      if (secondsPerRow > best * busyFactor) slowness = Math.min(maxSlowness, secondsPerRow / best);
    }
    return Math.min(maxRestSeconds, tookSeconds * (1 / share - 1) * slowness);
  };
}
