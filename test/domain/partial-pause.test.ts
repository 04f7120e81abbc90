import { expect, it } from 'vitest';
import { type Observation, observe } from '../../source/domain/observation.ts';
import { phaseRateAndEta } from '../../source/domain/rate-and-eta.ts';
import { tableRateAndEta } from '../../source/domain/table-eta.ts';
import { operation, snapshotOf, takenAt } from '../support/fixtures.ts';

/** Twelve workers, each of which reports 10 records a second. */
const workers = 12;

/**
 * The rate after these seconds, if all are paused from `from` until `until`, except those that go on.
 *
 * @param ended when the operations that went on complete
 */
function rateAfter(seconds: number, options: Parameters<typeof after>[1] = {}): number | null {
  return phaseRateAndEta(after(seconds, options)).recordsPerSecond;
}

/**
 * @param ofFirst how many of the operations are of a table of their own, the first ones, with the one that goes on
 * @param again when those that were paused are paused once more, and report a last time
 * @param fast how many records a second those that are paused process
 */
function after(
  seconds: number,
  {
    from = 70,
    until = 90,
    goOn = 1,
    ended = Number.POSITIVE_INFINITY,
    ofFirst = 0,
    again = Number.POSITIVE_INFINITY,
    fast = 10,
  } = {},
): Observation {
  const counters = Array.from({ length: workers }, () => 0);
  let observation: Observation | null = null;
  for (let second = 0; second <= seconds; second++) {
    const isPaused = (second > from && second <= until) || second > again;
    const rows = counters.map((records, worker) => {
      const goesOn = worker < goOn;
      const isOver = goesOn && second >= ended;
      const stands = isOver || (isPaused && !goesOn);
      if (!stands || second === again + 1) counters[worker] = records + (goesOn ? 10 : fast);
      return operation({
        id: worker + 1,
        workerId: worker + 1,
        tableName: worker < ofFirst ? 'cases' : 'documents',
        status: isOver ? 'completed' : stands ? 'paused' : 'running',
        recordsProcessed: counters[worker] ?? 0,
        totalRecords: 100_000,
        batchSize: 100_000,
        startedAt: takenAt - 1,
        version: String(counters[worker]),
      });
    });
    observation = observe(observation, snapshotOf(rows, takenAt + second));
  }
  return observation ?? expect.fail('no second');
}

const all = 10 * workers;

it('is left out of the rate after it, as a pause of all is', () => {
  expect(rateAfter(70)).toBeCloseTo(all, -1);
  for (const second of [100, 110, 120]) expect(rateAfter(second)).toBeCloseTo(all, -1);
  expect(rateAfter(300, { until: 290 })).toBeCloseTo(all, -1);
});

it('shows the rate of those that go on, as long as it lasts', () => {
  expect(rateAfter(88)).toBeCloseTo(10, -1);
  expect(rateAfter(280, { until: 290 })).toBeCloseTo(10, -1);
});

it('lasts until the others are resumed, also after those that went on have ended', () => {
  for (const second of [100, 110, 120]) expect(rateAfter(second, { ended: 80 })).toBeGreaterThan(0.85 * all);
});

it('is left out where more than half are paused too, for up to ten minutes', () => {
  expect(rateAfter(88, { goOn: 4 })).toBeCloseTo(40, -1);
  const after = [100, 110, 120].map((second) => rateAfter(second, { goOn: 4 }));
  for (const rate of [...after, rateAfter(670, { until: 660, goOn: 4 })]) {
    expect(rate).toBeGreaterThan(0.9 * all);
    expect(rate).toBeLessThan(1.1 * all);
  }
  expect(rateAfter(710, { until: 700 })).toBeCloseTo(all, -1);
});

it('leaves the records of those that went on out of the rate after it, whenever it began and ended', () => {
  for (const from of [70, 73, 76, 79])
    for (const length of [8, 20, 35])
      for (const second of [2, 10, 30]) {
        const rate = rateAfter(from + length + second, { from, until: from + length, goOn: 5 });
        expect(rate).toBeGreaterThan(0.97 * all);
        expect(rate).toBeLessThan(1.03 * all);
      }
});

it('adds those that are resumed to the rate with their own speed from their first report on', () => {
  expect(rateAfter(710, { until: 700, goOn: 4 })).toBeCloseTo(all, -1);
  for (const goOn of [6, 9])
    for (const second of [92, 100, 110, 130]) expect(rateAfter(second, { goOn })).toBeCloseTo(all, -1);
  for (const second of [92, 100, 110, 130]) {
    const rate = rateAfter(second, { goOn: 6, fast: 50 });
    expect(rate).toBeGreaterThan(0.95 * 360);
    expect(rate).toBeLessThan(1.05 * 360);
  }
});

it('takes those that were resumed out of the rate as soon as they are paused again', () => {
  for (const second of [96, 98, 102]) {
    expect(rateAfter(second, { goOn: 6, again: 94 })).toBeCloseTo(60, -1);
    expect(rateAfter(second, { again: 94 })).toBeCloseTo(10, -1);
  }
});

it('is left out of the rate of a table too, of which one of two operations went on', () => {
  for (const second of [92, 100, 120]) {
    const observation = after(second, { ofFirst: 2 });
    const table = observation.tables.find(({ tableName }) => tableName === 'cases') ?? expect.fail('no table');
    const { recordsPerSecond } = tableRateAndEta(observation, table);
    expect(recordsPerSecond).toBeGreaterThan(18);
    expect(recordsPerSecond).toBeLessThan(23);
  }
});
