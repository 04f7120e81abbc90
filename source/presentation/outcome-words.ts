import { openIn } from '../domain/progress.ts';
import type { TableSummary } from '../domain/summary.ts';
import { count } from './figures.ts';
import { moreText } from './more-records.ts';

/**
 * How a table ended; of another one that it has more records than expected; and how many of its operations are skipped. If it has ended
 * with unresolved failures, another column has their number: of all phases, not of this one.
 */
export function outcomeWords({ outcome, unresolved, ...table }: Outcome): string {
  const { statuses } = table;
  const isLeft = outcome === null && openIn(statuses) === 0 && unresolved !== null && unresolved > 0;
  return [
    outcome ?? (isLeft ? 'ended' : ''),
    outcome === null ? moreText(table) : '',
    statuses.skipped > 0 ? `${count(statuses.skipped)} skipped` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

type Outcome = Pick<TableSummary, 'statuses' | 'recordsProcessed' | 'totalRecords' | 'wholeTotal'> & {
  readonly outcome: string | null;
  /** How many of its failed operations are unresolved; null if unknown. */
  readonly unresolved: number | null;
};
