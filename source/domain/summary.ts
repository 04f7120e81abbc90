import { judge, measureOfTotal } from './evidence.ts';
import { isOpen, type Phase, phases, type Status, statuses } from './operation.ts';
import { type Counting, percentOf, progressOf } from './progress.ts';
import type { StatusCounts, Total } from './snapshot.ts';

export interface PhaseSummary {
  readonly phase: Phase;
  readonly operations: number;
  readonly statuses: StatusCounts;
  readonly recordsProcessed: number;
  readonly startedAt: number | null;
  /** The last completion, once nothing in the phase is open; null before, and for a phase without operations. */
  readonly completedAt: number | null;
}

/** The execution of one table. */
export interface TableSummary {
  readonly tableName: string;
  readonly operations: number;
  readonly statuses: StatusCounts;
  readonly recordsProcessed: number;
  readonly totalRecords: number | null;
  readonly percent: number | null;
  readonly counting: Counting;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  /** Over the completed batches with sound stamps: records over seconds, and seconds a batch. */
  readonly recordsPerSecond: number | null;
  readonly averageBatchSeconds: number | null;
}

export interface MigrationSummary {
  /** The phase that is under way: the first with a running operation, else the first with an open one, else the last that has any. */
  readonly currentPhase: Phase | null;
  readonly operations: number;
  readonly statuses: StatusCounts;
  /** Records of the execution phase, all tables. */
  readonly recordsProcessed: number;
  /** Over the tables that say how many they have; null where none does. */
  readonly totalRecords: number | null;
  /** What those tables still have to do; one that did work twice does not make up for another. */
  readonly remainingRecords: number | null;
  /** Of that total: what one table did beyond its own stands for nothing that another has left, so never above 100. */
  readonly percent: number | null;
}

/** The six phases in order, those without operations too (specification, "Overall Migration Progress"). */
export function summarisePhases(totals: readonly Total[]): PhaseSummary[] {
  // One way through all totals, at every poll: of many tables there are thousands.
  const sums = new Map(phases.map((phase) => [phase, emptySum()]));
  for (const total of totals) {
    const sum = sums.get(total.phase) ?? emptySum();
    addCounts(sum.statuses, total.statuses);
    sum.recordsProcessed += total.recordsProcessed;
    if (total.startedAt !== null) sum.startedAt = Math.min(sum.startedAt, total.startedAt);
    if (total.completedAt !== null) sum.completedAt = Math.max(sum.completedAt, total.completedAt);
  }
  return [...sums].map(([phase, { statuses: counts, recordsProcessed, startedAt, completedAt }]) => ({
    phase,
    operations: operationsIn(counts),
    statuses: counts,
    recordsProcessed,
    startedAt: Number.isFinite(startedAt) ? startedAt : null,
    completedAt: openOperations(counts) > 0 || !Number.isFinite(completedAt) ? null : completedAt,
  }));
}

const emptySum = () => ({
  statuses: noCounts(),
  recordsProcessed: 0,
  startedAt: Number.POSITIVE_INFINITY,
  completedAt: Number.NEGATIVE_INFINITY,
});

/** One summary a table of the execution phase, by name (specification, "Table-Level Migration Status"). */
export function summariseTables(totals: readonly Total[]): TableSummary[] {
  return totals
    .filter((total) => total.phase === 'execution')
    .map(summaryOf)
    .sort((a, b) => (a.tableName < b.tableName ? -1 : 1));
}

/** Most tables are as they were at the last poll, and their totals the same. */
const summaries = new WeakMap<Total, TableSummary>();

function summaryOf(total: Total): TableSummary {
  const known = summaries.get(total);
  if (known !== undefined) return known;
  const { statuses: counts, timedSeconds, timedOperations } = total;
  const measure = measureOfTotal(total);
  const progress = progressOf(measure, counts, judge(measure));
  // Rows that count cumulatively hold the work of all before them: together they moved what the largest holds.
  const moved = progress.counting === 'cumulative' ? (total.largestCompleted ?? 0) : total.timedRecords;
  const summary: TableSummary = {
    tableName: total.tableName,
    operations: operationsIn(counts),
    statuses: counts,
    ...progress,
    startedAt: total.startedAt,
    completedAt: total.completedAt,
    recordsPerSecond: timedSeconds > 0 ? moved / timedSeconds : null,
    averageBatchSeconds: timedOperations > 0 ? timedSeconds / timedOperations : null,
  };
  summaries.set(total, summary);
  return summary;
}

/** The whole migration in a line. */
export function summariseMigration(
  phaseSummaries: readonly PhaseSummary[],
  tables: readonly TableSummary[],
): MigrationSummary {
  const known = tables.filter((table) => table.totalRecords !== null);
  const totalRecords = known.length === 0 ? null : sum(known, (table) => table.totalRecords ?? 0);
  return {
    currentPhase:
      (
        phaseSummaries.find((summary) => summary.statuses.running > 0) ??
        phaseSummaries.find((summary) => openOperations(summary.statuses) > 0) ??
        phaseSummaries.findLast((summary) => summary.operations > 0)
      )?.phase ?? null,
    operations: sum(phaseSummaries, (summary) => summary.operations),
    statuses: Object.fromEntries(
      statuses.map((status) => [status, sum(phaseSummaries, (summary) => summary.statuses[status])]),
    ) as Record<Status, number>,
    recordsProcessed: sum(tables, (table) => table.recordsProcessed),
    totalRecords,
    remainingRecords:
      known.length === 0
        ? null
        : sum(known, (table) => Math.max(0, (table.totalRecords ?? 0) - table.recordsProcessed)),
    percent: percentOf(
      sum(known, (table) => Math.min(table.recordsProcessed, table.totalRecords ?? 0)),
      totalRecords,
    ),
  };
}

/** How many operations still have to be done or are being done. */
export function openOperations(counts: StatusCounts): number {
  return statuses.filter(isOpen).reduce((open, status) => open + counts[status], 0);
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
