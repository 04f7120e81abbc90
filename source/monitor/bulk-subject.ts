import type { BulkPlan } from '../domain/bulk-actions.ts';
import type { Operation } from '../domain/operation.ts';
import { resolvedBy } from '../domain/skipping.ts';
import { commandLine } from '../presentation/command-line.ts';
import { refusalOfOne, refusedText } from '../presentation/plan-text.ts';
import type { Canary } from './acting-state.ts';
import type { BulkDialog } from './bulk-dialog.ts';
import { unresolvedRest } from './canary.ts';
import { isKindOpen } from './failures-view.ts';
import type { MonitorState } from './state.ts';
import { failuresOfKind, kindFilter, type Subject, statusesOfAll, subjectOf, tableFilter } from './subject.ts';
import { knownTakeOver } from './taking-over.ts';

/** The actions that a dialog asks about. */
export type Asked = BulkDialog['action'];

/** Returns the kind of failure of which one may be retried first, and watched; null if there is none. */
export function failureKindOf(action: Asked, subject: Subject): string | null {
  return action === 'retry' && subject.kind === 'kind' && subject.ids.length > 1 ? subject.failureKind : null;
}

/** Why nothing is changed: of one operation its own reason. */
export function whyNone(action: Asked, plan: BulkPlan, subject: Subject): string {
  const [refused] = plan.refused;
  return subject.kind === 'operation' && refused !== undefined
    ? refusalOfOne(action, refused.reason)
    : refusedText(plan) || 'none of them can be changed';
}

/** The other unresolved failures of the kind of one failure; null if there are none. */
export function matesOf(state: MonitorState, subject: Subject): BulkDialog['mates'] {
  if (subject.kind !== 'operation' || subject.operation.status !== 'failed') return null;
  const { id } = subject.operation;
  const failureKind = state.latest?.triage.of(id)?.kind;
  if (failureKind === undefined) return null;
  const all = failuresOfKind(state, failureKind);
  const ids = all.kind === 'kind' ? all.ids.filter((other) => other !== id) : [];
  return ids.length === 0 ? null : { failureKind, ids };
}

/**
 * The rest of a kind, which a retry is of after the first one has completed. Null before that, where operations are marked, and
 * on rows of another kind or of none.
 */
export function restHere(state: MonitorState): Subject | null {
  const { canary } = state.acting;
  if (canary?.isCompleted !== true || state.overlay.kind !== 'none') return null;
  const ids = unresolvedRest(state, canary);
  return ids.length > 0 && isOfCanary(state, canary)
    ? { kind: 'kind', failureKind: canary.failureKind, ids, filter: '' }
    : null;
}

/**
 * Whether the selected row is the watched retry, its kind, or a failure of its kind. The list of the kind is so also without a
 * selected row: the failure that was retried leaves it.
 */
function isOfCanary(state: MonitorState, { failureKind, id }: Canary): boolean {
  const subject = subjectOf(state);
  if (subject?.kind === 'kind') return subject.failureKind === failureKind;
  if (subject === null) return isKindOpen(state) && state.failureKind === failureKind;
  if (subject.kind !== 'operation') return false;
  const { operation } = subject;
  if (operation.id === id) return true;
  return operation.status === 'failed' && state.latest?.triage.of(operation.id)?.kind === failureKind;
}

/** The operation that `t` would take over, with what is known of its worker; null if the subject is no single operation, or if it is not known. */
export function takeOverOf(state: MonitorState, subject: Subject): BulkDialog['takeOver'] {
  if (subject.kind !== 'operation') return null;
  const { operation } = subject;
  const known = knownTakeOver(state, operation);
  return known === null ? null : { operation, known };
}

/** The command line that does the same. */
export function commandOf(action: Asked, subject: Subject, state: MonitorState): string {
  const { target } = state;
  if (subject.kind === 'table') {
    const without = action === 'skip' ? ' -is:resolved' : '';
    const where = `${tableFilter(subject.tableName)} status:${statusesOfAll[action].join(',')}${without}`;
    return commandLine(action, { where }, target);
  }
  if (subject.kind === 'kind')
    return commandLine(action, { where: kindFilter(subject.failureKind, subject.filter) }, target);
  const known = takeOverOf(state, subject)?.known.kind;
  if (action === 'takeover' && subject.kind === 'operation' && known === 'unproven')
    return `${commandLine(action, { ids: [subject.operation.id] }, target)} --unproven`;
  // A skip leaves resolved failures out.
  const idsOf = (member: Operation): number[] =>
    action === 'skip' && resolvedBy(state.latest, member) !== null ? [] : [member.id];
  const ids = subject.kind === 'operation' ? [subject.operation.id] : subject.members.flatMap(idsOf);
  return commandLine(action, { ids }, target);
}

/** The filter of the operations that a view lists: on the Overview those that are running or paused. */
export function allOfView(view: string, filter: string): string {
  if (view === 'workers' || view === 'overview') return `${filter} status:running,paused`;
  return view === 'failures' ? `${filter} status:failed` : filter;
}
