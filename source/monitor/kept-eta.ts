import type { Eta } from '../domain/eta.ts';
import type { Observation } from '../domain/observation.ts';
import type { Operation } from '../domain/operation.ts';
import { stallsOf } from '../domain/stalled-operations.ts';
import { isSamePhase, leftOf, mostAdded } from './same-work.ts';

/** An ETA, and the observation for which it was computed. */
export interface ComputedEta {
  readonly of: Observation;
  readonly eta: Eta | null;
  /** Whether it tells nothing, since the rates are not known yet. */
  readonly isGuess: boolean;
}

/** For how many seconds an ETA is shown before it is computed again: that takes as long as all other figures of a poll. */
const etaSeconds = 5;

/** The share of the open operations that may have been paused, skipped or have failed since: less than the margin of the range. */
const mostHalted = 0.02;

/** For how many seconds an ETA is shown after there is none any more: one that comes and goes from poll to poll tells nothing. */
const heldSeconds = 30;

/** The ETA that was computed some seconds ago, as of now; null if it is old or a guess, or something else than progress has happened. */
export function keptEta(computed: ComputedEta | undefined, observation: Observation): Eta | null {
  const eta = etaAfter(computed, observation, { mostSeconds: etaSeconds, mostHalted });
  return eta === null || eta.lowSeconds <= 0 ? null : eta;
}

/** The last ETA, as of now, where there has been none for less than half a minute, and nothing else than progress has happened. */
export function heldEta(computed: ComputedEta | undefined, observation: Observation): Eta | null {
  const eta = etaAfter(computed, observation, { mostSeconds: heldSeconds, mostHalted: 0 });
  return eta === null || eta.highSeconds <= 0 ? null : { ...eta, lowSeconds: Math.max(0, eta.lowSeconds) };
}

function etaAfter(
  computed: ComputedEta | undefined,
  observation: Observation,
  { mostSeconds, mostHalted }: { readonly mostSeconds: number; readonly mostHalted: number },
): Eta | null {
  if (computed === undefined || computed.eta === null || computed.isGuess) return null;
  const { of, eta } = computed;
  const seconds = observation.snapshot.takenAt - of.snapshot.takenAt;
  if (seconds < 0 || seconds >= mostSeconds || !isAlike(of, observation, mostHalted)) return null;
  const share = Math.min(1, seconds / Math.max(1, eta.lowSeconds));
  if (!isAsExpected(leftOf(of.migration), leftOf(observation.migration), share)) return null;
  return { ...eta, lowSeconds: eta.lowSeconds - seconds, highSeconds: eta.highSeconds - seconds };
}

/**
 * Whether nothing but progress distinguishes two observations, as far as an ETA depends on it.
 *
 * @param mostHalted the share of the open operations that may have been paused, skipped or have failed: in a large migration some always are
 */
function isAlike(one: Observation, other: Observation, mostHalted: number): boolean {
  const few = mostHalted * (other.migration.statuses.pending + other.migration.statuses.running);
  const before = one.migration.statuses;
  const now = other.migration.statuses;
  return (
    isSamePhase(one, other) &&
    Math.abs(now.paused - before.paused) <= few &&
    Math.abs(now.skipped - before.skipped) <= few &&
    Math.abs(now.failed - before.failed) <= few &&
    isAtWork(one) === isAtWork(other)
  );
}

/** Whether an operation is running that has not stalled. */
function isAtWork(observation: Observation): boolean {
  return observation.migration.statuses.running > stallsOf(observation).all.filter(isRunning).length;
}

const isRunning = ({ operation }: { readonly operation: Operation }): boolean => operation.status === 'running';

/**
 * Whether about as many records are left as an ETA expected after a share of its time: workers plan new operations, and the totals grow
 * with them.
 */
function isAsExpected(before: number | null, now: number | null, share: number): boolean {
  if (before === null || now === null) return before === now;
  return now <= before * (1 + mostAdded) && now >= before * (1 - mostAdded - 2 * share);
}
