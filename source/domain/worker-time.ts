import type { Eta } from './eta.ts';
import { largest, smallest } from './extremes.ts';
import type { Left } from './left.ts';

/** The work that a table has left, and its workers. */
export interface TableLeft {
  readonly left: Left | null;
  /** How many records of it a worker does in a second, by its completed batches; null if unknown. */
  readonly speed: number | null;
  /** How many seconds its completed batches took on average; null if unknown. */
  readonly batchSeconds: number | null;
  /** How many operations are running and not stalled. */
  readonly running: number;
}

/** Tables differ much if a worker processes this many times as many records of one as of another in a second. */
const differentTimes = 3;

/** By which share batches may take less time than the mean of the completed ones, or more. */
const margin = 0.3;

/**
 * The ETA of several tables by the time of the workers. Records of two tables may take a worker quite different times: then a rate over
 * both says little, because it falls when the fast table is done. Null if the tables differ little, if the batches of one differ in
 * size, or if that is unknown.
 */
export function etaByWorkerTime(tables: readonly TableLeft[]): Eta | null {
  let seconds = 0;
  let longest = 0;
  let running = 0;
  const speeds: number[] = [];
  for (const { left, speed, batchSeconds, running: own } of tables) {
    if (left === null || left.batches?.isUneven === true || speed === null || speed <= 0) return null;
    seconds += left.records / speed;
    longest = Math.max(longest, batchSeconds ?? 0);
    running += own;
    speeds.push(speed);
  }
  if (running === 0 || seconds <= 0 || largest(speeds) < differentTimes * smallest(speeds)) return null;
  const even = seconds / running;
  return { lowSeconds: even * (1 - margin), highSeconds: even * (1 + margin) + longest };
}

/** The ETA by the rates; that by the time of the workers if the two contradict each other. */
export function unlessDefied(byRate: Eta | null, byTime: Eta | null): Eta | null {
  if (byTime === null || byRate === null) return byRate;
  return byRate.lowSeconds <= byTime.highSeconds && byTime.lowSeconds <= byRate.highSeconds ? byRate : byTime;
}
