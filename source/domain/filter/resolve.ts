import type { Phase, Status } from '../operation.ts';
import { sinceTimestamp } from '../since.ts';
import type { Zone } from '../zone.ts';
import type { Filter, IsName, NumberRange, Term } from './filter.ts';
import { matchesPattern, type Pattern } from './pattern.ts';

/** Properties of operations that only the client knows. */
export interface Facts {
  /** The database's clock, in seconds as in `Operation`, and the zone of the table's writers; undefined for UTC. */
  readonly now: number;
  readonly zone: Zone | undefined;
  /** The operations with a property. */
  is(name: IsName): Ids;
  /** The failed operations whose kind and SQLSTATE pass the test. */
  ofKind(test: (kind: string, sqlState: string | null) => boolean): Iterable<number>;
  /** The operations whose newest action is by an operator whose names match: user, role, `user@host`. */
  actedOnBy(test: (names: readonly string[]) => boolean): Iterable<number>;
}

/** Operations by their ids: these, or all failed ones but these. */
export interface Ids {
  readonly kind: 'only' | 'failed-except';
  readonly ids: ReadonlySet<number>;
}

/**
 * A filter that needs no more facts: what only the client knows has become ids. The monitor tests operations in memory with
 * it (`matches`), and the database gets it as a condition (database/filter-sql.ts); both select the same operations.
 */
export interface ResolvedFilter {
  readonly terms: readonly ResolvedTerm[];
}

export type ResolvedTerm = { readonly negated: boolean } & (
  | { readonly field: 'status'; readonly values: readonly Status[] }
  | { readonly field: 'phase'; readonly values: readonly Phase[] }
  | { readonly field: 'table' | 'text'; readonly values: readonly Pattern[] }
  | { readonly field: 'id' | 'worker'; readonly values: readonly (NumberRange | 'none')[] }
  /** On the clock of the table's writers, as the table has its timestamps. */
  | { readonly field: 'since'; readonly localSeconds: number; readonly zone: Zone | undefined }
  | { readonly field: 'ids'; readonly values: readonly Ids[] }
);

/** The filter that passes everything. */
export const unfiltered: ResolvedFilter = { terms: [] };

/** Replaces the properties that only the client knows by the ids that have them. */
export function resolveFilter({ terms }: Filter, facts: Facts): ResolvedFilter {
  return { terms: terms.map((term) => resolved(term, facts)) };
}

function resolved(term: Term, facts: Facts): ResolvedTerm {
  const { negated } = term;
  switch (term.field) {
    case 'is':
      return { negated, field: 'ids', values: term.values.map((name) => facts.is(name)) };
    case 'kind': {
      const found = facts.ofKind((kind, sqlState) => isOfKind(term.values, kind, sqlState));
      return { negated, field: 'ids', values: [only(found)] };
    }
    case 'by': {
      const found = facts.actedOnBy((names) =>
        term.values.some((pattern) => names.some((name) => matchesPattern(pattern, name, 'whole'))),
      );
      return { negated, field: 'ids', values: [only(found)] };
    }
    case 'since': {
      const [since] = term.values;
      if (since.kind === 'id') return { negated, field: 'id', values: [{ from: Number(since.id), to: null }] };
      const { zone } = facts;
      return { negated, field: 'since', localSeconds: sinceTimestamp(since, facts.now, zone) ?? 0, zone };
    }
    case 'table':
    case 'text':
      return { negated, field: term.field, values: term.values };
    default:
      return term;
  }
}

/** Whether a kind of failure is one of those that `kind:` names: by its text, or by its SQLSTATE. */
export function isOfKind(patterns: readonly Pattern[], kind: string, sqlState: string | null): boolean {
  return patterns.some(
    (pattern) =>
      matchesPattern(pattern, kind, 'part') || (sqlState !== null && matchesPattern(pattern, sqlState, 'whole')),
  );
}

/** Returns a filter that matches some operations, all of them or those that have one of these statuses. */
export function ofOperations(ids: readonly number[], status: readonly Status[] = []): ResolvedFilter {
  return {
    terms: [
      { negated: false, field: 'ids', values: [only(ids)] },
      ...(status.length === 0 ? [] : [{ negated: false, field: 'status', values: status } as const]),
    ],
  };
}

/** Returns a set with these operations and no others. */
export function only(ids: Iterable<number>): Ids {
  return { kind: 'only', ids: new Set(ids) };
}
