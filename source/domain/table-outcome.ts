import type { TableOutcome } from './progress.ts';
import type { TableSummary } from './summary.ts';

/**
 * How a table ended: its outcome once all its operations are completed or skipped, or have failed and were resolved or accepted.
 *
 * @param unresolved how many of its failed operations are unresolved; null if unknown
 */
export function tableOutcome(table: Ended, unresolved: number | null): TableOutcome | null {
  return table.outcome ?? (unresolved === 0 ? (table.outcomeIfResolved ?? null) : null);
}

/** Whether it has ended without a failure that is unresolved, although records are missing. */
export function endedShort(table: Ended, unresolved: number | null): boolean {
  const kind = tableOutcome(table, unresolved)?.kind;
  return kind === 'fewer' || kind === 'unreported';
}

type Ended = Pick<TableSummary, 'outcome' | 'outcomeIfResolved'>;
