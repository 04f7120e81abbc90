import type { AuditEntry } from '../domain/audit.ts';
import { withOthers } from '../domain/tracked-actions.ts';
import type { MonitorState } from './state.ts';

/**
 * The state after the audit was read. The actions of other sessions are followed from now on, too, where an id names one
 * operation; what has become of them so far is no news.
 */
export function audited(state: MonitorState, activity: readonly AuditEntry[], atMs: number): MonitorState {
  const { latest, trackedActions: receipts, target } = state;
  if (latest === null || !target.isFollowable) return { ...state, activity };
  const tableOf = (id: number): string => latest.tracks.get(id)?.operation.tableName ?? '';
  return { ...state, activity, trackedActions: withOthers(receipts, activity, tableOf, latest.snapshot.takenAt, atMs) };
}
