import type { Eta } from '../domain/eta.ts';
import type { Observation } from '../domain/observation.ts';
import { isCounting } from '../domain/snapshot.ts';

/** An ETA, and the observation for which it was computed. */
export interface ComputedEta {
  readonly of: Observation;
  readonly eta: Eta | null;
}

/** For how many seconds an ETA is shown before it is computed again: that takes as long as all other figures of a poll. */
const etaSeconds = 5;

/** The ETA that was computed some seconds ago, as of now; null if it is old, or something else than progress has happened. */
export function keptEta(computed: ComputedEta | undefined, observation: Observation): Eta | null {
  if (computed === undefined || computed.eta === null) return null;
  const { of, eta } = computed;
  const seconds = observation.snapshot.takenAt - of.snapshot.takenAt;
  const lowSeconds = eta.lowSeconds - seconds;
  if (seconds < 0 || seconds >= etaSeconds || lowSeconds <= 0 || !isAlike(of, observation)) return null;
  if (!isAsExpected(leftIn(of), leftIn(observation), seconds / eta.lowSeconds)) return null;
  return { lowSeconds, highSeconds: eta.highSeconds - seconds };
}

/** Whether nothing but progress distinguishes two observations, as far as an ETA depends on it. */
function isAlike(one: Observation, other: Observation): boolean {
  const before = one.migration;
  const now = other.migration;
  return (
    before.currentPhase === now.currentPhase &&
    before.isUnclear === now.isUnclear &&
    before.statuses.paused === now.statuses.paused &&
    before.statuses.skipped === now.statuses.skipped &&
    before.statuses.running > 0 === now.statuses.running > 0 &&
    isCounting(one.snapshot) === isCounting(other.snapshot)
  );
}

const leftIn = ({ migration: { recordsProcessed, totalRecords } }: Observation): number | null =>
  totalRecords === null ? null : totalRecords - recordsProcessed;

/** The share of the records left that may have been added since. */
const mostAdded = 0.01;

/** Whether about as many records are left as an ETA expected: workers plan new operations, and the totals grow with them. */
function isAsExpected(before: number | null, now: number | null, share: number): boolean {
  if (before === null || now === null) return before === now;
  return now <= before * (1 + mostAdded) && now >= before * (1 - mostAdded - 2 * share);
}
