import type { SeenFailure } from '../domain/acceptance.ts';
import { endedAt, type Operation } from '../domain/operation.ts';
import { count } from '../presentation/figures.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import { isUnresolved } from './failures-view.ts';
import { type MonitorState, shown } from './state.ts';
import { selectedOperation, selectedRow } from './views.ts';

/** The unresolved failures that `x` accepts: the operation of the detail or under the cursor, or those of the kind there. */
export function failuresToAccept(state: MonitorState): readonly SeenFailure[] {
  const observation = shown(state);
  if (observation === null) return [];
  const { triage, snapshot } = observation;
  const row = selectedRow(state);
  if (state.overlay.kind === 'none' && row?.kind === 'kind') {
    const members = new Set(triage.membersOf(row.summary.kind));
    return snapshot.failures.filter((one) => members.has(one.id) && isUnresolved(triage, one)).map(seen);
  }
  const operation = selectedOperation(state);
  return operation !== null && isUnresolved(triage, operation) ? [seen(operation)] : [];
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
