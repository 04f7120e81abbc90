import type { Observation } from './observation.ts';
import type { PhaseSummary } from './summary.ts';

/** How many failures of a phase are unresolved; while that is unknown, how many there are. */
export function unresolvedIn(
  { triage, totals }: Pick<Observation, 'triage' | 'totals'>,
  { phase, statuses }: Pick<PhaseSummary, 'phase' | 'statuses'>,
): number {
  if (!triage.isWhole || statuses.failed === 0) return statuses.failed;
  const tables = totals.get(phase)?.tables ?? [];
  return Math.min(
    statuses.failed,
    tables.reduce((sum, { tableName }) => sum + triage.unresolvedIn(phase, tableName), 0),
  );
}
