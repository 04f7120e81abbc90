/** A sudden change of the time of a record. */
export interface Step {
  /** How many points there are since, and by which factor the time changed. */
  readonly points: number;
  readonly change: number;
  /** The time since, how many reports show it, and how far all points are from the time on their side. */
  readonly level: number;
  readonly reports: number;
  readonly misfit: number;
}

/**
 * For how many seconds a sudden change has to last: until then the speed may be as before again. A small one may be due to chance.
 *
 * @param isMixed whether the work is that of several tables
 */
export function lastingSeconds({ change }: Step, isMixed = false): number {
  return Math.max(change, 1 / change) >= largeStep && !isMixed ? 180 : 600;
}

const largeStep = 2;

/** How much better than an even time a sudden change has to fit: it may be at any of the points. */
export const doubtOfStep = 4;

/** A change has at least this many points on each side. */
const pointsOfStep = 2;

/**
 * The one change of the time of a record, from one point to the next, that fits best. Null without a change that matters.
 *
 * @param taken the time of each point, the newest first
 */
export function stepIn(taken: readonly number[], weights: readonly number[]): Step | null {
  const sums = [{ weight: 0, first: 0, second: 0 }];
  for (const [index, one] of taken.entries()) {
    const { weight, first, second } = sums[index] as (typeof sums)[number];
    const own = weights[index] ?? 0;
    sums.push({ weight: weight + own, first: first + own * one, second: second + own * one * one });
  }
  const all = sums.at(-1) as (typeof sums)[number];
  let found: Step | null = null;
  for (let points = pointsOfStep; points <= taken.length - pointsOfStep; points++) {
    const since = sums[points] as (typeof sums)[number];
    const before = {
      weight: all.weight - since.weight,
      first: all.first - since.first,
      second: all.second - since.second,
    };
    const level = since.first / since.weight;
    const change = level / (before.first / before.weight);
    if (Math.max(change, 1 / change) < leastStep) continue;
    const misfit = misfitOf(since) + misfitOf(before);
    if (found === null || misfit < found.misfit) found = { points, change, level, misfit, reports: since.weight };
  }
  return found;
}

/** How far points are from their mean, as shares of it, squared and weighed. */
function misfitOf({ weight, first, second }: { weight: number; first: number; second: number }): number {
  return weight <= 0 ? 0 : Math.max(0, (weight * weight * second) / (first * first) - weight);
}

/** A change of the time of a record by a smaller factor is within the margin of an ETA. */
const leastStep = 1.15;
