import { afterAudit, overwrittenByOthers, withNotices } from '../domain/notices.ts';
import { withOthers } from '../domain/tracked-actions.ts';
import type { MonitorEvent } from './event.ts';
import type { MonitorState } from './state.ts';

/**
 * The state after the audit was read. Where an id names one operation, the actions of other
 * sessions are followed from now on; of their results until now, only a pause that was overwritten while this session watched is
 * reported.
 */
export function audited(
  state: MonitorState,
  { activity, atMs, sentMs = atMs }: Extract<MonitorEvent, { kind: 'audited' }>,
): MonitorState {
  const { latest, trackedActions, target } = state;
  if (latest === null || !target.isFollowable) return { ...state, activity };
  const tableOf = (id: number): string => latest.tracks.get(id)?.operation.tableName ?? '';
  const { takenAt } = latest.snapshot;
  const actions = withOthers(trackedActions, activity, tableOf, takenAt, atMs);
  const checked = afterAudit(state.noticing, { entries: activity, sentMs, at: takenAt });
  const overwritten = overwrittenByOthers(state.noticing, trackedActions, actions);
  return {
    ...state,
    activity,
    trackedActions: actions,
    noticing: withNotices(
      checked,
      overwritten.map((what) => ({ at: takenAt, what })),
    ),
  };
}
