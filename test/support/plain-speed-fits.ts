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
} from '../../source/domain/courses.ts';
import { basesOfGrowth, type SpeedFit, type SpeedPoint, shapeAt } from '../../source/domain/speed-fits.ts';
import { doubtOfStep, lastingSeconds, stepIn } from '../../source/domain/speed-step.ts';

/** How many reports have to show that a worker is not as fast as the others. */
const reportsOfEqual = 3;

type Weighed = SpeedPoint & { readonly weight: number };

/** `speedFits`, written as its rule is described: point by point, without columns. */
export function plainSpeedFits(points: readonly SpeedPoint[]): readonly SpeedFit[] {
  const all = points.map((point): Weighed => {
    const worth = 1 / (1 / Math.max(1e-9, point.reports) + (leastDeviation / usualDeviation) ** 2);
    return { ...point, weight: worth * memory ** point.age };
  });
  const workers = [...Map.groupBy(all, ({ worker }) => worker)].map(([worker, own]) => ({
    worker,
    own,
    weight: own.reduce((sum, { weight }) => sum + weight, 0),
  }));
  const fitBy = (shapeOf: (point: Weighed) => number) => {
    const means = workers.map((one) => {
      const sum = one.own.reduce((all, point) => all + (point.weight * point.secondsPerRecord) / shapeOf(point), 0);
      const share = (one.weight * reportsOfEqual) / (one.weight + reportsOfEqual);
      return { ...one, mean: sum / one.weight, share };
    });
    const level =
      means.reduce((sum, { mean, share }) => sum + mean * share, 0) / means.reduce((sum, { share }) => sum + share, 0);
    const factors = new Map<number, number>();
    let misfit = 0;
    for (const { worker, own, mean, weight, share } of means) {
      const off = mean / level - 1;
      misfit += share * off ** 2;
      for (const point of own)
        misfit += point.weight * (point.secondsPerRecord / shapeOf(point) / level - mean / level) ** 2;
      factors.set(worker, 1 + (off * weight) / (weight + reportsOfEqual));
    }
    return { level, misfit, factors };
  };
  const fits = growths.flatMap(({ growth, doubt }) =>
    (growth === 0 ? basesOfGrowth.slice(0, 1) : basesOfGrowth).map((basis) => {
      const shape = { basis, growth };
      return { ...shape, doubt, ...fitBy(({ at }) => shapeAt(shape, at)) };
    }),
  );
  const ordered = all.toSorted((a, b) => a.age - b.age);
  const step = stepIn(
    ordered.map(({ secondsPerRecord }) => secondsPerRecord),
    ordered.map(({ weight }) => weight),
  );
  const lastAge = step === null ? 0 : (ordered[step.points - 1]?.age ?? 0);
  const isLasting = step !== null && 60 * (lastAge + 1) >= lastingSeconds(step);
  const stepped = step && {
    ...{ basis: 'inTable' as const, growth: 0, doubt: doubtOfStep },
    ...fitBy(({ age }) => (age > lastAge ? 1 / step.change : 1)),
  };
  if (stepped !== null && isLasting) fits.push(stepped);
  const counted = points.reduce((sum, { age }) => sum + memory ** age, 0);
  const best = Math.min(...fits.map(({ misfit }) => misfit));
  const variance = (usualPoints * usualDeviation ** 2 + best) / (usualPoints + counted);
  const scoreOf = ({ misfit, doubt }: (typeof fits)[number]): number => misfit / (2 * variance) + doubt;
  const least = Math.min(...fits.map(scoreOf));
  const reports = new Map(workers.map(({ worker, weight }) => [worker, weight]));
  const more = stepped === null || isLasting ? [] : [stepped];
  const mostGrowth = more.some((fit) => scoreOf(fit) + mostDoubt <= least) ? 8 : Number.POSITIVE_INFINITY;
  const likely = [...fits, ...more]
    .filter((fit) => scoreOf(fit) <= least + mostDoubt && fit.growth <= mostGrowth)
    .map(({ basis, growth, level, factors }): SpeedFit => ({ basis, growth, level, factors, reports, variance }));
  const recent = workers
    .map(({ own }) => own.reduce((found, point) => (point.age < found.age ? point : found)))
    .filter(({ age }) => age === 0);
  const weight = recent.reduce((sum, point) => sum + point.weight, 0);
  const changes = likely.map((fit) => {
    const mean =
      recent.reduce((sum, point) => {
        const expected = fit.level * (fit.factors.get(point.worker) ?? 1) * shapeAt(fit, point.at);
        return sum + (point.weight * point.secondsPerRecord) / expected;
      }, 0) / weight;
    const sure = changeDeviations * Math.sqrt(Math.min(variance, mostDeviation ** 2) / weight);
    return { fit, mean, isOther: Math.abs(mean - 1) > leastChange && Math.abs(mean - 1) > sure };
  });
  const [first] = changes;
  if (weight <= 0 || first === undefined || !changes.every(({ isOther }) => isOther)) return likely;
  return [...likely, { ...first.fit, level: first.fit.level * first.mean }];
}
