import { matches } from '../domain/filter/matches.ts';
import { parseFilter } from '../domain/filter/parse.ts';
import type { ResolvedFilter } from '../domain/filter/resolve.ts';
import { asksDatabase, type FoundFailures, isAsked, textKey, textTerms, unasked } from '../domain/found-failures.ts';
import { failureOf, kindOf } from '../domain/held-failures.ts';
import type { Observation } from '../domain/observation.ts';
import type { Operation } from '../domain/operation.ts';
import type { JudgedFailure, KindSummary, Triage } from '../domain/triage.ts';
import { triageOf } from '../domain/triage-tally.ts';
import type { ListRow } from '../presentation/rows.ts';
import type { FailureNumbers, MonitorState, TwoLists } from './state.ts';

/** Whether the lists show resolved and accepted failures too: after `h`, and if the filter names them. */
export function listsResolved({ showsResolved, filter }: Pick<MonitorState, 'showsResolved' | 'filter'>): boolean {
  if (showsResolved) return true;
  const parsed = parseFilter(filter);
  if (parsed.kind === 'wrong') return false;
  return parsed.filter.terms.some(
    (term) =>
      term.field === 'is' &&
      (term.negated
        ? term.values.includes('unresolved')
        : term.values.some((name) => name === 'resolved' || name === 'accepted')),
  );
}

/** The kinds of the failures that match a filter: the unresolved ones, or all of them after `h`. */
export function shownKinds(
  state: Pick<MonitorState, 'showsResolved' | 'filter' | 'found'>,
  observation: Observation,
  filter: ResolvedFilter | null,
): readonly KindSummary[] {
  const listsAll = listsResolved(state);
  return matchingTriage(observation, filter, state.found).kinds.filter(({ unresolved }) => listsAll || unresolved > 0);
}

/** The triage of the failures that match a filter. @param found which of them have its texts, as far as the database was asked */
export function matchingTriage(
  observation: Observation,
  filter: ResolvedFilter | null,
  found: FoundFailures | null,
): Triage {
  const { triage } = observation;
  if (filter === null || filter.terms.length === 0) return triage;
  const parents = new Map(triage.kinds.map((one) => [one.kind, one.parents]));
  return triageOf(
    matchingFailures(observation, filter, found),
    triage.isWhole && !isSearching(observation, filter, found),
    (kind) => parents.get(kind) ?? [],
  );
}

/** The numbers of the failures that match the filter of the state; nothing without one. */
export function matchingNumbers(
  state: Pick<MonitorState, 'filter' | 'found'>,
  observation: Observation,
  filter: ResolvedFilter | null,
): Pick<TwoLists, 'matching'> {
  if (state.filter === '' || filter === null) return {};
  return { matching: failureNumbers(matchingTriage(observation, filter, state.found)) };
}

/** The numbers of all failures of a triage. */
export function failureNumbers({ kinds, unresolved, resolved, accepted }: Triage): FailureNumbers {
  return { unresolved, resolved, accepted, kinds: kinds.filter((one) => one.unresolved > 0).length };
}

/** Whether the database has still to be asked which failures have the texts of the filter. */
export function isSearching(observation: Observation, filter: ResolvedFilter, found: FoundFailures | null): boolean {
  if (!asksDatabase(observation, filter)) return false;
  return unasked(found?.key === textKey(filter) ? found : null, observation.triage, 1).size > 0;
}

/** Tests a failure: its texts as the database says, or, until that was asked, as the polls hold them. */
export function failureTest(
  observation: Observation,
  filter: ResolvedFilter,
  found: FoundFailures | null,
): (failure: Operation) => boolean {
  if (!asksDatabase(observation, filter)) return (failure) => matches(filter, failure);
  const texts = { terms: textTerms(filter) };
  const others = { terms: filter.terms.filter(({ field }) => field !== 'text') };
  const answered = found?.key === textKey(filter) ? found : null;
  return (failure) =>
    matches(others, failure) &&
    (isAsked(answered, failure) ? answered?.ids.has(failure.id) === true : matches(texts, failure));
}

function matchingFailures(
  observation: Observation,
  filter: ResolvedFilter,
  found: FoundFailures | null,
): readonly JudgedFailure[] {
  const { triage, snapshot } = observation;
  const test = failureTest(observation, filter, found);
  if (snapshot.failures.length >= triage.failed)
    return snapshot.failures
      .filter(test)
      .map((operation) => triage.of(operation.id) ?? failureOf(operation, { kind: 'unresolved' }));
  const held = new Map(snapshot.failures.map((operation) => [operation.id, operation]));
  return [...triage.all()].filter((failure) => test(held.get(failure.id) ?? withoutTexts(failure)));
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
  state: Pick<MonitorState, 'failureKind' | 'showsResolved' | 'filter'>,
  { triage, snapshot, memo }: Observation,
): readonly Operation[] | null {
  const { failureKind } = state;
  if (failureKind === null) return null;
  const listsAll = listsResolved(state);
  return snapshot.failures.filter(
    (operation) => memo(kindOf, operation).kind === failureKind && (listsAll || isUnresolved(triage, operation)),
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
