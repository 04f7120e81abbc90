import { judge } from '../domain/counting-rules.ts';
import { measureOfTotal } from '../domain/measure.ts';
import { createMemo } from '../domain/memo.ts';
import { mostAttempts } from '../domain/repeated-works.ts';
import type { Total } from '../domain/snapshot.ts';
import type { CountingWork } from './changes.ts';
import { usualLimits } from './ledger-limits.ts';
import type { SampleLimits } from './samples.ts';

/**
 * Counts in brief: the first count of a large table takes the sums of each id range, and reads no more where nothing more is needed
 * (sql/queries/range-brief.sql). Its sums, batches and history are those of a count by range.sql; so are the
 * attempts at works that were given up or that `migtop/worker` marked. It lacks two things:
 *
 *   - the first rows of each kind. They decide how a table counts if it has few operations, or a counter above its batch size.
 *   - the digests of source queries. They show which completed operations have one source range, which matters if each operation
 *     counts against its own total (or some do, next to batches), and if attempts of one work can have more records than its total:
 *     together they count up to it.
 *
 * If a table needs one of these, the ranges that follow are counted by range.sql, and those that were counted in brief become stale and
 * are counted by it at once. Otherwise they are checked in brief, too: that takes less of the server's time, and the rows and digests
 * of ten million operations would take 460 MB.
 */
export function createNeeds({ fewRows }: SampleLimits): (total: Total) => boolean {
  const memo = createMemo();
  const needs = (total: Total): boolean => {
    const operations = Object.values(total.statuses).reduce((sum, one) => sum + one, 0);
    if (operations <= fewRows || total.main.outside + total.side.outside + total.bare > 0) return true;
    const { counting, isBeside } = judge(measureOfTotal(total, memo));
    return counting !== 'per batch' || isBeside === true || canExceedTotal(total);
  };
  return (total) => memo(needs, total);
}

/**
 * Whether the attempts of one work can have more records than its total, in a table of which no counter is above its batch size:
 * a work has a limited number of attempts, and at most the records of the table.
 */
function canExceedTotal({ main, side, recordsProcessed, largestBatch }: Total): boolean {
  const smallestTotal = Math.min(main.smallestTotal ?? Infinity, side.smallestTotal ?? Infinity);
  const largestTotal = Math.max(main.largestTotal ?? 0, side.largestTotal ?? 0);
  const most = Math.min(recordsProcessed, mostAttempts * Math.max(0, largestBatch ?? 0));
  return largestTotal > 0 && recordsProcessed > largestTotal && most > smallestTotal;
}

/** How many rows are counted in brief at a time. */
export const briefRows = 50_000;

/**
 * Returns the step in brief, if it counts a range for the first time, or one again that was counted in brief and lacks nothing.
 */
export function inBrief(work: CountingWork): CountingWork {
  if (work.kind !== 'range') return work;
  const { range } = work;
  if (range.countedAt !== null) return range.isBrief && !range.isStale ? { ...work, isBrief: true } : work;
  // After a timeout, the limit is lower.
  const limit = work.limit === usualLimits.rangeRows ? briefRows : work.limit;
  return { ...work, limit, isBrief: true };
}
