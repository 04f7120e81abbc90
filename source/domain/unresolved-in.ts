import type { Observation } from './observation.ts';
import type { PhaseSummary } from './summary.ts';

/** How many failures of a phase, or of one table in it, are unresolved; while that is unknown, how many there are. */
export function unresolvedIn(
  { triage }: Pick<Observation, 'triage'>,
  { phase, statuses }: Pick<PhaseSummary, 'phase' | 'statuses'>,
  tableName?: string,
): number {
  if (!triage.isWhole || statuses.failed === 0) return statuses.failed;
  return Math.min(statuses.failed, triage.unresolvedIn(phase, tableName));
}
