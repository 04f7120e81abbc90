import type { Filter, IsName, Term } from '../domain/filter/filter.ts';
import { matches } from '../domain/filter/matches.ts';
import { parseFilter } from '../domain/filter/parse.ts';
import { matchesPattern, type Pattern } from '../domain/filter/pattern.ts';
import { printTerm } from '../domain/filter/print.ts';
import { isOfKind, type ResolvedFilter, resolveFilter } from '../domain/filter/resolve.ts';
import type { Observation } from '../domain/observation.ts';
import { phases } from '../domain/operation.ts';
import type { TableSummary } from '../domain/summary.ts';
import type { ViewId } from '../presentation/view-id.ts';
import { factsOf } from './filter-facts.ts';
import type { MonitorState } from './state.ts';

/** The fields of a filter that a view applies, where it does not apply all. */
const appliedFields: { readonly [View in ViewId]?: readonly Term['field'][] } = {
  tables: ['table', 'text', 'status', 'phase', 'is', 'kind'],
  activity: ['table', 'text', 'id', 'since', 'by'],
};

/** The terms of the filter that a view does not apply, as text; empty where it applies all. */
export function unappliedTerms(view: ViewId, text: string): readonly string[] {
  const applied = appliedFields[view];
  const parsed = parseFilter(text);
  if (applied === undefined || parsed.kind === 'wrong') return [];
  return parsed.filter.terms.filter(({ field }) => !applied.includes(field)).map(printTerm);
}

/** The part of the filter that a view applies; null where its text is no filter. */
export function appliedFilter(view: ViewId, text: string): Filter | null {
  const parsed = parseFilter(text);
  if (parsed.kind === 'wrong') return null;
  const applied = appliedFields[view];
  return applied === undefined
    ? parsed.filter
    : { terms: parsed.filter.terms.filter(({ field }) => applied.includes(field)) };
}

/** Tests a table of the execution phase: by its name, or by having operations that pass. */
export function tableTest(state: MonitorState, observation: Observation): (table: TableSummary) => boolean {
  const filter = appliedFilter('tables', state.filter);
  if (filter === null) return () => true;
  const tests = filter.terms.map((term) => tableTermTest(term, state, observation));
  return (table) => tests.every((test) => test(table));
}

function tableTermTest(term: Term, state: MonitorState, observation: Observation): (table: TableSummary) => boolean {
  const { negated } = term;
  switch (term.field) {
    case 'table':
      return ({ tableName }) => term.values.some((one) => matchesPattern(one, tableName, 'part')) !== negated;
    case 'text':
      return ({ tableName }) => matchesPattern(term.values[0], tableName, 'anywhere') !== negated;
    case 'status':
      return ({ statuses }) => term.values.some((status) => statuses[status] > 0) !== negated;
    case 'phase':
      return () => term.values.includes('execution') !== negated;
    case 'kind': {
      const tables = tablesOfKinds(term.values, observation);
      return ({ tableName }) => tables.has(tableName) !== negated;
    }
    case 'is': {
      const tests = term.values.map((name) => propertyTest(name, state, observation));
      return ({ tableName }) => tests.some((test) => test(tableName)) !== negated;
    }
    default:
      return () => true;
  }
}

/** Tests whether a table has operations with a property, of all its failures or of those that the monitor holds. */
function propertyTest(name: IsName, state: MonitorState, observation: Observation): (tableName: string) => boolean {
  const { triage } = observation;
  if (name === 'unresolved') return (tableName) => phases.some((phase) => triage.unresolvedIn(phase, tableName) > 0);
  const term = { negated: false, field: 'is', values: [name] } as const;
  const tables = tablesWith(resolveFilter({ terms: [term] }, factsOf(state, observation)), observation);
  return (tableName) => tables.has(tableName);
}

/** The tables with failures of these kinds. */
function tablesOfKinds(patterns: readonly Pattern[], { triage }: Observation): ReadonlySet<string> {
  const kinds = triage.kinds.filter(({ kind, sqlState }) => isOfKind(patterns, kind, sqlState));
  return new Set(kinds.flatMap(({ tables }) => tables.map(({ tableName }) => tableName)));
}

/** The tables of the operations that pass, of those that the monitor holds. */
function tablesWith(filter: ResolvedFilter, { snapshot }: Observation): ReadonlySet<string> {
  const passing = [...snapshot.operations, ...snapshot.failures].filter(
    (operation) => operation.phase === 'execution' && matches(filter, operation),
  );
  return new Set(passing.map(({ tableName }) => tableName));
}
