import type { AuditEntry } from '../domain/audit.ts';
import { overwrittenByOthers, withNotices } from '../domain/notices.ts';
import { withOthers } from '../domain/tracked-actions.ts';
import type { MonitorState } from './state.ts';

/**
 * The state after the audit was read. Where an id names one operation, the actions of other
 * sessions are followed from now on; of their results until now, only a pause that was overwritten while this session watched is
 * reported.
 */
export function audited(state: MonitorState, activity: readonly AuditEntry[], atMs: number): MonitorState {
  const { latest, trackedActions, target } = state;
  if (latest === null || !target.isFollowable) return { ...state, activity };
  const tableOf = (id: number): string => latest.tracks.get(id)?.operation.tableName ?? '';
  const { takenAt } = latest.snapshot;
  const actions = withOthers(trackedActions, activity, tableOf, takenAt, atMs);
  const overwritten = overwrittenByOthers(state.noticing, trackedActions, actions);
  return {
    ...state,
    activity,
    trackedActions: actions,
    noticing: withNotices(
      state.noticing,
      overwritten.map((what) => ({ at: takenAt, what })),
    ),
  };
}
