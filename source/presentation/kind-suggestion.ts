import type { Observation } from '../domain/observation.ts';
import type { KindSummary } from '../domain/triage.ts';
import { count, percent } from './figures.ts';

/** How many parent tables a suggestion names. */
const mostParents = 3;

/** What usually helps against a kind of failure, with the state of the parent tables of a foreign key; null if unknown. */
export function suggestionText({ suggestion, parents }: KindSummary, observation: Observation): string | null {
  if (suggestion === null || parents.length === 0) return suggestion;
  const named = parents.slice(0, mostParents).map((parent) => `${parent} ${stateOf(parent, observation)}`);
  const more = parents.length - named.length;
  return `${suggestion}. Parents: ${named.join('; ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** How far a table is migrated: `is at 94.2%, 3 failed`. */
function stateOf(tableName: string, { tables, triage }: Observation): string {
  const table = tables.find((one) => one.tableName === tableName);
  if (table === undefined) return 'is not in the execution phase';
  const unresolved = triage.unresolvedIn('execution', tableName);
  const failed = unresolved === 0 ? '' : `, ${count(unresolved)} unresolved`;
  return table.percent === null ? `is of unknown size${failed}` : `is at ${percent(table.percent)}${failed}`;
}
