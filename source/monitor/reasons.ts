import { isLive, isOpen, type Operation } from '../domain/operation.ts';
import { resolvedBy } from '../domain/skipping.ts';
import { isOf } from '../domain/tracked-actions.ts';
import { type Action, decide, type Refusal } from '../domain/transitions.ts';
import { verbOf } from '../presentation/bulk-text.ts';
import { count } from '../presentation/figures.ts';
import { actedText, refusalOfOne, requeuedText, resolvedByText } from '../presentation/plan-text.ts';
import { by } from '../presentation/result-text.ts';
import { labelOf, mayAccept } from './acceptable.ts';
import type { ManyAction } from './acting-state.ts';
import { confirmedCount, numberNeeded, typedId } from './bulk-dialog.ts';
import { resultsHere } from './bulk-of-row.ts';
import { restHere } from './bulk-subject.ts';
import type { Reason } from './command.ts';
import { isKindOpen } from './failures-view.ts';
import { otherAttempt } from './other-attempt.ts';
import { namedKey } from './registry/named-keys.ts';
import { isRequeued } from './requeued.ts';
import { noneSelected, notMarked } from './selected-reasons.ts';
import { typedSize } from './size-dialog.ts';
import { type MonitorState, shown } from './state.ts';
import { mayChange, resolvedText, type Subject, statusesFor, subjectOf, subjectText } from './subject.ts';
import { whyAlive } from './taking-over.ts';
import { undoableNowText, whyUndoIsOver } from './undo-history.ts';
import { undoneAction } from './undone-action.ts';
import { selectedOperation, selectedRow } from './views.ts';

/** Why an action can do nothing to the selected operation, or null. */
export function whyNoAction(state: MonitorState, action: Action): Reason | null {
  const subject = subjectOf(state);
  if (subject !== null && subject.kind !== 'operation') return whyNoBulk(state, action, subject);
  const operation = selectedOperation(state);
  if (operation === null) return noneSelected(state, action);
  const reason = whyNoWrite(state, action, operation.id);
  if (reason !== null) return reason;
  const by = action === 'skip' ? resolvedBy(state.latest, operation) : null;
  if (by !== null) return refused('needless', action, resolvedByText(by));
  const decision = decide(action, operation);
  return decision.kind === 'refused' ? ofDefied(state, ofStatus(action, decision.reason)) : null;
}

function whyNoBulk(state: MonitorState, action: ManyAction, subject: Subject): Reason | null {
  const reason = whyNoWrite(state, action === 'batch size' ? 'change a batch size' : verbOf(action));
  if (reason !== null || mayChange(state, action, subject)) return reason;
  const resolved = subject.kind === 'kind' ? resolvedText(state, subject.failureKind) : null;
  if (resolved !== null && subject.kind === 'kind' && statusesFor[action].includes('failed'))
    return { kind: 'status', short: resolved, text: `cannot ${verbOf(action)} ${subject.failureKind}: ${resolved}` };
  const statuses = statusesFor[action].join(', ').replace(/, (?=[^,]*$)/, ' or ');
  return {
    kind: 'status',
    short: `none of these is ${statuses}`,
    text: `cannot ${verbOf(action)} ${subjectText(subject)}: none is ${statuses}`,
  };
}

/** Why the open dialog of an action on many operations cannot be confirmed, or null. */
export function whyNotConfirmed(state: MonitorState): Reason | null {
  const { overlay } = state;
  if (overlay.kind !== 'bulk') return nothing('nothing to confirm');
  const reason = whyNoWrite(state, overlay.action);
  if (reason !== null || confirmedCount(overlay) !== null) return reason;
  if (overlay.plan === null) return { kind: 'busy', short: 'reading the operations', text: 'reading the operations' };
  return {
    kind: 'do-first',
    short: `type ${typedId(overlay) ?? overlay.plan.changes.length} first`,
    text: numberNeeded(overlay),
  };
}

/** Why Enter does not confirm the open dialog, or null: it confirms a retry only, which can be undone. */
export function whyNoEnter(state: MonitorState): Reason | null {
  const { overlay } = state;
  if (overlay.kind === 'bulk' && overlay.action === 'retry') return whyNoWrite(state, 'retry');
  const isTakeOver = overlay.kind === 'bulk' && overlay.action === 'takeover';
  // Keys of dialogs cannot be bound to others.
  const says = `y ${isTakeOver ? 'takes it over' : overlay.kind === 'undo' ? 'undoes it' : overlay.kind === 'size' ? 'sets it' : 'skips it'}`;
  return { kind: 'do-first', short: says, text: `not confirmed: ${says}` };
}

/** Why nothing can be retried now, or null. */
export function whyNoRetry(state: MonitorState): Reason | null {
  if (restHere(state) !== null) return whyNoWrite(state, 'retry');
  const subject = subjectOf(state);
  if (subject === null) return noneSelected(state, 'retry');
  if (subject.kind !== 'operation') return whyNoBulk(state, 'retry', subject) ?? whyAllAttempted(state, subject);
  const reason = whyNoWrite(state, 'retry');
  if (reason !== null) return reason;
  const { status } = subject.operation;
  if (status !== 'failed' && status !== 'skipped')
    return ofDefied(state, ofStatus('retry', { kind: 'wrong-status', status }));
  const other = otherAttempt(state, subject.operation);
  return other === null ? null : refused('needless', 'retry', other);
}

/** Why none of several failures needs a retry: each is resolved, or has another attempt. Null if one does, or if that is not known. */
function whyAllAttempted(state: MonitorState, subject: Subject): Reason | null {
  const members = retriedMembers(state, subject);
  const isNone = members?.every((member) => otherAttempt(state, member) !== null);
  if (members === null || isNone !== true) return null;
  const which = members.length === 1 ? 'its failure' : `all ${count(members.length)} failures`;
  const is = members.length === 1 ? 'is' : 'are';
  const resolved = members.filter(({ id }) => state.latest?.triage.of(id)?.resolution.kind === 'resolved').length;
  if (resolved === members.length) return refused('needless', 'retry', `${which} ${is} resolved already`);
  const has = members.length === 1 ? 'has' : 'have';
  return refused(
    'needless',
    'retry',
    resolved === 0 ? `${which} ${has} another attempt already` : `${which} ${is} resolved or ${has} another attempt`,
  );
}

/** Returns the failures that a retry of several would retry; null if they are not known without a read. */
function retriedMembers(
  { latest }: MonitorState,
  subject: Subject,
): readonly Pick<Operation, 'id' | 'status'>[] | null {
  switch (subject.kind) {
    case 'operation':
      return [subject.operation];
    case 'marks':
      return subject.members.filter(({ status }) => statusesFor.retry.includes(status));
    case 'kind':
      return subject.ids.map((id) => ({ id, status: 'failed' }));
    case 'table': {
      const { failures = [], totals = [] } = latest?.snapshot ?? {};
      const held = failures.filter(({ tableName }) => tableName === subject.tableName);
      const failed = totals
        .filter(({ tableName }) => tableName === subject.tableName)
        .reduce((sum, { statuses }) => sum + statuses.failed, 0);
      return held.length < failed ? null : held;
    }
  }
}

/** Why nothing can be taken over now, or null. */
export function whyNoTakeOver(state: MonitorState): Reason | null {
  const subject = subjectOf(state);
  if (subject === null) return noneSelected(state, 'take over');
  if (subject.kind !== 'operation') return whyNoBulk(state, 'takeover', subject);
  const { status } = subject.operation;
  const reason = whyNoWrite(state, 'take over');
  if (reason !== null) return reason;
  return isLive(status) ? whyAlive(state, subject.operation) : ofStatus('take over', { kind: 'wrong-status', status });
}

/** Why no batch size can be changed now, or null. */
export function whyNoSize(state: MonitorState): Reason | null {
  const subject = subjectOf(state);
  if (subject === null) return noneSelected(state, 'change a batch size');
  if (subject.kind !== 'operation') return whyNoBulk(state, 'batch size', subject);
  const { status } = subject.operation;
  return isOpen(status)
    ? whyNoWrite(state, 'change a batch size')
    : ofStatus(verbOf('batch size'), { kind: 'wrong-status', status });
}

/** Why the typed batch size cannot be set, or null. */
export function whyNoTypedSize(state: MonitorState): Reason | null {
  const { overlay } = state;
  if (overlay.kind !== 'size') return nothing('nothing to set');
  const size = typedSize(overlay);
  if (size === null) return nothing('a number is needed');
  return whyNoWrite(state, 'change a batch size');
}

/** Why `v` has nothing to list; null if it has. */
export function whyNoResults(state: MonitorState): Reason | null {
  if (resultsHere(state) !== null) return null;
  return state.acting.bulkActions.length > 0
    ? nothing('the selected row is no action on many')
    : nothing(
        'no action on many in this session',
        'nothing to list: this session has not yet acted on many operations',
      );
}

/** Why the row under the cursor cannot be marked; null if it can. */
export function whyNoMark(state: MonitorState): Reason | null {
  return selectedOperation(state) === null ? notMarked(state) : null;
}

/** The reason with the key that does something about a row that is marked OVERWRITTEN. */
function ofDefied(state: MonitorState, reason: Reason): Reason {
  const row = selectedRow(state);
  if (reason.kind !== 'status' || row?.kind !== 'operation' || row.flag !== 'OVERWRITTEN') return reason;
  const remedy = `${namedKey(state, 'pause')} pauses it again`;
  return { ...reason, short: remedy, text: `${reason.text}: ${remedy}` };
}

function ofStatus(action: string, refusal: Refusal): Reason {
  switch (refusal.kind) {
    case 'do-first':
      return { ...refused('do-first', action, `${refusal.action} it first`), short: `${refusal.action} first` };
    case 'already':
      return refused('status', action, `already ${refusal.status}`);
    case 'wrong-status':
      return {
        kind: 'status',
        short: `it is ${refusal.status}`,
        text: `cannot ${action} a ${refusal.status} operation`,
      };
    case 'acted':
    case 'requeued':
    case 'gone':
      return refused('status', action, refusalOfOne(action, refusal));
    case 'resolved':
      return refused('needless', action, resolvedByText(refusal.by));
    default:
      return refused('status', action, refusal.why);
  }
}

/**
 * Why nothing at all may be written now, or null.
 *
 * @param what the action and what it is done to, as it follows `cannot`
 * @param id the operation of an action on one: another one, whose row may be locked, does not hold it up
 */
export function whyNoWrite(state: MonitorState, what: string, id: number | null = null): Reason | null {
  // The key line has no room for why the table is read-only.
  if (state.readOnly !== null)
    return { kind: 'read-only', short: 'read-only', text: `cannot ${what}: read-only: ${state.readOnly}` };
  if (state.connection.kind === 'lost') return refused('not-connected', what, 'not connected');
  if (state.acting.running !== null)
    return refused('busy', what, `an action on many operations is running (${namedKey(state, 'back')} stops it)`);
  const isBusy = id === null ? state.writing > 0 : state.acting.writing.includes(id);
  return isBusy ? refused('busy', what, 'the previous action is still running') : null;
}

/** Why the last action cannot be undone, or null. */
export function whyNoUndo(state: MonitorState): Reason | null {
  const { undoable, accepted } = state;
  if (accepted !== null) return whyNoWrite(state, `undo the acceptance of ${labelOf(accepted)}`);
  if (undoable === null && state.acting.undoable === null) return nothing('nothing to undo');
  const what = `undo ${undoable === null ? undoableNowText(state) : undoneAction(undoable)}`;
  // Else the key would never get to the action before it.
  const isLast = state.undoableBefore.length === 0;
  const changed = isLast ? whyNotUndone(state) : null;
  const over = isLast ? whyUndoIsOver(state) : null;
  return changed ?? (over === null ? whyNoWrite(state, what) : refused('status', what, over));
}

/** Why the last action, on one operation, cannot be undone any more; null if it can be. */
export function whyNotUndone({ undoable, latest, target, trackedActions }: MonitorState): Reason | null {
  if (undoable === null) return null;
  const { id, version } = undoable.undo;
  const what = `undo ${undoneAction(undoable)}`;
  // For a pause or a resume, only the status decides.
  if (version === null)
    return isRequeued(latest, undoable.undo, undoable.versionAfter) ? refused('status', what, requeuedText) : null;
  // Where one operation has the id, it may have been renamed.
  const identity = target.isFollowable ? null : undoable.undo.identity;
  const row = latest?.snapshot.operations.find((operation) => isOf({ operationId: id, identity }, operation));
  // Only a newer version shows that the row has changed: the last poll may be older than the action.
  const hasChanged = row !== undefined && row.version !== version && Number(row.version) > Number(version);
  if (!hasChanged) return null;
  const operator = trackedActions.findLast((action) => isOf(action, row))?.by;
  return refused(
    'status',
    what,
    operator === undefined ? `${by(row.workerId)} has changed it since` : actedText(operator),
  );
}

/** Why no failure can be accepted, or null. */
export function whyNoAccept(state: MonitorState): Reason | null {
  if (!mayAccept(state))
    return nothing('no unresolved failure selected', 'cannot accept: no unresolved failure selected');
  return whyNoWrite(state, 'accept');
}

/** Why the text cannot be applied, or null. */
export function whyNoApply({ overlay }: MonitorState): Reason | null {
  return overlay.kind === 'accept' && overlay.field.text.trim() === ''
    ? nothing('a note is needed', 'not accepted: type a note first')
    : null;
}

/** Why there is no unresolved failure to go to; null if there is one. */
export function whyNoUnresolved(state: MonitorState): Reason | null {
  const { triage } = shown(state) ?? {};
  return triage === undefined || triage.unresolved === 0 ? nothing('no unresolved failure') : null;
}

/** Why `Esc` does nothing; null if it stops, unmarks, closes or clears something. */
export function whyNotBack(state: MonitorState): Reason | null {
  const { running, marks } = state.acting;
  if (running !== null || marks.size > 0) return null;
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
