import type { Observation } from '../domain/observation.ts';
import { isCounting } from '../domain/snapshot.ts';
import type { TableSummary } from '../domain/summary.ts';

/** The work of a table or of all of them, as far as an ETA is about it. */
export type WorkOfEta = Pick<TableSummary, 'recordsProcessed' | 'totalRecords' | 'statuses'>;

/** The records left may change by this share from one poll to the next while it is the same work. */
const mostChange = 0.2;

/** Records of this share of those left may be added or removed: the margin of the range includes that (domain/eta.ts). */
export const mostAdded = 0.05;

/**
 * A pause or a resume of this share of the running operations changes when the work ends, in one poll: their workers wait. After a failure, a worker
 * goes on with another operation.
 */
const mostPaused = 0.15;

/** Whether an ETA is about the same work as that of an earlier poll: the same phase, and about as much work. */
export function isSameWork(before: Observation, now: Observation): boolean {
  return isSamePhase(before, now) && isAsMuchWork(before.migration, now.migration);
}

/**
 * Whether about as many records are left as at an earlier poll, none were added or removed since, and about as many operations are paused.
 * Many workers may report at once: that changes the records left, but not the total.
 */
export function isAsMuchWork(before: WorkOfEta, now: WorkOfEta): boolean {
  const [one, other] = [leftOf(before), leftOf(now)];
  const { running, paused } = before.statuses;
  if (Math.abs(now.statuses.paused - paused) > mostPaused * Math.max(running, now.statuses.running)) return false;
  if (one === null || other === null) return one === other;
  const change = Math.abs(other - one);
  const added = Math.min(change, Math.abs((now.totalRecords ?? 0) - (before.totalRecords ?? 0)));
  return change <= mostChange * one && added <= mostAdded * one;
}

/** Whether two observations are of the same phase, whose records are known alike. */
export function isSamePhase(before: Observation, now: Observation): boolean {
  return (
    before.migration.currentPhase === now.migration.currentPhase &&
    before.migration.isUnclear === now.migration.isUnclear &&
    isCounting(before.snapshot) === isCounting(now.snapshot)
  );
}

/** How many records are left; null if that is unknown. */
export function leftOf({ recordsProcessed, totalRecords }: WorkOfEta): number | null {
  return totalRecords === null ? null : totalRecords - recordsProcessed;
}
