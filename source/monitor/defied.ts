import { isOverwritten } from '../domain/audited-results.ts';
import type { Observation } from '../domain/observation.ts';
import { isOf } from '../domain/tracked-actions.ts';
import type { MonitorState } from './state.ts';

/**
 * Whether all is paused but operations whose workers have overwritten that: these say nothing about when the others will be done.
 */
export function isOnlyDefied({ trackedActions, activity }: MonitorState, observation: Observation): boolean {
  const { migration, snapshot } = observation;
  if (migration.statuses.paused === 0 || migration.statuses.running === 0) return false;
  const running = snapshot.operations.filter(({ status }) => status === 'running');
  return (
    running.length > 0 &&
    running.every((operation) => {
      const own = trackedActions.findLast((action) => isOf(action, operation));
      return (
        own?.result.kind === 'overwritten' ||
        isOverwritten(activity ?? [], operation, snapshot.takenAt, own?.requestedAt)
      );
    })
  );
}
