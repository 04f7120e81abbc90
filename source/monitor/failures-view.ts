import { matches } from '../domain/filter/matches.ts';
import type { ResolvedFilter } from '../domain/filter/resolve.ts';
import { failureOf, kindOf } from '../domain/held-failures.ts';
import type { Observation } from '../domain/observation.ts';
import type { Operation } from '../domain/operation.ts';
import { type JudgedFailure, type KindSummary, type Triage, triageOf } from '../domain/triage.ts';
import type { ListRow } from '../presentation/rows.ts';
import type { MonitorState } from './state.ts';

/** The kinds of the failures that match a filter: the unresolved ones, or all of them after `h`. */
export function shownKinds(
  { showsResolved }: Pick<MonitorState, 'showsResolved'>,
  observation: Observation,
  filter: ResolvedFilter | null,
): readonly KindSummary[] {
  return matchingTriage(observation, filter).kinds.filter(({ unresolved }) => showsResolved || unresolved > 0);
}

/** The triage of the failures that match a filter. A text is looked for only in the failures that the polls list. */
export function matchingTriage(observation: Observation, filter: ResolvedFilter | null): Triage {
  const { triage } = observation;
  if (filter === null || filter.terms.length === 0) return triage;
  const parents = new Map(triage.kinds.map((one) => [one.kind, one.parents]));
  return triageOf(
    matchingFailures(observation, filter),
    triage.isWhole && !looksOnlyAtListed(observation, filter),
    (kind) => parents.get(kind) ?? [],
  );
}

/** Whether a filter passes over the failures that the polls do not list, because the triage has not their texts. */
export function looksOnlyAtListed({ triage, snapshot }: Observation, filter: ResolvedFilter): boolean {
  return snapshot.failures.length < triage.failed && filter.terms.some(({ field }) => field === 'text');
}

function matchingFailures(observation: Observation, filter: ResolvedFilter): readonly JudgedFailure[] {
  const { triage, snapshot } = observation;
  if (snapshot.failures.length >= triage.failed || looksOnlyAtListed(observation, filter))
    return snapshot.failures
      .filter((operation) => matches(filter, operation))
      .map((operation) => triage.of(operation.id) ?? failureOf(operation, { kind: 'unresolved' }));
  return [...triage.all()].filter((failure) => matches(filter, withoutTexts(failure)));
}

/** A failure with the fields of an operation that a filter without texts looks at. */
function withoutTexts({ failedAt, ...failure }: JudgedFailure): Operation {
  return { ...nothing, ...failure, completedAt: failedAt };
}

const nothing = {
  operation: '',
  status: 'failed',
  recordsProcessed: null,
  totalRecords: null,
  startedAt: null,
  errorMessage: null,
  batchSize: null,
  sourceQuery: null,
  validationQuery: null,
} as const;

/** The failures of the open kind: the unresolved ones, or all of them after `h`. Null: no kind is open. */
export function shownMembers(
  { failureKind, showsResolved }: Pick<MonitorState, 'failureKind' | 'showsResolved'>,
  { triage, snapshot, memo }: Observation,
): readonly Operation[] | null {
  if (failureKind === null) return null;
  return snapshot.failures.filter(
    (operation) => memo(kindOf, operation).kind === failureKind && (showsResolved || isUnresolved(triage, operation)),
  );
}

/** Whether the open view lists the failures of one kind. */
export function isKindOpen({ view, failureKind }: Pick<MonitorState, 'view' | 'failureKind'>): boolean {
  return view === 'failures' && failureKind !== null;
}

/** Whether an operation is an unresolved failure. */
export function isUnresolved(triage: Triage, { id, status }: Pick<Operation, 'id' | 'status'>): boolean {
  return status === 'failed' && (triage.of(id)?.resolution.kind ?? 'unresolved') === 'unresolved';
}

/** The index of the next row, or the previous one, that is or contains an unresolved failure, from `index` on and round the end. */
export function unresolvedFrom(rows: readonly ListRow[], index: number, by: 1 | -1): number | null {
  for (let steps = 1; steps <= rows.length; steps++) {
    const at = (index + by * steps + rows.length * 2) % rows.length;
    const row = rows[at];
    if (row !== undefined && hasUnresolved(row)) return at;
  }
  return null;
}

function hasUnresolved(row: ListRow): boolean {
  switch (row.kind) {
    case 'operation':
      return row.resolution?.kind === 'unresolved';
    case 'kind':
      return row.summary.unresolved > 0;
    case 'table':
      return (row.unresolved ?? 0) > 0;
    case 'activity':
      return false;
  }
}
