import type { Statement } from './literals.ts';
import { type NamedQuery, type QueryValues, valuesOf } from './parameters.ts';
import { sqlFor } from './sql.ts';
import type { Target } from './target.ts';

/** A query of sql/queries for one table, with its values in the order of its parameters. */
export function query<Name extends NamedQuery>(name: Name, target: Target, values: QueryValues<Name>): Statement {
  return { text: sqlFor(name, target.table, target), values: valuesOf(name, values) };
}
