import { printFilter } from '../domain/filter/print.ts';
import { type Operation, operationKey, type Status } from '../domain/operation.ts';
import { isCounting } from '../domain/snapshot.ts';
import { count } from '../presentation/figures.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import type { ManyAction } from './acting-state.ts';
import { matchingTriage } from './failures-view.ts';
import { resolvedFilter } from './filter-facts.ts';
import { memberOf } from './marks.ts';
import type { MonitorState } from './state.ts';
import { shown } from './state.ts';
import { selectedOperation, selectedRow } from './views.ts';

/** The operations that an action changes: the marked operations, else the row under the cursor. */
export type Subject =
  | { readonly kind: 'operation'; readonly operation: Operation }
  | { readonly kind: 'marks'; readonly members: readonly Operation[] }
  | { readonly kind: 'table'; readonly tableName: string }
  /** The unresolved failures of a kind that pass the filter. */
  | { readonly kind: 'kind'; readonly failureKind: string; readonly ids: readonly number[]; readonly filter: string };

/** Null if there is nothing to act on. In the detail it is always the operation that is open. */
export function subjectOf(state: MonitorState): Subject | null {
  if (state.overlay.kind === 'none' && state.acting.marks.size > 0)
    return { kind: 'marks', members: markedMembers(state) };
  const operation = selectedOperation(state);
  if (operation !== null) return { kind: 'operation', operation };
  const row = state.overlay.kind === 'none' ? selectedRow(state) : null;
  if (row?.kind === 'kind') return failuresOfKind(state, row.summary.kind);
  return row?.kind === 'table' ? { kind: 'table', tableName: row.table.tableName } : null;
}

/** The unresolved failures of a kind that pass the filter: those that the row of the kind counts. */
export function failuresOfKind(state: MonitorState, failureKind: string): Subject {
  const observation = shown(state);
  const triage = observation === null ? null : matchingTriage(observation, resolvedFilter(state), state.found);
  const ids = triage?.membersOf(failureKind).filter((id) => triage.of(id)?.resolution.kind === 'unresolved') ?? [];
  return { kind: 'kind', failureKind, ids, filter: state.filter };
}

/** Why a kind has no unresolved failure: `all 12 are resolved`; null if it has one, or none is known. */
export function resolvedText(state: MonitorState, failureKind: string): string | null {
  const observation = shown(state);
  const triage = observation === null ? null : matchingTriage(observation, resolvedFilter(state), state.found);
  const summary = triage?.kinds.find(({ kind }) => kind === failureKind);
  if (summary === undefined || summary.failed === 0 || summary.unresolved > 0) return null;
  const { failed, accepted } = summary;
  const resolved = failed - accepted;
  const are = (rows: number): string => (rows === 1 ? 'is' : 'are');
  const all = failed === 1 ? 'it is' : `all ${count(failed)} are`;
  if (accepted === 0) return `${all} resolved`;
  if (resolved === 0) return `${all} accepted`;
  return `${count(resolved)} ${are(resolved)} resolved, ${count(accepted)} ${are(accepted)} accepted`;
}

/** The filter that finds the unresolved failures of a kind, or all of them, within another filter. */
export function kindFilter(failureKind: string, within: string, which: 'unresolved' | 'all' = 'unresolved'): string {
  const kind = printFilter({
    terms: [
      { negated: false, field: 'kind', values: [{ literals: [failureKind], isExact: true }] },
      which === 'all'
        ? { negated: false, field: 'status', values: ['failed'] }
        : { negated: false, field: 'is', values: ['unresolved'] },
    ],
  });
  return within.trim() === '' ? kind : `${kind} ${within.trim()}`;
}

/** The subject in words, as it follows an action: `pause 12 marked operations`. */
export function subjectText(subject: Subject): string {
  switch (subject.kind) {
    case 'operation':
      return operationLabel(subject.operation);
    case 'marks':
      return subject.members.length === 1 ? '1 marked operation' : `${count(subject.members.length)} marked operations`;
    case 'table':
      return `table ${subject.tableName}`;
    case 'kind':
      return `${count(subject.ids.length)} unresolved ${subject.ids.length === 1 ? 'failure' : 'failures'}: ${subject.failureKind}`;
  }
}

/** The filter that finds the operations of a table, and no others. */
export function tableFilter(tableName: string): string {
  return printFilter({
    terms: [{ negated: false, field: 'table', values: [{ literals: [tableName], isExact: true }] }],
  });
}

/** The marked operations, each as it was seen last. */
export function markedMembers({ acting: { marks }, latest, page }: MonitorState): readonly Operation[] {
  const seen = [
    ...(page?.operations ?? []),
    ...(latest?.snapshot.failures ?? []),
    ...(latest?.snapshot.operations ?? []),
  ];
  const newest = new Map(seen.map((operation) => [operationKey(operation), operation]));
  return [...marks].map(([key, member]) => {
    const operation = newest.get(key);
    return operation === undefined ? member : memberOf(operation);
  });
}

/** The statuses from which each action changes an operation. */
export const statusesFor: Readonly<Record<ManyAction, readonly Status[]>> = {
  pause: ['running', 'pending'],
  resume: ['paused'],
  skip: ['pending', 'paused', 'failed'],
  retry: ['failed', 'skipped'],
  takeover: ['running', 'paused'],
  'batch size': ['running', 'pending', 'paused'],
};

/** The statuses that an action on all operations of a table changes: skipped ones are not retried with failed ones. */
export const statusesOfAll: Readonly<Record<ManyAction, readonly Status[]>> = {
  ...statusesFor,
  retry: ['failed'],
};

/** Whether an action may change some of the operations. While a table is being counted, it may. */
export function mayChange(state: MonitorState, action: ManyAction, subject: Subject): boolean {
  const statuses = statusesFor[action];
  switch (subject.kind) {
    case 'operation':
      return statuses.includes(subject.operation.status);
    case 'marks':
      return subject.members.some(({ status }) => statuses.includes(status));
    case 'kind':
      return subject.ids.length > 0 && statuses.includes('failed');
    case 'table': {
      const snapshot = shown(state)?.snapshot;
      if (snapshot === undefined || isCounting(snapshot)) return true;
      return snapshot.totals.some(
        (total) =>
          total.tableName === subject.tableName && statusesOfAll[action].some((status) => total.statuses[status] > 0),
      );
    }
  }
}
