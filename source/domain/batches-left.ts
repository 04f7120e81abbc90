import type { BatchSpeed, TimesByBatch } from './batch-speeds.ts';
import { largest, smallest } from './extremes.ts';
import type { Operation } from './operation.ts';
import { sum } from './sum.ts';
import type { TableSummary } from './summary.ts';

/** The open batches of a table that have a row, by the time that batches take. */
export interface OpenBatches {
  /** The seconds that one worker would need for them. */
  readonly seconds: number;
  /** How many seconds the longest of them takes. */
  readonly longest: number;
  /** How many seconds one takes with the slowest of the workers that are at work, if more of them are pending; else 0. */
  readonly slowest: number;
  /** How many operations are running and not stalled. */
  readonly running: number;
  /** Whether the batches of a table differ so much in size that their records do not show how long they take. */
  readonly isUneven: boolean;
  /** The speeds of the running ones. */
  readonly speeds: readonly BatchSpeed[];
  /** How many times as long as the completed batches they take, if each takes the same time; null if that is not known. */
  readonly times: number | null;
}

/** Open batches of a table, or of several, of which it is known whether others are left. */
export interface BatchesLeft extends OpenBatches {
  /** Whether the open rows have all that is left: the workers of some tables insert the row of a batch when they begin it. */
  readonly isWhole: boolean;
}

/** The speeds of the workers on a table, and how long batches of its phase take. */
export interface KnownSpeeds {
  readonly speeds: readonly BatchSpeed[];
  /** By the running batches of all tables; null if it is not known that each takes the same time. */
  readonly times: TimesByBatch | null;
  /** How many seconds a batch takes with the slowest of the workers; 0 if unknown. */
  readonly slowestSeconds: number;
}

/** The batches of a table are uneven if the mean size of some is this many times that of others. */
const unevenTimes = 1.5;

/**
 * The open batches of a table by the mean time of its completed ones; null if that is unknown, or if a row may be more than a
 * batch. Where batches differ in size, a small one may take as long as a large one.
 *
 * @param running the operations that are running and not stalled
 */
export function batchesLeft(
  table: TableSummary,
  running: readonly Operation[],
  { speeds, times, slowestSeconds }: KnownSpeeds,
): OpenBatches | null {
  const { counting, statuses, recordsPerSecond, pendingBatches } = table;
  // Where each batch takes the same time, those of a table that has completed none take that of the others.
  const averageBatchSeconds = table.averageBatchSeconds ?? times?.batchSeconds ?? null;
  if (counting !== 'per batch' || averageBatchSeconds === null) return null;
  if (pendingBatches === null || pendingBatches.rows !== statuses.pending) return null;
  const shares = running.map(({ recordsProcessed, batchSize }) =>
    batchSize === null || batchSize <= 0 ? 0.5 : Math.max(0, 1 - (recordsProcessed ?? 0) / batchSize),
  );
  const sizes = running.flatMap(({ batchSize }) => (batchSize === null || batchSize <= 0 ? [] : [batchSize]));
  const means = [
    ...(recordsPerSecond === null ? [] : [averageBatchSeconds * recordsPerSecond]),
    ...(sizes.length > 0 ? [sum(sizes) / sizes.length] : []),
    ...(pendingBatches.rows > 0 ? [pendingBatches.records / pendingBatches.rows] : []),
  ];
  return {
    seconds: averageBatchSeconds * (statuses.pending + sum(shares)),
    longest: averageBatchSeconds,
    running: running.length,
    slowest: statuses.pending > 0 ? Math.max(averageBatchSeconds, slowestSeconds) : 0,
    isUneven: largest(means) > unevenTimes * smallest(means),
    speeds,
    times: times?.times ?? null,
  };
}

/** The open batches of several tables; null if they are unknown in one of them. */
export function addedBatches(a: BatchesLeft | null, b: BatchesLeft | null): BatchesLeft | null {
  if (a === null || b === null) return null;
  return {
    seconds: a.seconds + b.seconds,
    longest: Math.max(a.longest, b.longest),
    running: a.running + b.running,
    slowest: Math.max(a.slowest, b.slowest),
    isUneven: a.isUneven || b.isUneven,
    speeds: [...a.speeds, ...b.speeds],
    times: a.times ?? b.times,
    isWhole: a.isWhole && b.isWhole,
  };
}

export const noBatches: BatchesLeft = {
  seconds: 0,
  longest: 0,
  running: 0,
  slowest: 0,
  isUneven: false,
  speeds: [],
  times: null,
  isWhole: true,
};

/** By which share batches may take less time than completed ones, or more, and than the running ones. */
const margin = 0.3;
const marginOfRunning = 0.2;

/** In how many seconds the batches may end; `isProven` if it is known that each takes about the same time. */
export interface BatchesEnd {
  readonly low: number;
  readonly high: number;
  readonly isProven: boolean;
}

/** In how many seconds the batches may end, at least and at most; null where their records show it better. */
export function endByBatches(batches: BatchesLeft | null): BatchesEnd | null {
  if (batches === null || !batches.isUneven || !batches.isWhole || batches.running === 0) return null;
  const { seconds, longest, slowest, running, speeds, times } = batches;
  const even = ((times ?? 1) * seconds) / running;
  if (times === null) return { low: even * (1 - margin), high: even * (1 + margin) + longest, isProven: false };
  const last = largest(speeds.map(({ secondsLeft }) => secondsLeft));
  return {
    low: Math.max(even * (1 - marginOfRunning), last * (1 - margin)),
    high: Math.max(even * (1 + marginOfRunning) + Math.max(times * longest, slowest), last * (1 + margin)),
    isProven: true,
  };
}
