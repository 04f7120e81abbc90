/** Which share of the time counting may use, for each `Urgency`. */
const hurriedShare = 0.5;
const hintedShare = 0.1;
const calmShare = 0.02;
/** The share of the routine checks of several sessions together: lower, since each of their checks also takes a poll. */
const sharedShare = 0.01;

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

/** A guess is counted with the share of a routine check, but what is known to be wrong does not wait long for it. */
export type RestUrgency = Urgency | 'guessed';

/** One step of counting is done. */
export interface WorkDone {
  /** How many seconds to wait before the next step. */
  readonly restSeconds: number;
  /** Whether this step completed the totals. */
  readonly isWhole: boolean;
  /** Whether it was a routine check: only the next one has to wait for that time. */
  readonly isRoutine?: boolean;
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
 * Maximum rest in seconds; of a routine check more, since nothing else waits for it. With more sessions than share the time without
 * limit, longer: else many of them would use more than their share together.
 */
const maxRestSeconds = 30;
const maxRoutineSeconds = 600;
const fewSessions = 10;
/** Minimum number of rows from which the time per row is measured. */
const minRows = 1000;

/** Decides how long to rest after a count, so that counting uses no more than its share of the time. */
export interface CountingRest {
  /** How many seconds to rest: longer if the database has become slower. */
  after(tookSeconds: number, rows: number, urgency: RestUrgency): number;
  /** How many seconds to wait before the first routine check. */
  beforeFirst(): number;
  /** A routine check found the sums as they were, or different ones. */
  checked(found: 'same' | 'different'): void;
  /** How many sessions of migtop there are on the database: together they count no more than one alone. */
  setSessions(sessions: number): void;
}

export function createCountingRest(): CountingRest {
  let best = Number.POSITIVE_INFINITY;
  let sessions = 1;
  /** How many routine checks in a row found nothing. */
  let same = 0;

  function shareOf(urgency: RestUrgency): number {
    if (urgency === 'hurried') return hurriedShare;
    if (urgency === 'hinted') return hintedShare / Math.min(sessions, mostHinted);
    if (urgency === 'guessed') return calmShare / Math.min(sessions, mostHinted);
    const adapted = calmShare / 2 ** Math.floor(same / checksPerHalving);
    return Math.min(Math.max(leastCalmShare, adapted), (sessions === 1 ? calmShare : sharedShare) / sessions);
  }

  function after(tookSeconds: number, rows: number, urgency: RestUrgency): number {
    let slowness = 1;
    if (rows >= minRows) {
      const secondsPerRow = tookSeconds / rows;
      best = Math.min(best, secondsPerRow);
      if (secondsPerRow > best * busyFactor) slowness = Math.min(maxSlowness, secondsPerRow / best);
    }
    const most = urgency === 'calm' ? maxRoutineSeconds * Math.max(1, sessions / fewSessions) : maxRestSeconds;
    return Math.min(most, tookSeconds * (1 / shareOf(urgency) - 1) * slowness);
  }

  return {
    after,
    beforeFirst: () => after(usualCheckSeconds, 0, 'calm'),
    checked(found) {
      same = found === 'same' ? same + 1 : 0;
    },
    setSessions(found) {
      sessions = Math.max(1, found);
    },
  };
}
