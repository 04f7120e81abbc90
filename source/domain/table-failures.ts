import type { Observation } from './observation.ts';
import { phases } from './operation.ts';

/** The unresolved failures of a table in all phases: also a failed validation has to be looked at. */
export function failuresIn({ triage, totals }: Observation, tableName: string): number {
  return phases.reduce((sum, phase) => {
    if (triage.isWhole) return sum + triage.unresolvedIn(phase, tableName);
    const table = totals.get(phase)?.tables.find((one) => one.tableName === tableName);
    return sum + (table?.statuses.failed ?? 0);
  }, 0);
}
