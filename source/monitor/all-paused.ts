import type { AuditEntry } from '../domain/audit.ts';
import { type LastActor, lastActorsIn } from '../domain/last-actors.ts';
import type { Observation } from '../domain/observation.ts';
import { type MonitorState, shown } from './state.ts';

/**
 * Whether `P` resumes operations that it has paused, in this session or in an earlier one: one of them is still paused, as far as polls
 * show it.
 */
export function isAllPaused(state: MonitorState): boolean {
  const { pausedAll } = state.acting;
  const observation = shown(state);
  if (observation === null) return false;
  const ids = pausedAll?.map(({ transition: { id } }) => id) ?? ofEarlierSession(state, observation);
  const { operations, counts } = observation.snapshot;
  const paused = new Set(operations.flatMap(({ id, status }) => (status === 'paused' ? [id] : [])));
  // A poll does not list all of very many.
  const isCut = (counts.paused ?? observation.migration.statuses.paused) > paused.size;
  return ids.length > 0 && (isCut || ids.some((id) => paused.has(id)));
}

/** The operations that `P` of an earlier session paused. It resumes them once there is nothing that it could pause. */
function ofEarlierSession(
  { operator, target, activity }: MonitorState,
  { migration: { statuses }, memo }: Observation,
): readonly number[] {
  if (operator === null || activity === null || statuses.running + statuses.pending > 0) return [];
  return memo(actorsIn, activity).flatMap(({ isOfAll, osUser, host, databaseRole, ids }) =>
    isOfAll === true && osUser === operator.osUser && host === operator.host && databaseRole === target.user ? ids : [],
  );
}

const actorsIn = (activity: readonly AuditEntry[]): readonly LastActor[] => lastActorsIn(activity);
