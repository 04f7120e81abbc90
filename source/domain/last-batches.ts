import { unreportedIn } from './ahead.ts';
import { ownLeft } from './halted.ts';
import type { Operation } from './operation.ts';
import { type RunningWork, reportSecondsOf } from './own-works.ts';
import { recordsPerSecond, windowOf } from './rates.ts';
import type { Busy } from './schedule.ts';
import type { TableSummary } from './summary.ts';
import { addSpans } from './throughput.ts';

/** The records that a table whose rows share a total has left, if all of them are in running batches. */
export interface LastBatches {
  readonly running: readonly Operation[];
  /** The work of the worker of one of them, as polls saw it. */
  readonly workOf: (operation: Operation) => RunningWork;
  readonly takenAt: number;
  /** How many records are left, and the fewest that may be. */
  readonly records: number;
  readonly fewest: number;
}

/** More records than in the running rows may be left by the total: less than this share of a batch is no further batch. */
const lessThanBatch = 0.25;

/** A batch whose report is late takes at least this share of the time of a report longer. */
const leastShareOfReport = 0.25;

/** A batch may have this share of its records less than its row names. */
const leastShare = 0.4;

/**
 * When each of the running batches will end, at the speed of its worker: nothing is left for the others. Null if more is left than the
 * running rows have, or if nothing shows the speed of one of them.
 */
export function lastBatches(
  table: TableSummary,
  { running, workOf, takenAt, records, fewest }: LastBatches,
): readonly Busy[] | null {
  if (table.counting !== 'per batch' || table.statuses.pending > 0 || table.statuses.paused > 0) return null;
  if (running.length === 0 || running.length !== table.statuses.running) return null;
  const rows = running.map((operation) => ownLeft(table, operation));
  const open = rows.reduce<number>((sum, left) => sum + (left ?? Number.NaN), 0);
  const batch = Math.max(...running.map(({ batchSize }) => batchSize ?? 0));
  if (!(records <= open + lessThanBatch * batch)) return null;
  const share = Math.max(leastShare, Math.min(1, fewest / open));
  const busy: Busy[] = [];
  for (const [index, operation] of running.entries()) {
    const end = endOf(workOf(operation), rows[index] ?? 0, table, takenAt);
    if (end === null) return null;
    busy.push({ ...end, fewest: end.seconds * share });
  }
  return busy;
}

function endOf(
  work: RunningWork,
  left: number,
  { recordsPerSecond: usualRate }: TableSummary,
  takenAt: number,
): Omit<Busy, 'fewest'> | null {
  const { throughput, ahead } = work;
  const reportSeconds = reportSecondsOf(work);
  if (reportSeconds === null) return null;
  const windowSeconds = windowOf(reportSeconds);
  const whole = throughput === null || throughput.progressAt === null ? null : addSpans(throughput, ahead, takenAt);
  const own = whole === null ? null : recordsPerSecond(whole, takenAt, windowSeconds);
  const rate = own !== null && own > 0 ? own : usualRate;
  if (rate === null || rate <= 0) return null;
  const watched = whole === null ? 0 : Math.min(windowSeconds, takenAt - whole.since);
  return {
    seconds: Math.max((left - unreportedIn(ahead)) / rate, leastShareOfReport * reportSeconds),
    reports: Math.max(1, watched / Math.max(1e-9, reportSeconds)),
    gapSeconds: reportSeconds,
  };
}
