import type { Operation } from './operation.ts';
import type { RunningWork } from './own-works.ts';
import type { Busy } from './schedule.ts';
import type { TableSummary } from './summary.ts';
import { addSpans, rateWindowSeconds, recordsPerSecond } from './throughput.ts';

/** What a table whose rows share a total has left, if all of it is in running batches. */
export interface LastBatches {
  readonly running: readonly RunningWork[];
  readonly takenAt: number;
  /** How many records are left, and the fewest that may be. */
  readonly records: number;
  readonly fewest: number;
}

/** More records than in the running rows may be left by the total: less than this share of a batch is no further batch. */
const lessThanBatch = 0.25;

/** The rate of a worker covers this many of its reports, as that of a table. */
const rateReports = 4;

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
  { running, takenAt, records, fewest }: LastBatches,
): readonly Busy[] | null {
  if (table.counting !== 'per batch' || table.statuses.pending > 0 || table.statuses.paused > 0) return null;
  if (running.length === 0 || running.length !== table.statuses.running) return null;
  const rows = running.map(({ operation }) => leftOfBatch(operation));
  const open = rows.reduce<number>((sum, left) => sum + (left ?? Number.NaN), 0);
  const batch = Math.max(...running.map(({ operation }) => operation.batchSize ?? 0));
  if (!(records <= open + lessThanBatch * batch)) return null;
  const share = Math.max(leastShare, Math.min(1, fewest / open));
  const busy: Busy[] = [];
  for (const [index, one] of running.entries()) {
    const end = endOf(one, rows[index] ?? 0, table, takenAt);
    if (end === null) return null;
    busy.push({ ...end, fewest: end.seconds * share });
  }
  return busy;
}

function leftOfBatch({ recordsProcessed, batchSize }: Operation): number | null {
  const done = Math.max(0, recordsProcessed ?? 0);
  return batchSize === null || batchSize <= 0 || done > batchSize ? null : batchSize - done;
}

function endOf(
  { throughput, report, ahead }: RunningWork,
  left: number,
  { recordsPerSecond: usualRate }: TableSummary,
  takenAt: number,
): Omit<Busy, 'fewest'> | null {
  const reportSeconds = ahead.findLast((one) => one.reportSeconds !== null)?.reportSeconds ?? report?.seconds ?? null;
  if (reportSeconds === null) return null;
  const windowSeconds = Math.max(rateWindowSeconds, rateReports * reportSeconds);
  const whole = throughput === null || throughput.progressAt === null ? null : addSpans(throughput, ahead, takenAt);
  const own = whole === null ? null : recordsPerSecond(whole, takenAt, windowSeconds);
  const rate = own !== null && own > 0 ? own : usualRate;
  if (rate === null || rate <= 0) return null;
  const unreported = ahead.reduce((sum, one) => sum + (one.isReported ? 0 : one.records), 0);
  const watched = whole === null ? 0 : Math.min(windowSeconds, takenAt - whole.since);
  return {
    seconds: Math.max((left - unreported) / rate, leastShareOfReport * reportSeconds),
    reports: Math.max(1, watched / Math.max(1e-9, reportSeconds)),
    gapSeconds: reportSeconds,
  };
}
