import type { AuditEntry } from '../domain/audit.ts';
import { withOthers } from '../domain/tracked-actions.ts';
import type { MonitorState } from './state.ts';

/**
 * The state after the audit was read. Where an id names one operation, the actions of other
 * sessions are followed from now on; their results until now are not reported.
 */
export function audited(state: MonitorState, activity: readonly AuditEntry[], atMs: number): MonitorState {
  const { latest, trackedActions, target } = state;
  if (latest === null || !target.isFollowable) return { ...state, activity };
  const tableOf = (id: number): string => latest.tracks.get(id)?.operation.tableName ?? '';
  return {
    ...state,
    activity,
    trackedActions: withOthers(trackedActions, activity, tableOf, latest.snapshot.takenAt, atMs),
  };
}
