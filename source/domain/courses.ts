import { doubtOfStep, lastingSeconds, stepIn } from './speed-step.ts';

/** Some seconds of work: `at` is how many records before now their middle is, as a negative number. */
export interface Point {
  readonly at: number;
  readonly records: number;
  readonly seconds: number;
}

/** The work that is left, and how its records were reported. */
export interface WorkAhead {
  /** How many records were done before now. */
  readonly done: number;
  readonly remaining: number;
  /** The mean number of seconds between two reports. */
  readonly gapSeconds: number;
  /** Whether it is that of several tables: the speed may have changed because a fast one is done. */
  readonly isMixed?: boolean;
}

/** How the work may go on: in how many seconds it will be done, and by which share of them that may be wrong. */
export interface Course {
  readonly seconds: number;
  readonly deviation: number;
}

/**
 * How much longer the last record of a table may take than the first one: no longer, a quarter of that time longer, and so on.
 * `doubt` is how much better it has to fit than an even time, in the units of `mostDoubt`.
 */
export const growths: readonly { readonly growth: number; readonly doubt: number }[] = [
  { growth: 0, doubt: 0 },
  { growth: -0.5, doubt: 3 },
  { growth: -0.25, doubt: 2 },
  { growth: 0.25, doubt: 1 },
  { growth: 0.5, doubt: 1.4 },
  { growth: 0.75, doubt: 1.6 },
  { growth: 1, doubt: 1.8 },
  { growth: 1.5, doubt: 2.2 },
  { growth: 2, doubt: 2.6 },
  { growth: 2.5, doubt: 2.8 },
  { growth: 3, doubt: 3 },
  { growth: 3.5, doubt: 3.2 },
  { growth: 4, doubt: 3.4 },
  { growth: 5, doubt: 3.6 },
  { growth: 6, doubt: 3.8 },
  { growth: 8, doubt: 4.2 },
  { growth: 10, doubt: 4.5 },
  { growth: 12, doubt: 4.8 },
  { growth: 20, doubt: 5.6 },
  { growth: 50, doubt: 6.4 },
];

/** Courses that fit worse than the best one by more than this are left out. */
export const mostDoubt = 1.45;

/** Each older point weighs less by this factor. */
export const memory = 0.97;

/** How far the time of a report is usually from the mean, as a share of it, and how many points that is worth. */
export const usualDeviation = 0.15;
export const usualPoints = 4;

/** How far the time of a point is from the mean at least, however many reports it has. */
export const leastDeviation = 0.02;

/**
 * How the work may go on. If workers read with a growing OFFSET, as in the specification's examples, each record takes longer than
 * the ones before it. For each growth of that time, the time of the points shows the time of a record at present; the growths
 * that fit nearly as well as the best one are returned.
 *
 * @param points the newest first; at least one
 */
export function coursesOf(points: readonly Point[], ahead: WorkAhead): readonly Course[] {
  const { done, remaining, gapSeconds, isMixed = false } = ahead;
  const total = done + remaining;
  const weights = weightsOf(points, gapSeconds);
  const times: number[] = [];
  const fits = growths.map(({ growth, doubt }) => {
    const shapeAt = (at: number): number => 1 + (growth * Math.max(0, done + at)) / total;
    return { doubt, growth, shapeAt, ...fitted(points, weights, times, shapeAt) };
  });
  const step = stepIn(
    points.map(({ records, seconds }) => seconds / records),
    weights,
  );
  const since = points.slice(0, step?.points ?? 0).reduce((sum, { seconds }) => sum + seconds, 0);
  const weight = points.reduce((sum, _, index) => sum + memory ** index, 0);
  const { likely, variance } = likelyFits(
    fits,
    step && { ...step, doubt: doubtOfStep, growth: 0, shapeAt: () => 1 },
    step !== null && since >= lastingSeconds(step, isMixed),
    weight,
  );
  const courses = likely.map(({ level, reports, shapeAt }) => ({
    seconds: level * remaining * shapeAt(remaining / 2),
    deviation: deviationOf(variance, reports, level * remaining, gapSeconds),
  }));
  // The work may have become faster or slower a minute ago.
  const { taken, reports } = lastMinute(points, gapSeconds);
  const isOther = likely.every(({ level, shapeAt }) => {
    const off = Math.abs(taken / (level * shapeAt(0)) - 1);
    return off > leastChange && off > changeDeviations * Math.sqrt(Math.min(variance, mostDeviation ** 2) / reports);
  });
  if (!isOther) return courses;
  const seconds = taken * remaining;
  // The times from before the change say nothing about how much those after it differ.
  return [
    ...courses,
    { seconds, deviation: deviationOf(Math.min(variance, mostDeviation ** 2), reports, seconds, gapSeconds) },
  ];
}

/** Some fits, and how far the points are from the best one. */
interface LikelyFits<Fit> {
  readonly likely: readonly Fit[];
  readonly variance: number;
}

/**
 * The fits that are nearly as good as the best one. A sudden change is one more fit: once it lasts, the others have to be nearly as good as
 * it. Until then, if it is far better than all of them, those are left out that take it for the beginning of a growth without end.
 *
 * @param weight how many points there are, by their weights
 */
export function likelyFits<Fit extends RatedFit>(
  fits: readonly Fit[],
  step: Fit | null,
  isLasting: boolean,
  weight: number,
): LikelyFits<Fit> {
  if (step === null) return nearlyBest(fits, fits, weight);
  const all = [...fits, step];
  if (isLasting) return nearlyBest(all, all, weight);
  const found = nearlyBest(all, fits, weight);
  const least = Math.min(...fits.map((one) => scoreOf(one, found.variance)));
  if (scoreOf(step, found.variance) + mostDoubt > least) return found;
  return { ...found, likely: found.likely.filter(({ growth }) => growth <= mostGrowthBesideStep) };
}

/** The largest of `growths` that is likely beside a sudden change that fits far better. */
const mostGrowthBesideStep = 8;

interface RatedFit {
  readonly growth: number;
  readonly misfit: number;
  readonly doubt: number;
}

/** The fits of `all` that are nearly as good as the best one of `rated`. */
function nearlyBest<Fit extends RatedFit>(all: readonly Fit[], rated: readonly Fit[], weight: number): LikelyFits<Fit> {
  const best = Math.min(...rated.map(({ misfit }) => misfit));
  const variance = (usualPoints * usualDeviation ** 2 + best) / (usualPoints + weight);
  const most = Math.min(...rated.map((one) => scoreOf(one, variance))) + mostDoubt;
  return { likely: all.filter((one) => scoreOf(one, variance) <= most), variance };
}

const scoreOf = ({ misfit, doubt }: RatedFit, variance: number): number => misfit / (2 * variance) + doubt;

/** How far the rate of the last minute is from all courses, if the speed has changed: as a share, and in standard deviations. */
export const leastChange = 0.1;
export const changeDeviations = 2.5;

/** A change itself makes the deviation larger: it counts up to this. */
export const mostDeviation = 0.3;

/** The reports that show the time of a record, and those to come, are a few of many. */
function deviationOf(variance: number, reports: number, seconds: number, gapSeconds: number): number {
  return Math.sqrt(variance * (1 / reports + gapSeconds / Math.max(gapSeconds, seconds)));
}

/** The time of a record in the last minute, and how many reports show it. */
function lastMinute(points: readonly Point[], gapSeconds: number) {
  let records = 0;
  let seconds = 0;
  for (const point of points) {
    records += point.records;
    seconds += point.seconds;
    if (seconds >= 60) break;
  }
  return { taken: seconds / records, reports: Math.max(1, seconds / gapSeconds) };
}

/** How much each point counts. */
function weightsOf(points: readonly Point[], gapSeconds: number): readonly number[] {
  return points.map(({ seconds }, index) => {
    const reports = Math.max(1e-9, seconds / gapSeconds);
    // As many reports as it would take to be as far from the mean.
    const worth = 1 / (1 / reports + (leastDeviation / usualDeviation) ** 2);
    return worth * memory ** index;
  });
}

/**
 * The time of a record at the first one, how far the points are from it, and how many reports show it.
 *
 * @param taken is filled with the time of each point: one array for all growths
 */
function fitted(
  points: readonly Point[],
  weights: readonly number[],
  taken: number[],
  shapeAt: (at: number) => number,
) {
  let reports = 0;
  let sum = 0;
  for (let index = 0; index < points.length; index++) {
    const { at, records, seconds } = points[index] as Point;
    const one = seconds / records / shapeAt(at);
    const weight = weights[index] ?? 0;
    taken[index] = one;
    reports += weight;
    sum += one * weight;
  }
  const level = sum / reports;
  let misfit = 0;
  for (let index = 0; index < points.length; index++)
    misfit += (weights[index] ?? 0) * ((taken[index] ?? 0) / level - 1) ** 2;
  return { level, reports, misfit };
}
