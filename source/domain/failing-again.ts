import type { Observation } from './observation.ts';
import type { Triage } from './triage.ts';

/** If a work has failed this many times, an attempt that follows the last failure within this many seconds may fail too. */
const leastFailures = 2;
const mostSeconds = 60;

/**
 * The running operations that repeat work which has failed twice or more, the last time just before they began: their workers try it
 * again and again. Nothing shows when such work ends. A retry by an operator comes later.
 */
export function failingAgain({ snapshot, triage, memo }: Pick<Observation, 'snapshot' | 'triage' | 'memo'>) {
  const failures = memo(failuresByAttempt, triage);
  const again = new Set<number>();
  if (failures.size === 0) return again;
  for (const { id, status, startedAt } of snapshot.operations) {
    const known = failures.get(id);
    if (status !== 'running' || startedAt === null || known === undefined || known.failures < leastFailures) continue;
    if (Math.abs(startedAt - known.lastAt) <= mostSeconds) again.add(id);
  }
  return again;
}

interface Failures {
  readonly failures: number;
  readonly lastAt: number;
}

/** How many times the work of each open attempt has failed, and when the last time, by the id of the attempt. */
function failuresByAttempt(triage: Triage): ReadonlyMap<number, Failures> {
  const known = new Map<number, Failures>();
  for (const { openAttempt, failedAt } of triage.triedAgain) {
    if (openAttempt === undefined) continue;
    const { failures, lastAt } = known.get(openAttempt) ?? { failures: 0, lastAt: Number.NEGATIVE_INFINITY };
    known.set(openAttempt, { failures: failures + 1, lastAt: Math.max(lastAt, failedAt ?? lastAt) });
  }
  return known;
}
