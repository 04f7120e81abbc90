import type { AuditEntry } from '../domain/audit.ts';
import { afterAudit, isLaterAction, overwrittenByOthers, withNotices } from '../domain/notices.ts';
import { operatorName } from '../domain/operator-name.ts';
import { isAuditOf, type TrackedAction, withOthers } from '../domain/tracked-actions.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import { resultToast } from '../presentation/result-text.ts';
import { actionText } from '../presentation/size-text.ts';
import type { Toast } from '../presentation/toast.ts';
import { keyOf } from './commands.ts';
import { decidedActions } from './decided-actions.ts';
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
  const words = {
    atMs,
    mayBeHidden: target.rowSecurity,
    keys: { resume: keyOf(state, 'resume'), undo: keyOf(state, 'undo') },
  };
  const toast = resultToast([], found, words);
  // Only now it is sure that no operator changed these.
  const open = new Map(
    decidedActions(state).flatMap((one, index) => {
      const action = trackedActions[index];
      return one.isUnchecked === true && action !== undefined ? [[action, one] as const] : [];
    }),
  );
  const next = decidedActions({ trackedActions: actions, noticing: checked });
  const decided = resultToast(
    [],
    next.filter((one) => open.has(one)),
    words,
  );
  // A toast of this session that is newer than the row says more.
  const foundMs = Math.max(...state.noticing.unchecked.map((one) => one.foundMs));
  const isOlder = state.toast === null || state.toast.isPassed === true || state.toast.atMs < foundMs;
  const shown = { ...state, toast: explainedToast(state.toast, later, open, atMs) };
  return {
    ...state,
    activity,
    trackedActions: actions,
    toast: isOlder ? nextToast(shown, decided, toast, atMs) : nextToast(shown, null, decided ?? toast, atMs),
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

/**
 * The toast, if a worker has seemed to overwrite such an action of this session, or if it says so: who it was instead.
 *
 * @param open the actions of which that was not decided yet
 */
function explainedToast(
  toast: Toast | null,
  later: Explained,
  open: ReadonlyMap<TrackedAction, TrackedAction>,
  atMs: number,
): Toast | null {
  for (const [action, entry] of later) {
    const { operationId, tableName } = action;
    const isTold = toast?.isResult === true && toast.operationId === operationId;
    const isOwn = open.has(action) && action.by === undefined && action.isOfBulk !== true;
    if (isTold || isOwn)
      return {
        tone: 'info',
        text: `${operationLabel({ id: operationId, tableName })}: ${actionText(entry.action)} by ${operatorName(entry)}`,
        atMs,
      };
  }
  return toast;
}
