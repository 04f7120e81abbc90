import type { AuditEntry } from './audit.ts';
import { isOverwritten, lastDecisions } from './audited-results.ts';
import { type CurrentPace, currentPace } from './no-eta.ts';
import type { Observation } from './observation.ts';
import { isOf, isUpTo, type TrackedAction } from './tracked-actions.ts';

/**
 * Whether all is paused but operations whose workers have overwritten that: these say nothing about when the others will be done.
 *
 * @param activity the actions of operators, newest first
 * @param actions those that this session follows
 */
export function isOnlyDefied(
  { migration, snapshot, memo }: Observation,
  activity: readonly AuditEntry[],
  actions: readonly TrackedAction[] = [],
): boolean {
  if (migration.statuses.paused === 0 || migration.statuses.running === 0) return false;
  const running = snapshot.operations.filter(({ status }) => status === 'running');
  const last = memo(lastDecisions, activity);
  return (
    running.length > 0 &&
    running.every((operation) => {
      const own = actions.findLast((action) => isOf(action, operation));
      if (own?.isUnchecked === true) return false;
      return (
        own?.result.kind === 'overwritten' ||
        isOverwritten(last.get(operation.id), operation, snapshot.takenAt, (entry) => isUpTo(own, entry))
      );
    })
  );
}

/** The rate and the ETA of the current phase, by the actions of operators too. */
export function rateAndEtaAfter(observation: Observation, activity: readonly AuditEntry[]): CurrentPace {
  const current = currentPace(observation);
  return isOnlyDefied(observation, activity) ? { ...current, eta: null, isDefied: true } : current;
}
