import {
  changeDeviations,
  growths,
  leastChange,
  leastDeviation,
  memory,
  mostDeviation,
  mostDoubt,
  usualDeviation,
  usualPoints,
} from './courses.ts';

/** Some seconds of work of one worker. */
export interface SpeedPoint {
  /** Points with the same number are of the same worker. */
  readonly worker: number;
  readonly secondsPerRecord: number;
  /** How many reports they are, and how many points ago. */
  readonly reports: number;
  readonly age: number;
  readonly at: RecordPlace;
}

/** Where in a table records are: as a share of the table, and how many records of their operation come before, as such a share. */
export interface RecordPlace {
  readonly inTable: number;
  readonly inOperation: number;
  /** The share of the table that was done then, by all workers. */
  readonly done: number;
}

/** On what the time of a record depends. */
export const basesOfGrowth = ['inTable', 'inOperation', 'done'] as const;

/** How the time of a record grows in one table. */
export interface SpeedFit {
  readonly basis: keyof RecordPlace;
  readonly growth: number;
  /** The seconds of one worker for the first record. */
  readonly level: number;
  /** By which factor the time of each worker differs, and how many reports show that. */
  readonly factors: ReadonlyMap<number, number>;
  readonly reports: ReadonlyMap<number, number>;
  readonly variance: number;
}

/** Workers are expected to be equally fast: this many reports have to show that one is not. */
const reportsOfEqual = 3;

/** The time of a record at one place, as a multiple of that at the first record. */
export function shapeAt({ basis, growth }: Pick<SpeedFit, 'basis' | 'growth'>, place: RecordPlace): number {
  return 1 + growth * Math.max(0, place[basis]);
}

/**
 * How the time of a record may grow in a table whose operations have totals of their own. It may grow with the place of the
 * records in the table or in their operation (as with an OFFSET), or with what all workers have done. Workers at different places
 * show that at once. Of all growths (courses.ts), those are returned that fit nearly as well as the best one.
 *
 * @param points at least one
 */
export function speedFits(points: readonly SpeedPoint[]): readonly SpeedFit[] {
  const byWorker = [...Map.groupBy(points.map(weighed), ({ worker }) => worker)].map(([worker, own]) => ({
    worker,
    own,
    weight: own.reduce((sum, { weight }) => sum + weight, 0),
  }));
  const counted = points.reduce((sum, { age }) => sum + memory ** age, 0);
  const fits = growths.flatMap(({ growth, doubt }) =>
    (growth === 0 ? basesOfGrowth.slice(0, 1) : basesOfGrowth).map((basis) => ({
      basis,
      growth,
      doubt,
      ...fitted(byWorker, { basis, growth }),
    })),
  );
  const best = Math.min(...fits.map(({ misfit }) => misfit));
  const variance = (usualPoints * usualDeviation ** 2 + best) / (usualPoints + counted);
  const scored = fits.map((fit) => ({ ...fit, score: fit.misfit / (2 * variance) + fit.doubt }));
  const least = Math.min(...scored.map(({ score }) => score));
  const reports = new Map(byWorker.map(({ worker, weight }) => [worker, weight]));
  const likely = scored
    .filter(({ score }) => score <= least + mostDoubt)
    .map(({ basis, growth, level, factors }): SpeedFit => ({ basis, growth, level, factors, reports, variance }));
  return [...likely, ...changed(points.map(weighed), likely)];
}

/** The same at the speed of the newest points, if all workers have become faster or slower. */
function changed(points: readonly WeighedPoint[], likely: readonly SpeedFit[]): readonly SpeedFit[] {
  const newest = [...Map.groupBy(points, ({ worker }) => worker).values()].map((own) =>
    own.reduce((found, point) => (point.age < found.age ? point : found)),
  );
  const recent = newest.filter(({ age }) => age === 0);
  const weight = recent.reduce((sum, point) => sum + point.weight, 0);
  if (weight <= 0) return [];
  const changes = likely.map((fit) => {
    const mean = recent.reduce((sum, point) => sum + point.weight * ratioOf(point, fit), 0) / weight;
    const sure = changeDeviations * Math.sqrt(Math.min(fit.variance, mostDeviation ** 2) / weight);
    return { fit, mean, isOther: Math.abs(mean - 1) > leastChange && Math.abs(mean - 1) > sure };
  });
  const [first] = changes;
  if (first === undefined || !changes.every(({ isOther }) => isOther)) return [];
  return [{ ...first.fit, level: first.fit.level * first.mean }];
}

const ratioOf = (point: SpeedPoint, fit: SpeedFit): number =>
  point.secondsPerRecord / (fit.level * (fit.factors.get(point.worker) ?? 1) * shapeAt(fit, point.at));

interface WeighedPoint extends SpeedPoint {
  readonly weight: number;
}

function weighed(point: SpeedPoint): WeighedPoint {
  const worth = 1 / (1 / Math.max(1e-9, point.reports) + (leastDeviation / usualDeviation) ** 2);
  return { ...point, weight: worth * memory ** point.age };
}

interface OfWorker {
  readonly worker: number;
  readonly own: readonly WeighedPoint[];
  readonly weight: number;
}

function fitted(workers: readonly OfWorker[], shape: Pick<SpeedFit, 'basis' | 'growth'>) {
  const means = workers.map(({ worker, own, weight }) => {
    const mean = own.reduce(
      (sum, point) => sum + (point.weight * point.secondsPerRecord) / shapeAt(shape, point.at),
      0,
    );
    return { worker, own, mean: mean / weight, weight, share: (weight * reportsOfEqual) / (weight + reportsOfEqual) };
  });
  const shares = means.reduce((sum, { share }) => sum + share, 0);
  const level = means.reduce((sum, { mean, share }) => sum + mean * share, 0) / shares;
  const factors = new Map<number, number>();
  let misfit = 0;
  for (const { worker, own, mean, weight, share } of means) {
    const off = mean / level - 1;
    misfit += share * off ** 2;
    for (const point of own)
      misfit += point.weight * (point.secondsPerRecord / shapeAt(shape, point.at) / level - mean / level) ** 2;
    factors.set(worker, 1 + (off * weight) / (weight + reportsOfEqual));
  }
  return { level, misfit, factors };
}
