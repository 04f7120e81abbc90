import { type Eta, isVague } from '../domain/eta.ts';

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
 * operator who looks twice has to see the same clock times. Ranges that have no time in common move in seconds. A vague range says
 * nothing: nothing of it stays in one that is not vague.
 *
 * @param before what was shown before; null if nothing, or if it was about other work (same-work.ts)
 */
export function steadyEta(before: ShownEta | null, takenAt: number, computed: Eta): Eta {
  const passed = before === null ? 0 : takenAt - before.takenAt;
  if (before === null || before.eta === null || passed < 0) return computed;
  const low = before.eta.lowSeconds - passed;
  const high = before.eta.highSeconds - passed;
  if (computed.lowSeconds > atOnce * high || computed.highSeconds * atOnce < low) return computed;
  if (isVague(before.eta) && !isVague({ ...computed, wasVague: true })) return computed;
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
