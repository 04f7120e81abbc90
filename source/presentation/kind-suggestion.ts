import type { Observation } from '../domain/observation.ts';
import { adviceOn, hasEnded, type ParentTable, parentTable } from '../domain/parent-tables.ts';
import type { KindSummary } from '../domain/triage.ts';
import { count } from './figures.ts';
import { phasePercent } from './more-records.ts';

/** How many parent tables a suggestion names. */
const mostParents = 3;

/** Returns the advice on a kind of failure as `kindHelpText` has it; null if unknown, and if no failure of the kind is unresolved. */
export function suggestionText(summary: KindSummary, observation: Observation): string | null {
  return summary.unresolved === 0 ? null : kindHelpText(summary, observation);
}

/** Returns the advice on a kind of failure, also of one that is accepted or resolved, with the state of the parent tables of a foreign key; null if unknown. */
export function kindHelpText(summary: KindSummary, observation: Observation): string | null {
  const { parents } = summary;
  const advice = adviceOn(summary, observation);
  if (advice === null || parents.length === 0) return advice;
  const named = parents.slice(0, mostParents).map((parent) => `${parent} ${stateOf(parent, observation)}`);
  const more = parents.length - named.length;
  return `${advice}. Parents: ${named.join('; ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** How far a table is migrated: `is at 94.2%, 12 open, 3 unresolved`, or `is complete`. */
function stateOf(tableName: string, observation: Observation): string {
  const parent = parentTable(tableName, observation);
  if (parent === null) return 'is not in the execution phase';
  const { open, unresolved, skipped, accepted } = parent;
  const left = [
    ...(open === 0 ? [] : [`${count(open)} open`]),
    ...(unresolved === 0 ? [] : [`${count(unresolved)} unresolved`]),
    ...(accepted === 0 ? [] : [`${count(accepted)} accepted`]),
    ...(skipped === 0 ? [] : [`${count(skipped)} skipped`]),
  ];
  return [howFar(parent), ...left].join(', ');
}

function howFar(parent: ParentTable): string {
  const { percent } = parent;
  if (!hasEnded(parent)) return percent === null ? 'is of unknown size' : `is at ${phasePercent(parent)}`;
  if (percent === null) return 'has ended';
  return percent >= 100 && !parent.isUnclear ? 'is complete' : `has ended at ${phasePercent(parent)}`;
}
