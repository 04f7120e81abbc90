import type { BatchSums } from './batch-tally.ts';
import type { BatchThroughput, Total } from './snapshot.ts';
import { summariseTables } from './summary.ts';

/** The throughput of the batches of each table and batch size, the fastest first. */
export function batchThroughput(sums: readonly BatchSums[], totals: readonly Total[]): BatchThroughput[] {
  const cumulative = new Set(
    summariseTables(totals)
      .filter(({ counting }) => counting === 'cumulative')
      .map(({ tableName }) => tableName),
  );
  const rateOf = (one: BatchSums): number | null => {
    const records = cumulative.has(one.tableName) ? cumulativeRecords(one) : one.records;
    return one.seconds === null || one.seconds <= 0 ? null : records / one.seconds;
  };
  return sums
    .map((one) => ({
      tableName: one.tableName,
      batchSize: one.batchSize,
      recordsPerSecond: rateOf(one),
      averageBatchSeconds: one.timedCount === 0 ? null : one.timedSeconds / one.timedCount,
      batchCount: one.batchCount,
    }))
    .sort(
      (a, b) =>
        (b.recordsPerSecond ?? -1) - (a.recordsPerSecond ?? -1) ||
        (a.tableName < b.tableName ? -1 : a.tableName > b.tableName ? 1 : 0) ||
        (a.batchSize ?? Number.POSITIVE_INFINITY) - (b.batchSize ?? Number.POSITIVE_INFINITY),
    );
}

/** Adds up the sums of several id ranges. */
export function mergedSums(sums: readonly BatchSums[]): BatchSums[] {
  const merged = new Map<string, BatchSums>();
  for (const one of sums) {
    const key = JSON.stringify([one.tableName, one.batchSize]);
    const known = merged.get(key);
    merged.set(key, known === undefined ? one : addedUp(known, one));
  }
  return [...merged.values()];
}

function addedUp(a: BatchSums, b: BatchSums): BatchSums {
  return {
    tableName: a.tableName,
    batchSize: a.batchSize,
    batchCount: a.batchCount + b.batchCount,
    timedCount: a.timedCount + b.timedCount,
    timedSeconds: a.timedSeconds + b.timedSeconds,
    seconds: a.seconds === null || b.seconds === null ? (a.seconds ?? b.seconds) : a.seconds + b.seconds,
    records: a.records + b.records,
    lowest: a.lowest === null || b.lowest === null ? (a.lowest ?? b.lowest) : Math.min(a.lowest, b.lowest),
    highest: a.highest === null || b.highest === null ? (a.highest ?? b.highest) : Math.max(a.highest, b.highest),
  };
}

/** The records of cumulative batches of one size: from the lowest counter to the highest, plus the batch of the lowest. */
function cumulativeRecords({ lowest, highest, batchSize }: BatchSums): number {
  if (lowest === null || highest === null) return 0;
  return highest - lowest + (batchSize !== null && batchSize > 0 ? Math.min(lowest, batchSize) : lowest);
}
