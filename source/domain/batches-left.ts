import type { Operation } from './operation.ts';
import { sum } from './sum.ts';
import type { TableSummary } from './summary.ts';

/** The open batches of a table that have a row, by the time that batches take. */
export interface OpenBatches {
  /** The seconds that one worker would need for them. */
  readonly seconds: number;
  /** How many seconds the longest of them takes. */
  readonly longest: number;
  /** How many operations are running and not stalled. */
  readonly running: number;
  /** Whether the batches of a table differ so much in size that their records do not show how long they take. */
  readonly isUneven: boolean;
}

/** Open batches of a table, or of several, of which it is known whether others are left. */
export interface BatchesLeft extends OpenBatches {
  /** Whether the open rows have all that is left: the workers of some tables insert the row of a batch when they begin it. */
  readonly isWhole: boolean;
}

/** The batches of a table are uneven if the mean size of some is this many times that of others. */
const unevenTimes = 1.5;

/**
 * The open batches of a table by the mean time of its completed ones; null if that is unknown, or if a row may be more than a
 * batch. Where batches differ in size, a small one may take as long as a large one.
 *
 * @param listed the live operations
 */
export function batchesLeft(
  table: TableSummary,
  listed: readonly Operation[],
  isStalled: (operation: Operation) => boolean,
): OpenBatches | null {
  const { counting, statuses, averageBatchSeconds, recordsPerSecond, pendingBatches } = table;
  if (counting !== 'per batch' || averageBatchSeconds === null || recordsPerSecond === null) return null;
  if (pendingBatches === null || pendingBatches.rows !== statuses.pending) return null;
  const running = listed.filter((operation) => operation.status === 'running' && !isStalled(operation));
  const shares = running.map(({ recordsProcessed, batchSize }) =>
    batchSize === null || batchSize <= 0 ? 0.5 : Math.max(0, 1 - (recordsProcessed ?? 0) / batchSize),
  );
  const sizes = running.flatMap(({ batchSize }) => (batchSize === null || batchSize <= 0 ? [] : [batchSize]));
  const means = [
    averageBatchSeconds * recordsPerSecond,
    ...(sizes.length > 0 ? [sum(sizes) / sizes.length] : []),
    ...(pendingBatches.rows > 0 ? [pendingBatches.records / pendingBatches.rows] : []),
  ];
  return {
    seconds: averageBatchSeconds * (statuses.pending + sum(shares)),
    longest: averageBatchSeconds,
    running: running.length,
    isUneven: Math.max(...means) > unevenTimes * Math.min(...means),
  };
}

/** The open batches of several tables; null if they are unknown in one of them. */
export function addedBatches(a: BatchesLeft | null, b: BatchesLeft | null): BatchesLeft | null {
  if (a === null || b === null) return null;
  return {
    seconds: a.seconds + b.seconds,
    longest: Math.max(a.longest, b.longest),
    running: a.running + b.running,
    isUneven: a.isUneven || b.isUneven,
    isWhole: a.isWhole && b.isWhole,
  };
}

export const noBatches: BatchesLeft = { seconds: 0, longest: 0, running: 0, isUneven: false, isWhole: true };

/** By which share batches may take less time than completed ones, or more. */
const margin = 0.3;

/** In how many seconds the batches may end, at least and at most; null where their records show it better. */
export function endByBatches(batches: BatchesLeft | null): { readonly low: number; readonly high: number } | null {
  if (batches === null || !batches.isUneven || !batches.isWhole || batches.running === 0) return null;
  const { seconds, longest, running } = batches;
  const even = seconds / running;
  return { low: even * (1 - margin), high: even * (1 + margin) + longest };
}
