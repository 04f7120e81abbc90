import { openIn, tableOutcomeText } from '../domain/progress.ts';
import type { TableSummary } from '../domain/summary.ts';
import { tableOutcome } from '../domain/table-outcome.ts';
import { count } from './figures.ts';
import { moreText } from './more-records.ts';

/** The outcome of a table that has ended with unresolved failures: another column has their number, of all phases. */
const endedWord = 'ended';

/**
 * How a table ended, `ended` if it has with unresolved failures; null while it is open.
 *
 * @param unresolved how many of its failed operations are unresolved; null if unknown
 */
export function outcomeText(
  table: Pick<TableSummary, 'outcome' | 'outcomeIfResolved' | 'statuses'>,
  unresolved: number | null,
): string | null {
  const outcome = tableOutcome(table, unresolved);
  if (outcome !== null) return tableOutcomeText(outcome);
  return openIn(table.statuses) === 0 && unresolved !== null && unresolved > 0 ? endedWord : null;
}

/** How a table ended; of another one that it has more records than expected; and how many of its operations are skipped. */
export function outcomeWords({ outcome, ...table }: Outcome): string {
  const { statuses } = table;
  return [
    outcome ?? '',
    outcome === null || outcome === endedWord ? moreText(table) : '',
    statuses.skipped > 0 ? `${count(statuses.skipped)} skipped` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

type Outcome = Pick<TableSummary, 'statuses' | 'recordsProcessed' | 'totalRecords' | 'wholeTotal'> & {
  /** As `outcomeText` has it. */
  readonly outcome: string | null;
};
