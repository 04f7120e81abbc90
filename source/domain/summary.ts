import { judge, type Verdict } from './counting-rules.ts';
import { type Measure, measureOfTotal } from './measure.ts';
import { type Memo, noMemo } from './memo.ts';
import { type Phase, type Status, type StatusCounts, statuses } from './operation.ts';
import {
  type Counting,
  hasOutcome,
  openIn,
  outcomeOfTables,
  type Progress,
  percentDone,
  percentOf,
  progressOf,
  type TableOutcome,
} from './progress.ts';
import type { Total } from './snapshot.ts';

export interface PhaseSummary extends Figures {
  readonly phase: Phase;
  readonly operations: number;
  readonly statuses: StatusCounts;
  readonly startedAt: number | null;
  /** The last end, when no operation of the phase is open; null before, and for a phase without operations. */
  readonly completedAt: number | null;
}

/** The records of all tables of a phase, each counted in its own way (docs/figures.md). */
export interface Figures {
  /** The records of the tables that have a total, each up to its total; if none has one, of all tables. */
  readonly recordsProcessed: number;
  /** The sum of the totals of the tables; null if none has one. */
  readonly totalRecords: number | null;
  /** The share of that total; below 100 while an operation of the phase is open, and never above. */
  readonly percent: number | null;
  /** Records of tables without a total (those alone too), and above the totals of the others. */
  readonly recordsBeyond: number;
  readonly recordsWithoutTotal: number;
  /** Whether the counting of a table is unclear: the figures may be too low. */
  readonly isUnclear: boolean;
  /** Once all operations are completed or skipped. */
  readonly outcome: TableOutcome | null;
}

/**
 * The records that the open operations of a table with own totals have left. `left`: their number. `each`: the total of an
 * operation that is not listed: the mean, or the largest, which is the most that it can have.
 */
export type OpenFigures = { readonly left: number } | { readonly each: number };

/** The execution of one table. */
export interface TableSummary {
  readonly tableName: string;
  readonly operations: number;
  readonly statuses: StatusCounts;
  readonly recordsProcessed: number;
  readonly totalRecords: number | null;
  /** If `--since` shows only a part of its operations, and they share a total: that total. Else null. */
  readonly wholeTotal: number | null;
  readonly percent: number | null;
  readonly counting: Counting;
  /** The evidence for each way of counting, if it is unclear. */
  readonly reasons: readonly string[];
  /** Whether rows of more than one work prove it. */
  readonly isProven: boolean;
  /** Once all operations are completed or skipped; the other one as in the progress. */
  readonly outcome: TableOutcome | null;
  readonly outcomeIfResolved?: TableOutcome | null;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  /** Records per second, and seconds per batch, of the completed batches with valid timestamps. */
  readonly recordsPerSecond: number | null;
  readonly averageBatchSeconds: number | null;
  /** How many records an operation usually processes, at least its batch size; null if unknown. */
  readonly usualRecords: number | null;
  readonly largestBatch: number | null;
  /** How many pending rows name a batch size, and how many records that is. Null where rows have more records than a batch. */
  readonly pendingBatches: { readonly rows: number; readonly records: number } | null;
  /** Whether it has other rows whose status the specification does not have: they may be open. */
  readonly hasUnreadable?: true;
  /** With own totals, if each operation names one: how many records are left, or, in a large table, a total of an operation. */
  readonly open: OpenFigures | null;
}

/** The figures are those of the current phase. */
export interface MigrationSummary extends Figures {
  /** The current phase: the first with a running operation, else the first with an open one, else the last that has any. */
  readonly currentPhase: Phase | null;
  readonly operations: number;
  readonly statuses: StatusCounts;
}

/** The tables of one phase together (specification, "Overall Migration Progress"). @param tables all of the phase */
export function summarisePhase(phase: Phase, tables: readonly TableSummary[]): PhaseSummary {
  const sum = emptySum();
  for (const table of tables) {
    const { recordsProcessed, totalRecords, startedAt, completedAt } = table;
    const within = withinTotal(table);
    addCounts(sum.statuses, table.statuses);
    sum.within += within;
    if (totalRecords === null) sum.withoutTotal += recordsProcessed;
    else sum.above += Math.max(0, recordsProcessed - totalRecords);
    if (totalRecords !== null) sum.totalRecords = (sum.totalRecords ?? 0) + totalRecords;
    sum.isUnclear ||= table.counting === 'unclear';
    sum.hasUnreadable ||= table.hasUnreadable === true;
    if (startedAt !== null) sum.startedAt = Math.min(sum.startedAt, startedAt);
    if (completedAt !== null) sum.completedAt = Math.max(sum.completedAt, completedAt);
  }
  return {
    phase,
    operations: operationsIn(sum.statuses),
    statuses: sum.statuses,
    ...figuresOf(sum),
    startedAt: Number.isFinite(sum.startedAt) ? sum.startedAt : null,
    completedAt: openIn(sum.statuses) > 0 || !Number.isFinite(sum.completedAt) ? null : sum.completedAt,
  };
}

/** The records of a table up to its total; no larger share of the total than its percentage, which is lower if its counting is unclear. */
function withinTotal({ recordsProcessed, totalRecords, percent, counting }: TableSummary): number {
  if (totalRecords === null) return 0;
  const within = Math.min(recordsProcessed, totalRecords);
  const share = percentOf(within, totalRecords);
  const isLower = counting === 'unclear' && percent !== null && share !== null && percent < Math.min(share, 99.99);
  return isLower ? Math.floor((totalRecords * percent) / 100) : within;
}

const emptySum = () => ({
  statuses: noCounts(),
  within: 0,
  above: 0,
  withoutTotal: 0,
  totalRecords: null as number | null,
  isUnclear: false,
  hasUnreadable: false,
  startedAt: Number.POSITIVE_INFINITY,
  completedAt: Number.NEGATIVE_INFINITY,
});

function figuresOf({
  statuses: counts,
  within,
  above,
  withoutTotal,
  totalRecords,
  isUnclear,
  hasUnreadable,
}: ReturnType<typeof emptySum>): Figures {
  const hasTotal = totalRecords !== null;
  const open = openIn(counts) + (hasUnreadable ? 1 : 0);
  return {
    recordsProcessed: hasTotal ? within : withoutTotal,
    totalRecords,
    percent: percentDone(within, totalRecords, open),
    recordsBeyond: hasTotal ? above + withoutTotal : 0,
    recordsWithoutTotal: hasTotal ? withoutTotal : 0,
    isUnclear,
    outcome: hasOutcome(counts) && !isUnclear && !hasUnreadable ? outcomeOfTables(within, above, totalRecords) : null,
  };
}

/**
 * One summary a table of a phase, by name (specification, "Table-Level Migration Status").
 *
 * @param memo keeps the summaries: most totals are the same objects as at the last poll
 */
export function summariseTables(
  totals: readonly Total[],
  phase: Phase = 'execution',
  memo: Memo = noMemo,
): TableSummary[] {
  return totals
    .filter((total) => total.phase === phase)
    .map((total) => memo(summaryOf, total))
    .sort((a, b) => (a.tableName < b.tableName ? -1 : 1));
}

/** The summary of a phase and table. */
export function summaryOf(total: Total, memo: Memo): TableSummary {
  const { statuses: counts, timedSeconds, timedOperations } = total;
  const measure = measureOfTotal(total, memo);
  const found = judge(measure);
  const verdict: Verdict = total.named === undefined ? found : { ...found, counting: total.named, reasons: [] };
  const judged = progressOf(measure, counts, verdict, total.hasUnreadable);
  const mayRepeat = total.hasMoreAttempts === true && total.named === undefined && judged.counting === 'own totals';
  const progress = inPart(total, mayRepeat ? { ...judged, ...withUnknownAttempts } : judged, measure.largestTotal);
  // Cumulative rows include the records of all rows before them: together they have processed what the largest counter says.
  const processed = progress.counting === 'cumulative' ? (total.largestCompleted ?? 0) : total.timedRecords;
  return {
    tableName: total.tableName,
    operations: operationsIn(counts),
    statuses: counts,
    ...progress,
    isProven:
      (measure.evidence > 0 && !measure.isOneWork) || measure.marked !== null || progress.counting === 'own totals',
    startedAt: total.startedAt,
    completedAt: total.completedAt,
    recordsPerSecond: timedSeconds > 0 ? processed / timedSeconds : null,
    averageBatchSeconds: timedOperations > 0 ? timedSeconds / timedOperations : null,
    usualRecords: usualRecords(total, processed),
    largestBatch: total.largestBatch,
    pendingBatches: pendingBatches(total),
    ...(total.hasUnreadable === true ? { hasUnreadable: true } : {}),
    open: progress.counting === 'own totals' ? openFigures(measure, counts) : null,
  };
}

/** The records of a part of the operations are no share of the total that all of them share. */
function inPart(
  { isPart = false }: Total,
  progress: Progress,
  largestTotal: number | null,
): Progress & Pick<TableSummary, 'wholeTotal'> {
  const { counting } = progress;
  const wholeTotal = counting === 'unclear' ? largestTotal : progress.totalRecords;
  if (!isPart || counting === 'own totals') return { ...progress, wholeTotal: null };
  // A cumulative counter includes the records of earlier operations.
  const none = { ...progress, outcome: null, outcomeIfResolved: null };
  if (counting === 'cumulative') return { ...none, wholeTotal: null };
  return { ...none, totalRecords: null, percent: null, wholeTotal };
}

/** Each work has its own total, and the attempts of some works are not known: their records are counted several times. */
const withUnknownAttempts = {
  counting: 'unclear',
  reasons: [
    'for own totals: the operations have totals of their own',
    'against it: more operations than migtop compares have the record range of another one, and count twice',
  ],
  outcome: null,
} as const;

function usualRecords({ timedOperations, largestBatch }: Total, processed: number): number | null {
  const usual = Math.max(timedOperations > 0 ? processed / timedOperations : 0, largestBatch ?? 0);
  return usual > 0 ? usual : null;
}

function pendingBatches({ main, side, bareOutside, pendingSized: rows, pendingSizes: records }: Total) {
  return main.outside + side.outside + bareOutside > 0 ? null : { rows, records };
}

/**
 * In a large table the mean total of a work, if all works have the same total, or if some failed or were skipped: their records
 * are missing from the total, but nobody will process them. If the totals differ and nothing failed, the total says more
 * precisely what is left, unless the open operations cannot have so much.
 */
function openFigures(
  { all, totals, hasAllTotals, openLeft }: Measure,
  { failed, skipped }: StatusCounts,
): OpenFigures | null {
  if (!hasAllTotals || all.works === 0) return null;
  if (openLeft !== null) return { left: openLeft };
  const { works, smallestTotal, largestTotal } = all;
  return { each: failed + skipped > 0 || smallestTotal === largestTotal ? totals / works : (largestTotal ?? 0) };
}

/** The whole migration, for the summary line. */
export function summariseMigration(phaseSummaries: readonly PhaseSummary[]): MigrationSummary {
  const current =
    phaseSummaries.find((summary) => summary.statuses.running > 0) ??
    phaseSummaries.find((summary) => openIn(summary.statuses) > 0) ??
    phaseSummaries.findLast((summary) => summary.operations > 0);
  const figures: Figures = current ?? figuresOf(emptySum());
  return {
    currentPhase: current?.phase ?? null,
    operations: sum(phaseSummaries, (summary) => summary.operations),
    statuses: Object.fromEntries(
      statuses.map((status) => [status, sum(phaseSummaries, (summary) => summary.statuses[status])]),
    ) as Record<Status, number>,
    ...figuresIn(figures),
  };
}

/** The figures alone of a summary that has more. */
export function figuresIn(summary: Figures): Figures {
  const { recordsProcessed, totalRecords, percent, recordsBeyond, recordsWithoutTotal, isUnclear, outcome } = summary;
  return { recordsProcessed, totalRecords, percent, recordsBeyond, recordsWithoutTotal, isUnclear, outcome };
}

/** How many operations there are in all statuses together. */
export function operationsIn(counts: StatusCounts): number {
  return counts.pending + counts.running + counts.completed + counts.failed + counts.paused + counts.skipped;
}

const noCounts = (): Record<Status, number> => ({
  pending: 0,
  running: 0,
  completed: 0,
  failed: 0,
  paused: 0,
  skipped: 0,
});

function addCounts(to: Record<Status, number>, added: StatusCounts): void {
  for (const status of statuses) to[status] += added[status];
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
