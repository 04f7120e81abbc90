import {
  changeDeviations,
  growths,
  leastChange,
  leastDeviation,
  likelyFits,
  memory,
  mostDeviation,
  usualDeviation,
} from './courses.ts';
import { doubtOfStep, lastingSeconds, stepIn } from './speed-step.ts';

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
  return grown(growth, placeAt(place, basis));
}

const grown = (growth: number, place: number): number => 1 + growth * place;
const placeAt = (place: RecordPlace, basis: keyof RecordPlace): number => Math.max(0, place[basis]);

/**
 * How the time of a record may grow in a table whose operations have totals of their own. It may grow with the place of the
 * records in the table or in their operation (as with an OFFSET), or with what all workers have done. Workers at different places
 * show that at once. Of all growths (courses.ts), those are returned that fit nearly as well as the best one.
 *
 * @param points at least one
 */
export function speedFits(points: readonly SpeedPoint[]): readonly SpeedFit[] {
  const all = points.map(weighed);
  const columns = columnsOf(all);
  const counted = points.reduce((sum, { age }) => sum + memory ** age, 0);
  const fits = growths.flatMap(({ growth, doubt }) =>
    (growth === 0 ? basesOfGrowth.slice(0, 1) : basesOfGrowth).map((basis) => ({
      basis,
      growth,
      doubt,
      ...fitted(columns, columns.places[basis], growth),
    })),
  );
  const step = stepOf(all, columns);
  const found = likelyFits(
    fits,
    step && { basis: 'inTable' as const, growth: 0, doubt: doubtOfStep, ...step.fit },
    step?.isLasting === true,
    counted,
  );
  const { variance } = found;
  const reports = new Map(columns.workers.map(({ worker, weight }) => [worker, weight]));
  const likely = found.likely.map(
    ({ basis, growth, level, means }): SpeedFit => ({
      basis,
      growth,
      level,
      factors: factorsOf(columns, means, level),
      reports,
      variance,
    }),
  );
  return [...likely, ...changed(all, likely)];
}

/** The fit of the time since all workers at once became faster or slower (`stepIn`); null if they did not. */
function stepOf(
  points: readonly WeighedPoint[],
  columns: Columns,
): { readonly fit: Fitted; readonly isLasting: boolean } | null {
  const ordered = points.toSorted((a, b) => a.age - b.age);
  const step = stepIn(
    ordered.map(({ secondsPerRecord }) => secondsPerRecord),
    ordered.map(({ weight }) => weight),
  );
  if (step === null) return null;
  const lastAge = ordered[step.points - 1]?.age ?? 0;
  const isBefore = columns.ages.map((age) => (age > lastAge ? 1 : 0));
  // Points are of a minute or more, and the newest one has the age 0.
  const isLasting = 60 * (lastAge + 1) >= lastingSeconds(step);
  return { fit: fitted(columns, isBefore, 1 / step.change - 1), isLasting };
}

/** The likely fits at the speed of the newest points, if all workers have become faster or slower. */
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
  /** Its points in the columns: the first one, and the one after its last. */
  readonly from: number;
  readonly to: number;
  readonly weight: number;
  /** How much its mean counts. */
  readonly share: number;
}

/** The points as columns, those of one worker together: dozens of growths are fitted to them, for hundreds of tables. */
interface Columns {
  readonly workers: readonly OfWorker[];
  readonly weights: Float64Array;
  readonly seconds: Float64Array;
  readonly ages: Float64Array;
  readonly places: Readonly<Record<keyof RecordPlace, Float64Array>>;
  /** Is filled with the shape at each point: one array for all growths. */
  readonly shapes: Float64Array;
}

function columnsOf(points: readonly WeighedPoint[]): Columns {
  const byWorker = Map.groupBy(points, ({ worker }) => worker);
  const sorted = [...byWorker.values()].flat();
  const column = (from: (point: WeighedPoint) => number): Float64Array => Float64Array.from(sorted, from);
  let next = 0;
  const workers = [...byWorker].map(([worker, own]): OfWorker => {
    const from = next;
    next += own.length;
    const weight = own.reduce((sum, point) => sum + point.weight, 0);
    return { worker, from, to: next, weight, share: (weight * reportsOfEqual) / (weight + reportsOfEqual) };
  });
  return {
    workers,
    weights: column(({ weight }) => weight),
    seconds: column(({ secondsPerRecord }) => secondsPerRecord),
    ages: column(({ age }) => age),
    places: {
      inTable: column(({ at }) => placeAt(at, 'inTable')),
      inOperation: column(({ at }) => placeAt(at, 'inOperation')),
      done: column(({ at }) => placeAt(at, 'done')),
    },
    shapes: new Float64Array(sorted.length),
  };
}

interface Fitted {
  readonly level: number;
  readonly misfit: number;
  /** The mean of each worker. */
  readonly means: Float64Array;
}

/**
 * The time of a record at the first one, the mean of each worker, and how far the points are from these.
 *
 * @param place where the records of each point are, by which the time grows
 */
function fitted({ workers, weights, seconds, shapes }: Columns, place: Float64Array, growth: number): Fitted {
  const means = new Float64Array(workers.length);
  let shares = 0;
  let weighed = 0;
  for (const [index, { from, to, weight, share }] of workers.entries()) {
    let sum = 0;
    for (let point = from; point < to; point++) {
      const own = grown(growth, place[point] as number);
      shapes[point] = own;
      sum += ((weights[point] as number) * (seconds[point] as number)) / own;
    }
    const mean = sum / weight;
    means[index] = mean;
    shares += share;
    weighed += mean * share;
  }
  const level = weighed / shares;
  let misfit = 0;
  for (const [index, { from, to, share }] of workers.entries()) {
    const own = (means[index] as number) / level;
    misfit += share * (own - 1) ** 2;
    for (let point = from; point < to; point++)
      misfit +=
        (weights[point] as number) * ((seconds[point] as number) / (shapes[point] as number) / level - own) ** 2;
  }
  return { level, misfit, means };
}

/** By which factor the time of each worker differs. */
function factorsOf({ workers }: Columns, means: Float64Array, level: number): ReadonlyMap<number, number> {
  return new Map(
    workers.map(({ worker, weight }, index) => {
      const off = (means[index] ?? level) / level - 1;
      return [worker, 1 + (off * weight) / (weight + reportsOfEqual)] as const;
    }),
  );
}
