import type { StatusCounts } from './operation.ts';

/**
 * How the counters of a table's rows count: each the records of the row's total, each the records of the row's batch of a
 * shared total, or each all records up to then; `unclear` if the rows prove none of these.
 */
export const countings = ['own totals', 'per batch', 'cumulative', 'unclear'] as const;
export type Counting = (typeof countings)[number];

/** A way of counting that the operator named (`--counting TABLE=own|batch|cumulative`). */
export type NamedCounting = Exclude<Counting, 'unclear'>;

/** The outcome of a table when all its operations are completed or skipped. */
export type TableOutcome =
  | { readonly kind: 'completed' }
  | { readonly kind: 'fewer' | 'more'; readonly percent: number }
  /** No operation reported a record. */
  | { readonly kind: 'unreported' };

export interface Progress {
  readonly recordsProcessed: number;
  /** The expected records of the table; null if no row has a total. */
  readonly totalRecords: number | null;
  /** 0 to 100, or above if all operations have ended with more than expected; two decimals; null without a total. */
  readonly percent: number | null;
  readonly counting: Counting;
  /** The evidence for each way of counting, if it is unclear. */
  readonly reasons: readonly string[];
  /** Null while an operation is open or has failed, if all were skipped, and if there is no total. */
  readonly outcome: TableOutcome | null;
  /** The outcome that it has if all its failed operations are resolved or accepted; absent if none has failed. */
  readonly outcomeIfResolved?: TableOutcome | null;
}

/** The figures of a table by each way of counting. */
export interface Sums {
  readonly records: number;
  readonly totals: number;
  readonly rowsWithTotal: number;
  readonly largest: number;
  readonly largestTotal: number | null;
  /** How many open and skipped rows name a total above 0. */
  readonly openSized: number;
  /** The largest total of the works of more than one batch, and the totals of the others. */
  readonly besideTotal: number;
  /** The totals of works that are in no shared total (`largestTotal`, `besideTotal`), but count in the records. */
  readonly apartTotals: number;
}

/** How the counters of a table count, and why. */
export interface Counted {
  readonly counting: Counting;
  readonly reasons: readonly string[];
  /** Whether works of one batch have totals of their own next to batches that share a total: they are no part of its position. */
  readonly isBeside?: boolean;
}

/**
 * The progress of a table by one way of counting.
 *
 * @param hasUnreadable whether the table has other rows that cannot be read: they may be open
 */
export function progressOf(
  sums: Sums,
  counts: StatusCounts,
  { counting, reasons, isBeside = false }: Counted,
  hasUnreadable = false,
): Progress {
  const isOwn = counting === 'own totals' || (counting === 'unclear' && mayBeOwn(sums));
  const recordsProcessed = isOwn ? sums.records : recordsBy(sums, counting);
  const shared = counting === 'per batch' ? batchTotal(sums, isBeside) : sums.largestTotal;
  const totalRecords = sums.rowsWithTotal === 0 ? null : isOwn ? sums.totals : shared;
  const open = openIn(counts) + (hasUnreadable ? 1 : 0);
  const percents = [percentDone(recordsProcessed, totalRecords, open)];
  // A failed operation may be ahead of the others: it has records by its own total, and none of a shared one.
  if (counting === 'unclear')
    for (const records of [sums.largest, sums.records]) percents.push(percentDone(records, sums.largestTotal, open));
  const hasEnded = openIn(counts) === 0 && counts.completed > 0 && !hasUnreadable && counting !== 'unclear';
  const outcome = hasEnded ? tableOutcomeOf(recordsProcessed, totalRecords) : null;
  return {
    recordsProcessed,
    totalRecords,
    percent: lowest(percents),
    counting,
    reasons,
    outcome: counts.failed === 0 ? outcome : null,
    ...(counts.failed > 0 && { outcomeIfResolved: outcome }),
  };
}

function batchTotal({ besideTotal, largestTotal, apartTotals }: Sums, isBeside: boolean): number | null {
  const shared = isBeside ? besideTotal : largestTotal;
  return shared === null ? null : shared + apartTotals;
}

/**
 * Whether the operations of an unclear table may have totals of their own: several open ones name a total each. A percentage of the sum of the
 * totals is then the lowest. If at most one is open, the completed ones have not reached the totals that would be theirs.
 */
export function mayBeOwn({ openSized }: Pick<Sums, 'openSized'>): boolean {
  return openSized >= 2;
}

/** The lowest of some percentages; null if one is unknown. */
function lowest(percents: readonly (number | null)[]): number | null {
  let found = Number.POSITIVE_INFINITY;
  for (const percent of percents) {
    if (percent === null) return null;
    found = Math.min(found, percent);
  }
  return found;
}

function recordsBy({ records, largest }: Sums, counting: Counting): number {
  if (counting === 'cumulative') return largest;
  return counting === 'unclear' ? Math.min(records, largest) : records;
}

/**
 * A share in percent, to two decimals. It is below 100 while an operation is open, whatever the counters say; of a total
 * of 0 it is 100 when everything has ended without records.
 */
export function percentDone(records: number, total: number | null, open: number): number | null {
  if (total === 0 && records === 0) return open === 0 ? 100 : null;
  const percent = percentOf(records, total);
  return percent === null || open === 0 ? percent : Math.min(percent, 99.99);
}

/** Whether a percentage is known and below 100. */
export function isIncomplete(percent: number | null): boolean {
  return percent !== null && percent < 100;
}

/** A share in percent, to two decimals; an incomplete share never rounds to 100. Null if the whole is 0 or unknown. */
export function percentOf(part: number, whole: number | null): number | null {
  if (whole === null || whole <= 0) return null;
  const percent = Math.round((part * 10_000) / whole) / 100;
  return part < whole ? Math.min(percent, 99.99) : percent;
}

/** Whether all operations of a table or phase are completed or skipped, and not all skipped. */
export function hasOutcome(counts: StatusCounts): boolean {
  return openIn(counts) === 0 && counts.failed === 0 && counts.completed > 0;
}

/** The outcome of a table or phase that has one (`hasOutcome`); null without a total. */
export function tableOutcomeOf(records: number, total: number | null): TableOutcome | null {
  if (total === null) return null;
  if (records === total) return { kind: 'completed' };
  if (records === 0) return { kind: 'unreported' };
  const kind = records < total ? 'fewer' : 'more';
  if (total === 0) return { kind, percent: Number.POSITIVE_INFINITY };
  const off = Math.round((Math.abs(records - total) * 10_000) / total) / 100;
  return { kind, percent: Math.max(0.01, off) };
}

/**
 * The outcome of tables that have a total together: what one of them has above its total does not fill what another one lacks.
 *
 * @param within the records of each up to its total
 * @param above those above it
 */
export function outcomeOfTables(within: number, above: number, total: number | null): TableOutcome | null {
  const isShort = total !== null && within < total;
  // Another table has reported records.
  if (isShort && within === 0 && above > 0) return { kind: 'fewer', percent: 100 };
  return tableOutcomeOf(isShort ? within : within + above, total);
}

/** An outcome as text: `completed, 25.0% fewer than expected`. */
export function tableOutcomeText(outcome: TableOutcome): string {
  switch (outcome.kind) {
    case 'completed':
      return 'completed';
    case 'unreported':
      return 'completed, no records reported';
    case 'fewer':
    case 'more':
      return Number.isFinite(outcome.percent)
        ? `completed, ${offText(outcome.percent)} ${outcome.kind} than expected`
        : `completed, ${outcome.kind} than expected`;
  }
}

/** As percentages are written everywhere: with one decimal. Of records that are missing, it never reads 0. */
const offText = (percent: number): string => (percent < 0.05 ? '<0.1%' : `${percent.toFixed(1)}%`);

/** How many operations are pending, running or paused. */
export function openIn(counts: StatusCounts): number {
  return counts.pending + counts.running + counts.paused;
}

/** Whether two counts have the same number of operations in each status. */
export function hasSameCounts(one: StatusCounts, other: StatusCounts): boolean {
  return Object.entries(one).every(([status, count]) => count === other[status as keyof StatusCounts]);
}
