import { isOpen, type StatusCounts, statuses } from './operation.ts';

/**
 * How the rows of a table count: each the records of its own total, each the records of its own batch of a total that
 * all share, or each all that was done so far; `unclear` where the rows prove none of these.
 */
export const countings = ['own totals', 'per batch', 'cumulative', 'unclear'] as const;
export type Counting = (typeof countings)[number];

/** A way of counting that somebody named (`--counting TABLE=own|batch|cumulative`). */
export type NamedCounting = Exclude<Counting, 'unclear'>;

/** What a table came to, once all its operations are completed or skipped. */
export type TableOutcome =
  | { readonly kind: 'completed' }
  | { readonly kind: 'fewer' | 'more'; readonly percent: number }
  /** No operation reported a record. */
  | { readonly kind: 'unreported' };

export interface Progress {
  readonly recordsProcessed: number;
  /** Records that the table is expected to have; null where no row says. */
  readonly totalRecords: number | null;
  /** 0 to 100 and, where all has ended with more than expected, beyond; two decimals; null without a total. */
  readonly percent: number | null;
  readonly counting: Counting;
  /** What speaks for which way of counting, where that is unclear. */
  readonly reasons: readonly string[];
  /** Null while an operation is open or has failed, where all were skipped, and where there is no total. */
  readonly outcome: TableOutcome | null;
}

/** The figures of a table by each way of counting. */
export interface Sums {
  readonly records: number;
  readonly totals: number;
  readonly rowsWithTotal: number;
  readonly largest: number;
  readonly largestTotal: number | null;
  /**
   * Where works of one batch each stand beside the batches of a larger total: the records and totals of those works, and the
   * largest counter and total of the others. Null where there are not both.
   */
  readonly beside: {
    readonly records: number;
    readonly totals: number;
    readonly largest: number;
    readonly largestTotal: number;
  } | null;
}

/** How far a table is, counted in one way. */
export function progressOf(
  sums: Sums,
  counts: StatusCounts,
  { counting, reasons }: { counting: Counting; reasons: readonly string[] },
): Progress {
  const recordsProcessed = recordsBy(sums, counting);
  const { beside } = sums;
  const largestTotal = beside === null ? sums.largestTotal : beside.largestTotal + beside.totals;
  const shared = counting === 'own totals' ? sums.totals : largestTotal;
  const totalRecords = sums.rowsWithTotal === 0 ? null : shared;
  const open = openIn(counts);
  return {
    recordsProcessed,
    totalRecords,
    percent: percentDone(recordsProcessed, totalRecords, open),
    counting,
    reasons,
    outcome: hasOutcome(counts) && counting !== 'unclear' ? outcomeOf(recordsProcessed, totalRecords) : null,
  };
}

function recordsBy({ records, beside, ...sums }: Sums, counting: Counting): number {
  const largest = beside === null ? sums.largest : beside.largest + beside.records;
  if (counting === 'cumulative') return largest;
  return counting === 'unclear' ? Math.min(records, largest) : records;
}

/**
 * A share in percent, to two decimals. It is below 100 while an operation is open, whatever the counters say; of a total
 * of 0 it is 100 once everything has ended, if nothing was processed.
 */
export function percentDone(records: number, total: number | null, open: number): number | null {
  if (total === 0 && records === 0) return open === 0 ? 100 : null;
  const percent = percentOf(records, total);
  return percent === null || open === 0 ? percent : Math.min(percent, 99.99);
}

/** A share in percent, to two decimals; one that is not complete never rounds to 100. Null where there is nothing to take a share of. */
export function percentOf(part: number, whole: number | null): number | null {
  if (whole === null || whole <= 0) return null;
  const percent = Math.round((part / whole) * 10_000) / 100;
  return part < whole ? Math.min(percent, 99.99) : percent;
}

/** Whether all operations of a table or phase are completed or skipped, and not all skipped. */
export function hasOutcome(counts: StatusCounts): boolean {
  return openIn(counts) === 0 && counts.failed === 0 && counts.completed > 0;
}

/** Of a table or phase that has an outcome; null without a total. */
export function outcomeOf(records: number, total: number | null): TableOutcome | null {
  if (total === null) return null;
  if (records === total) return { kind: 'completed' };
  if (records === 0) return { kind: 'unreported' };
  const kind = records < total ? 'fewer' : 'more';
  if (total === 0) return { kind, percent: Number.POSITIVE_INFINITY };
  const off = Math.round((Math.abs(records - total) / total) * 10_000) / 100;
  return { kind, percent: Math.max(0.01, off) };
}

/** An outcome in words: `completed, 25 % fewer than expected`. */
export function outcomeText(outcome: TableOutcome): string {
  switch (outcome.kind) {
    case 'completed':
      return 'completed';
    case 'unreported':
      return 'completed, no records reported';
    case 'fewer':
    case 'more':
      return Number.isFinite(outcome.percent)
        ? `completed, ${outcome.percent} % ${outcome.kind} than expected`
        : `completed, ${outcome.kind} than expected`;
  }
}

/** How many operations are pending, running or paused. */
export function openIn(counts: StatusCounts): number {
  return statuses.filter(isOpen).reduce((open, status) => open + counts[status], 0);
}
