import { lastActorsIn } from '../domain/last-actors.ts';
import { activityLimit } from '../polling/audited.ts';
import { type MonitorState, shown } from './state.ts';

/** How many paused operations no known action has paused: by who acted last on each operation, or, until that is read, by the listed actions. */
export function unknownPauses(state: MonitorState): number {
  const { activity, lastActors, target } = state;
  const paused = (shown(state)?.snapshot.operations ?? []).filter(({ status }) => status === 'paused');
  if (activity === null || paused.length === 0 || !target.isFollowable) return 0;
  const known = new Set(
    (lastActors ?? lastActorsIn(activity)).flatMap(({ toStatus, ids }) => (toStatus === 'paused' ? ids : [])),
  );
  return paused.filter(({ id }) => !known.has(id)).length;
}

/** Whether the list of actions may be too short to show who paused an operation. */
export function mayKnowPauses(state: MonitorState): boolean {
  const isWhole = (state.activity?.length ?? 0) < activityLimit;
  return !isWhole && unknownPauses({ ...state, lastActors: null }) > 0;
}
