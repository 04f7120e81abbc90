import type { Statement } from './literals.ts';
import { type NamedQuery, type QueryValues, valuesOf } from './parameters.ts';
import { type QueryName, sqlFor } from './sql.ts';
import type { Target } from './target.ts';

/** The texts of the queries for a table, as long as its target: polls send the same ones again and again. */
const texts = new WeakMap<Target, Map<QueryName, string>>();

/** A query of sql/queries for one table, with its values in the order of its parameters. */
export function query<Name extends NamedQuery>(name: Name, target: Target, values: QueryValues<Name>): Statement {
  return { text: textOf(name, target), values: valuesOf(name, values) };
}

function textOf(name: QueryName, target: Target): string {
  const known = texts.get(target) ?? new Map<QueryName, string>();
  texts.set(target, known);
  const text = known.get(name) ?? sqlFor(name, target.table, target);
  known.set(name, text);
  return text;
}
