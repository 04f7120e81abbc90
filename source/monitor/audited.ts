import type { AuditEntry } from '../domain/audit.ts';
import { afterAudit, isLaterAction, overwrittenByOthers, withNotices } from '../domain/notices.ts';
import { operatorName } from '../domain/operator-name.ts';
import { isAuditOf, type TrackedAction, withOthers } from '../domain/tracked-actions.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import { resultToast } from '../presentation/result-text.ts';
import type { Toast } from '../presentation/toast.ts';
import { keyOf } from './commands.ts';
import type { MonitorEvent } from './event.ts';
import { nextToast } from './event-toasts.ts';
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
  const later = new Map(
    trackedActions.flatMap((action) => {
      const entry =
        action.result.kind === 'overwritten' ? activity.find((one) => isLaterAction(one, action)) : undefined;
      return entry === undefined ? [] : [[action, entry] as const];
    }),
  );
  const isHidden = (entry: AuditEntry): boolean => state.hiddenActions.some((action) => isAuditOf(action, entry));
  const entries = state.hiddenActions.length === 0 ? activity : activity.filter((entry) => !isHidden(entry));
  const actions = withOthers(explained(trackedActions, later), entries, tableOf, takenAt, atMs);
  const checked = afterAudit(state.noticing, { entries: activity, sentMs, at: takenAt });
  const overwritten = overwrittenByOthers(state.noticing, trackedActions, actions);
  const found = overwritten.map(({ of }) => of);
  const toast = resultToast([], found, {
    atMs,
    mayBeHidden: target.rowSecurity,
    keys: { resume: keyOf(state, 'resume'), undo: keyOf(state, 'undo') },
  });
  return {
    ...state,
    activity,
    trackedActions: actions,
    toast: nextToast({ ...state, toast: explainedToast(state.toast, later, atMs) }, null, toast, atMs),
    noticing: withNotices(
      checked,
      overwritten.map(({ what }) => ({ at: takenAt, what })),
    ),
  };
}

type Explained = ReadonlyMap<TrackedAction, AuditEntry>;

/** The actions without those that seemed to be overwritten: an operator of another session has changed the status. */
function explained(actions: readonly TrackedAction[], later: Explained): readonly TrackedAction[] {
  if (later.size === 0) return actions;
  return actions.map((action) => (later.has(action) ? { ...action, result: { kind: 'superseded' } } : action));
}

/** The toast, if it says that a worker has overwritten such an action, with who it was instead. */
function explainedToast(toast: Toast | null, later: Explained, atMs: number): Toast | null {
  for (const [{ operationId, tableName }, entry] of later)
    if (toast?.isResult === true && toast.operationId === operationId)
      return {
        tone: 'info',
        text: `${operationLabel({ id: operationId, tableName })}: ${entry.action} by ${operatorName(entry)}`,
        atMs,
      };
  return toast;
}
