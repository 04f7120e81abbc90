import type { SeenFailure } from '../domain/acceptance.ts';
import { endedAt, type Operation } from '../domain/operation.ts';
import { count } from '../presentation/figures.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import { isUnresolved } from './failures-view.ts';
import { type MonitorState, shown } from './state.ts';
import { subjectOf } from './subject.ts';
import { selectedRow } from './views.ts';

/**
 * The unresolved failures that `x` accepts: the marked ones, the operation of the detail or under the cursor, or all of the kind
 * there.
 */
export function failuresToAccept(state: MonitorState): readonly SeenFailure[] {
  const triage = shown(state)?.triage;
  if (triage === undefined) return [];
  const subject = subjectOf(state);
  switch (subject?.kind) {
    case 'kind':
      return subject.ids.flatMap((id) => triage.of(id) ?? []);
    case 'marks':
      return subject.members.filter((one) => isUnresolved(triage, one)).map(seen);
    case 'operation':
      return isUnresolved(triage, subject.operation) ? [seen(subject.operation)] : [];
    default:
      return [];
  }
}

/** Returns the failures of these that are unresolved by the newest triage. */
export function stillUnresolved(state: MonitorState, failures: readonly SeenFailure[]): readonly SeenFailure[] {
  const triage = shown(state)?.triage;
  return failures.filter(({ id }) => (triage?.of(id)?.resolution.kind ?? 'unresolved') === 'unresolved');
}

/** Whether `x` accepts any. */
export function mayAccept(state: MonitorState): boolean {
  const row = state.overlay.kind === 'none' && state.acting.marks.size === 0 ? selectedRow(state) : null;
  return row?.kind === 'kind' ? row.summary.unresolved > 0 : failuresToAccept(state).length > 0;
}

function seen(operation: Operation): SeenFailure {
  const { id, identity, version, tableName } = operation;
  return { id, identity, version, tableName, failedAt: endedAt(operation) };
}

/** `operation 31 · cases` or `12 failures`. */
export function labelOf(failures: readonly SeenFailure[]): string {
  const [first] = failures;
  return failures.length === 1 && first !== undefined ? operationLabel(first) : `${count(failures.length)} failures`;
}

/** Says that no failure is left to accept. */
export function cannotAcceptGone(gone: readonly SeenFailure[]): string {
  return `cannot accept ${labelOf(gone)}: ${gone.length === 1 ? 'its row was' : 'their rows were'} deleted`;
}
