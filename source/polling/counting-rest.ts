/** Which share of the time counting may use, for each `Urgency`. */
const hurriedShare = 0.5;
const hintedShare = 0.1;
const calmShare = 0.02;
/**
 * The share of the routine checks of several sessions together, and that of their counts of guessed ranges: lower, since each of them
 * also takes a poll, and what a check of one session finds lets it count other ranges.
 */
const sharedShare = 0.005;

/**
 * Routine checks that find nothing become rarer: after this many in a row their share of the time is halved, down to the least one.
 * A check that finds a difference restores it.
 */
const checksPerHalving = 8;
/** How long a routine check of 50,000 rows takes, in seconds: the first one of a session waits as if one had just been made. */
const usualCheckSeconds = 0.2;
const leastCalmShare = 0.001;

/** Sessions beyond this number do not slow down counts of what is likely to be wrong any further. */
const mostHinted = 5;

/** Why something is counted: the totals are incomplete; something is known or likely to be wrong; a routine check. */
export type Urgency = 'hurried' | 'hinted' | 'calm';

/** A range that is only likely to be wrong is counted with the share of a routine check, which does not fall while nothing is found. */
export type RestUrgency = Urgency | 'guessed';

/** Counts that can wait until other counts have ended: a routine check; a count of a range that is only likely to be wrong. */
export type Patient = 'check' | 'guess';

/** One step of counting is done. */
export interface WorkDone {
  /** How many seconds to wait before the next step; if `waits` is given, only before the next one of this kind. */
  readonly restSeconds: number;
  readonly waits?: Patient;
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
/**
 * Maximum rest in seconds; of a routine check more, since nothing else waits for it. With more sessions, longer: else many of them
 * would use more than their share together.
 */
const maxRestSeconds = 30;
/** Maximum rest for a guessed range, in seconds for each session, if there are several. */
const maxSharedRestSeconds = 60;
const maxRoutineSeconds = 600;
const fewSessions = 10;
/** Minimum number of rows from which the time per row is measured. */
const minRows = 1000;

/** Decides how long to rest after a count, so that counting uses no more than its share of the time. */
export interface CountingRest {
  /** How many seconds to rest: longer if the database has become slower. */
  after(tookSeconds: number, rows: number, urgency: RestUrgency): number;
  /** How many seconds after its begin a session makes the first count of a kind that can wait; a guess waits for other sessions only. */
  beforeFirst(kind: Patient): number;
  /** A routine check found the sums as they were, or different ones. */
  checked(found: 'same' | 'different'): void;
  /** How many sessions of migtop there are on the database: together they count no more than one alone. */
  setSessions(sessions: number): void;
}

/**
 * Begins as if this were the only session. The fastest count so far, in seconds per row, is the measure of a slow database;
 * counts of fewer than `minRows` rows are not measured.
 */
export function createCountingRest(): CountingRest {
  let best = Number.POSITIVE_INFINITY;
  let sessions = 1;
  /** How many routine checks in a row found nothing. */
  let same = 0;

  function shareOf(urgency: RestUrgency): number {
    if (urgency === 'hurried') return hurriedShare;
    if (urgency === 'hinted') return hintedShare / Math.min(sessions, mostHinted);
    const own = (sessions === 1 ? calmShare : sharedShare) / sessions;
    if (urgency === 'guessed') return own;
    const adapted = calmShare / 2 ** Math.floor(same / checksPerHalving);
    return Math.min(Math.max(leastCalmShare, adapted), own);
  }

  function mostSeconds(urgency: RestUrgency): number {
    if (urgency === 'calm') return maxRoutineSeconds * Math.max(1, sessions / fewSessions);
    if (urgency !== 'guessed' || sessions === 1) return maxRestSeconds;
    return maxSharedRestSeconds * sessions;
  }

  function after(tookSeconds: number, rows: number, urgency: RestUrgency): number {
    let slowness = 1;
    if (rows >= minRows) {
      const secondsPerRow = tookSeconds / rows;
      best = Math.min(best, secondsPerRow);
      if (secondsPerRow > best * busyFactor) slowness = Math.min(maxSlowness, secondsPerRow / best);
    }
    return Math.min(mostSeconds(urgency), tookSeconds * (1 / shareOf(urgency) - 1) * slowness);
  }

  return {
    after,
    beforeFirst(kind) {
      if (kind === 'check') return after(usualCheckSeconds, 0, 'calm');
      return sessions === 1 ? 0 : after(usualCheckSeconds, 0, 'guessed');
    },
    checked(found) {
      same = found === 'same' ? same + 1 : 0;
    },
    setSessions(found) {
      sessions = Math.max(1, found);
    },
  };
}
