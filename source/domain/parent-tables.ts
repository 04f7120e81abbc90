import type { Observation } from './observation.ts';
import { openIn } from './progress.ts';
import type { KindSummary, Triage } from './triage.ts';

/** The progress of a parent table in the execution phase, and the operations that it has left. */
export interface ParentTable {
  readonly percent: number | null;
  /** Whether its counting is unclear: the percentage may be too low. */
  readonly isUnclear: boolean;
  /** How many operations are pending, running or paused. */
  readonly open: number;
  readonly unresolved: number;
  readonly skipped: number;
  /** How many of its failures were accepted: their records are missing. */
  readonly accepted: number;
}

type Known = Pick<Observation, 'tables' | 'triage' | 'memo'>;

function acceptedByTable(triage: Triage): ReadonlyMap<string, number> {
  const accepted = new Map<string, number>();
  for (const { phase, tableName, resolution } of triage.all())
    if (phase === 'execution' && resolution.kind === 'accepted')
      accepted.set(tableName, (accepted.get(tableName) ?? 0) + 1);
  return accepted;
}

/** The state of a parent table of a foreign key. */
export function parentTable(tableName: string, { tables, triage, memo }: Known): ParentTable | null {
  const table = tables.find((one) => one.tableName === tableName);
  if (table === undefined) return null;
  const unresolved = triage.unresolvedIn('execution', tableName);
  const accepted = triage.accepted === 0 ? 0 : (memo(acceptedByTable, triage).get(tableName) ?? 0);
  const { percent, statuses, counting } = table;
  const isUnclear = counting === 'unclear';
  return { percent, isUnclear, open: openIn(statuses), unresolved, skipped: statuses.skipped, accepted };
}

/** Whether nothing is left to do in a parent table. */
export function hasEnded(parent: ParentTable | null): boolean {
  return parent !== null && parent.open === 0 && parent.unresolved === 0;
}

/**
 * Returns the advice on a kind of failure; null if unknown. A missing parent row has another cause than the order of the
 * tables if nothing is left to do in its table.
 */
export function adviceOn({ suggestion, parents }: KindSummary, known: Known): string | null {
  const isLate = parents.length > 0 && parents.every((name) => hasEnded(parentTable(name, known)));
  return isLate && suggestion !== null ? withEndedParents : suggestion;
}

const withEndedParents =
  'a parent row is missing, although its table has ended: retry if it was copied after the failure; else the source does not have it, or no operation has copied it';
