/** Of the time of one connection, what counting may take: while the totals are not whole or known to be wrong, and else. */
const hurriedShare = 0.5;
const hintedShare = 0.1;
const calmShare = 0.02;

/** Why something is counted: the totals are not whole; the statistics say that something was missed; to make sure. */
export type Urgency = 'hurried' | 'hinted' | 'calm';

/** A part of the table was counted. */
export interface WorkDone {
  /** How long to leave the database alone before the next. */
  readonly restSeconds: number;
  /** The totals have just become whole. */
  readonly isWhole: boolean;
  /** Not even a small part could be counted in the time that a statement may take. */
  readonly isTooSlow?: boolean;
}

/** A database that takes so many times longer for a row than it did at its best is busy with something else. */
const busyFactor = 2;
/** A cold cache is slower than a busy server, and counting warms it. */
const mostSlowness = 4;
/** However busy it is, counting goes on. */
const longestPauseSeconds = 30;
/** Fewer rows say nothing about how long one takes. */
const enoughRows = 1000;

/**
 * How long to leave the database alone after a count, in seconds: so that counting takes no more than its share of the
 * time, and less of it where the database has become slower.
 */
export function createCountingRest(): (tookSeconds: number, rows: number, urgency: Urgency) => number {
  let best = Number.POSITIVE_INFINITY;
  return (tookSeconds, rows, urgency) => {
    const share = urgency === 'hurried' ? hurriedShare : urgency === 'hinted' ? hintedShare : calmShare;
    let slowness = 1;
    if (rows >= enoughRows) {
      const each = tookSeconds / rows;
      best = Math.min(best, each);
      if (each > best * busyFactor) slowness = Math.min(mostSlowness, each / best);
    }
    return Math.min(longestPauseSeconds, tookSeconds * (1 / share - 1) * slowness);
  };
}
