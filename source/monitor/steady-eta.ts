import { type Eta, isVague } from '../domain/eta.ts';
import type { Observation } from '../domain/observation.ts';
import { isCounting } from '../domain/snapshot.ts';

/** An ETA that was shown, and when. */
export interface ShownEta {
  readonly takenAt: number;
  readonly eta: Eta | null;
  /** Since when there has been one. */
  readonly since: number;
}

/** In how many seconds the shown ends go most of the way to new ones: a share of the time that is left, within limits. */
const shareOfTime = 0.1;
const leastSeconds = 10;
const mostSeconds = 120;

/** The ends of a new ETA, which few reports show, take no longer to move than this share of the time for which there has been one. */
const shareOfAge = 0.25;

/** An end that is this many times as far away, or as near, is not a matter of a few reports: it is shown at once. */
const atOnce = 2;

/**
 * The ETA that is shown after another one: its ends move towards the computed ones, the faster the nearer they are. The range of
 * an even rate widens and narrows from one computation to the next, by what the newest reports make likely, and an
 * operator who looks twice has to see the same clock times. Ranges that have no time in common move in seconds.
 *
 * @param before what was shown before; null if nothing, or if it was about other work
 */
export function steadyEta(before: ShownEta | null, takenAt: number, computed: Eta): Eta {
  const passed = before === null ? 0 : takenAt - before.takenAt;
  if (before === null || before.eta === null || passed < 0) return computed;
  const low = before.eta.lowSeconds - passed;
  const high = before.eta.highSeconds - passed;
  if (computed.lowSeconds > atOnce * high || computed.highSeconds * atOnce < low) return computed;
  const isApart = computed.lowSeconds > high || computed.highSeconds < low;
  const usual = Math.min(mostSeconds, Math.max(leastSeconds, shareOfTime * computed.highSeconds));
  const seconds = Math.min(isApart ? leastSeconds : usual, shareOfAge * (takenAt - before.since));
  const share = 1 - Math.exp(-passed / Math.max(1, seconds));
  const lowSeconds = low + (computed.lowSeconds - low) * share;
  const highSeconds = high + (computed.highSeconds - high) * share;
  // Not in the past, where less time is left than it takes to move.
  const eta = {
    ...computed,
    lowSeconds: Math.max(computed.lowSeconds / 10, lowSeconds),
    highSeconds: Math.max(computed.lowSeconds, highSeconds),
  };
  return isVague(before.eta) ? { ...eta, wasVague: true } : eta;
}

/** The records left may change by this share from one poll to the next while it is the same work. */
const mostChange = 0.2;

/** A pause or a resume of this share of the running operations changes when the work ends, in one poll. */
const mostPaused = 0.25;

/**
 * Whether an ETA is about the same work as that of an earlier poll: the same phase, about as many records left, and about as many
 * operations paused.
 */
export function isSameWork(before: Observation, now: Observation): boolean {
  const [one, other] = [leftIn(before), leftIn(now)];
  const { running, paused } = before.migration.statuses;
  const { running: runningNow, paused: pausedNow } = now.migration.statuses;
  return (
    isSamePhase(before, now) &&
    Math.abs(pausedNow - paused) <= mostPaused * Math.max(running, runningNow) &&
    (one === null || other === null ? one === other : Math.abs(other - one) <= mostChange * one)
  );
}

/** Whether two observations are of the same phase, whose records are known alike. */
export function isSamePhase(before: Observation, now: Observation): boolean {
  return (
    before.migration.currentPhase === now.migration.currentPhase &&
    before.migration.isUnclear === now.migration.isUnclear &&
    isCounting(before.snapshot) === isCounting(now.snapshot)
  );
}

/** How many records are left in the current phase; null if that is unknown. */
export function leftIn({ migration: { recordsProcessed, totalRecords } }: Observation): number | null {
  return totalRecords === null ? null : totalRecords - recordsProcessed;
}
