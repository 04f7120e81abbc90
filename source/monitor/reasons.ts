import { isOf } from '../domain/tracked-actions.ts';
import { type Action, decide, type Refusal } from '../domain/transitions.ts';
import { operationIdOf } from '../presentation/activity-columns.ts';
import type { Reason } from './command.ts';
import { isKindOpen } from './failures-view.ts';
import { type MonitorState, shown } from './state.ts';
import { undoneAction } from './undone-action.ts';
import { selectedOperation, selectedRow } from './views.ts';

/** Why an action can do nothing to the selected operation, or null. */
export function whyNoAction(state: MonitorState, action: Action): Reason | null {
  const operation = selectedOperation(state);
  if (operation === null) return nothing('no operation selected', `cannot ${action}: no operation selected`);
  const reason = whyNoWrite(state, action);
  if (reason !== null) return reason;
  const decision = decide(action, operation);
  return decision.kind === 'refused' ? ofStatus(action, decision.reason) : null;
}

function ofStatus(action: Action, refusal: Refusal): Reason {
  switch (refusal.kind) {
    case 'do-first':
      return refused('do-first', action, `${refusal.action} it first`);
    case 'already':
      return refused('status', action, `already ${refusal.status}`);
    case 'wrong-status':
      return {
        kind: 'status',
        short: `it is ${refusal.status}`,
        text: `cannot ${action} a ${refusal.status} operation`,
      };
  }
}

/**
 * Why nothing at all may be written now, or null.
 *
 * @param what the action and what it is done to, as it follows `cannot`
 */
export function whyNoWrite(state: MonitorState, what: string): Reason | null {
  // The key line has no room for why the table is read-only.
  if (state.readOnly !== null)
    return { kind: 'read-only', short: 'read-only', text: `cannot ${what}: read-only: ${state.readOnly}` };
  if (state.connection.kind === 'lost') return refused('not-connected', what, 'not connected');
  return state.writing > 0 ? refused('busy', what, 'the previous action is still running') : null;
}

/** Why the last action cannot be undone, or null. */
export function whyNoUndo(state: MonitorState): Reason | null {
  const { undoable, latest, target } = state;
  if (undoable === null) return nothing('nothing to undo');
  const { id, version } = undoable.undo;
  const what = `undo ${undoneAction(undoable)}`;
  // Where one operation has the id, it may have been renamed.
  const identity = target.isFollowable ? null : undoable.undo.identity;
  const row = latest?.snapshot.operations.find((operation) => isOf({ operationId: id, identity }, operation));
  // Only a newer version shows that the row has changed: the last poll may be older than the action.
  const hasChanged = row !== undefined && row.version !== version && Number(row.version) > Number(version);
  return hasChanged ? refused('status', what, 'the row has changed since') : whyNoWrite(state, what);
}

export function whyNoUnresolved(state: MonitorState): Reason | null {
  const { triage } = shown(state) ?? {};
  return triage === undefined || triage.unresolved === 0 ? nothing('no unresolved failure') : null;
}

export function whyNoDetail(state: MonitorState): Reason | null {
  const row = selectedRow(state);
  if (row === null) return nothing('nothing selected');
  return row.kind === 'activity' && operationIdOf(row) === null ? nothing('not about an operation') : null;
}

export function whyNotBack(state: MonitorState): Reason | null {
  return state.overlay.kind === 'none' && state.filter === '' && !isKindOpen(state)
    ? nothing('nothing to close or clear')
    : null;
}

function nothing(short: string, text = short): Reason {
  return { kind: 'nothing', short, text };
}

function refused(kind: Reason['kind'], what: string, why: string): Reason {
  return { kind, short: why, text: `cannot ${what}: ${why}` };
}
