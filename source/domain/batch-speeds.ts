import { largest } from './extremes.ts';
import type { Operation } from './operation.ts';
import type { UsualReport } from './report-times.ts';
import type { TableSummary } from './summary.ts';

/** The speed of a running batch. */
export interface BatchSpeed {
  /** In how many seconds it ends at its own speed; 0 if it has too few records to show that. */
  readonly secondsLeft: number;
  /**
   * How many times as fast as expected it is, as a logarithm: if each batch of its table takes the same time, however many records it
   * has, and if each record does.
   */
  readonly ifEachBatch: number;
  readonly ifEachRecord: number;
}

/**
 * The speeds of the running batches of a table; none where the time of its completed ones is unknown.
 *
 * @param speedOf how many records a second an operation processes; null if too little shows it
 */
export function batchSpeeds(
  { averageBatchSeconds, recordsPerSecond }: TableSummary,
  running: readonly Operation[],
  speedOf: (operation: Operation) => number | null,
): readonly BatchSpeed[] {
  if (averageBatchSeconds === null || recordsPerSecond === null || recordsPerSecond <= 0) return [];
  return running.flatMap((operation): BatchSpeed[] => {
    const { batchSize, recordsProcessed } = operation;
    const speed = speedOf(operation) ?? 0;
    const done = recordsProcessed ?? 0;
    if (batchSize === null || batchSize <= 0 || speed <= 0) return [];
    return [
      {
        secondsLeft: done < leastDone * batchSize ? 0 : Math.max(0, batchSize - done) / speed,
        ifEachBatch: Math.log((speed * averageBatchSeconds) / batchSize),
        ifEachRecord: Math.log(speed / recordsPerSecond),
      },
    ];
  });
}

/** Which share of its records a batch has to have for its own end to be known. */
const leastDone = 0.25;

/** A batch of the slowest worker takes at most this many times as long as the mean: it may have waited for something. */
const mostSlowness = 10;

/**
 * How many seconds a batch of a table takes with the slowest of some workers; 0 if none of them has reported on it.
 *
 * @param reports the usual reports of the workers on this table
 */
export function slowestBatchSeconds(table: TableSummary, reports: readonly UsualReport[]): number {
  const { averageBatchSeconds, recordsPerSecond, pendingBatches } = table;
  if (averageBatchSeconds === null || recordsPerSecond === null || pendingBatches === null) return 0;
  const records = pendingBatches.records / Math.max(1, pendingBatches.rows);
  // The first report of a worker on a table shows little.
  const known = reports.filter(({ variance }) => variance !== undefined);
  const seconds = known.map((report) => (records * report.seconds) / Math.max(1, report.records));
  return Math.min(mostSlowness * averageBatchSeconds, largest([0, ...seconds]));
}

/**
 * The speeds have to differ this many times as much if each record takes the same time as if each batch does: more, the fewer there are.
 * Where it was so at the last poll, it stays so until records fit better.
 */
const leastTimes = 1.4;
const leastTimesAfter = 0.8;
const timesOfFew = (count: number): number => Math.exp(6 / count);

const leastSpeeds = 4;
const leastDifference = 0.05;
const mostTimes = 3;

/** How long batches take where each takes the same time, however many records it has. */
export interface TimesByBatch {
  /** How many times as long as the completed batches the running ones take. */
  readonly times: number;
  /** The mean of the completed ones of all tables, in seconds. */
  readonly batchSeconds: number;
}

/**
 * How many times as long as the completed batches the running ones take, if their speeds show that each batch takes the same time,
 * however many records it has; null if they do not.
 *
 * @param before the result of the last poll
 */
export function timesByBatch(speeds: readonly BatchSpeed[], before: number | null = null): number | null {
  if (speeds.length < leastSpeeds) return null;
  const each = speeds.map((one) => one.ifEachBatch);
  const ofRecords = differenceOf(speeds.map((one) => one.ifEachRecord));
  const least = before === null ? Math.max(leastTimes, timesOfFew(speeds.length)) : leastTimesAfter;
  if (ofRecords < least * Math.max(leastDifference, differenceOf(each))) return null;
  return Math.min(mostTimes, Math.max(1 / mostTimes, Math.exp(-medianOf(each))));
}

const medianOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** How far values usually are from their median: one slow worker among them changes it little. */
function differenceOf(values: readonly number[]): number {
  const median = medianOf(values);
  return medianOf(values.map((value) => Math.abs(value - median)));
}
