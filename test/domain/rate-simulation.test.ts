import { describe, expect, it } from 'vitest';
import { phaseRateAndEta } from '../../source/domain/rate-and-eta.ts';
import { zoneOf } from '../../source/domain/zone.ts';
import { medianOf } from '../support/eta-figures.ts';
import { kinds, otherZone, randomMigration } from '../support/random-migration.ts';
import { type Migration, type Minute, simulate } from '../support/simulated-migration.ts';

const even = (seconds: number) => (): number => seconds;
const steady = {
  totalRecords: 900_000,
  batchSize: 500,
  workers: 1,
  batchSeconds: even(2),
  jitter: 0.3,
  rows: 'operation',
} satisfies Migration;

/** Migrations with known rates and ends. */
const migrations: Readonly<Record<string, Migration>> = {
  'a steady one, in one operation': steady,
  'a steady one of short batches': { ...steady, batchSeconds: even(1.4), workers: 2, rows: 'batch' },
  'four workers with a row for each batch': {
    ...steady,
    totalRecords: 200_000,
    workers: 4,
    batchSeconds: even(30),
    jitter: 0.15,
    rows: 'batch',
  },
  'one worker with batches of 40 seconds': {
    ...steady,
    totalRecords: 40_000,
    batchSeconds: even(40),
    jitter: 0.1,
    rows: 'batch',
  },
  'one worker with batches of 90 seconds, in one operation': {
    ...steady,
    totalRecords: 30_000,
    batchSeconds: even(90),
    jitter: 0.1,
  },
  'four workers with a long row each, which share the total of their table': {
    ...steady,
    totalRecords: 200_000,
    workers: 4,
    batchSeconds: even(20),
    jitter: 0.15,
    rows: 'shared',
  },
  'six workers on three tables, whose records take different times': {
    ...steady,
    totalRecords: 100_000,
    workers: 6,
    batchSeconds: even(12),
    jitter: 0.15,
    rows: 'pending',
    tables: 3,
    isInTurn: true,
    slowness: [0.1, 0.4, 2.5],
  },
  'two workers with batches of 60 seconds': {
    ...steady,
    totalRecords: 60_000,
    workers: 2,
    batchSeconds: even(60),
    jitter: 0.1,
    rows: 'batch',
  },
  'one worker with batches of 200 seconds, in one operation': {
    ...steady,
    totalRecords: 40_000,
    batchSeconds: even(200),
    jitter: 0,
  },
  'eight workers with batches of 200 seconds, nearly at the same time': {
    ...steady,
    totalRecords: 80_000,
    workers: 8,
    batchSeconds: even(200),
    jitter: 0.04,
    rows: 'batch',
  },
  'one that slows down to a third with the OFFSET': {
    ...steady,
    totalRecords: 200_000,
    batchSeconds: (done) => 5 + done / 20_000,
    jitter: 0.1,
    rows: 'batch',
  },
  'one that slows down to a tenth with the OFFSET': {
    ...steady,
    totalRecords: 200_000,
    batchSeconds: (done) => 4 + (36 * done) / 200_000,
    jitter: 0.02,
  },
  'one that is paused for an hour': { ...steady, pauses: [{ from: 1200, to: 4800 }] },
  'one with a row for each batch of 30 seconds that is paused for an hour': {
    ...steady,
    totalRecords: 30_000,
    batchSeconds: even(30),
    jitter: 0.05,
    rows: 'batch',
    pauses: [{ from: 905, to: 4505 }],
  },
  'one that stops for good': { ...steady, stops: [{ from: 1200 }] },
  'one that stops and goes on': { ...steady, stops: [{ from: 1200, to: 3000 }] },
  'one that was begun before migtop': { ...steady, workers: 3, batchSeconds: even(6), rows: 'batch', before: 1200 },
};

const shownIn = (minutes: readonly Minute[]) =>
  minutes.flatMap((minute) => (minute.shown === null ? [] : [{ ...minute, eta: minute.shown }]));

describe.each(Object.entries(migrations))('the rate of %s', (_, migration) => {
  const minutes = simulate(migration, 1);
  const progressing = minutes.filter(({ isProgressing }) => isProgressing);
  const shown = shownIn(progressing);

  it('has an ETA in 80 % of the minutes in which work progresses, and in none in which nothing does', () => {
    expect(shown.length).toBeGreaterThanOrEqual(0.8 * progressing.length);
    expect(shownIn(minutes.filter(({ isProgressing }) => !isProgressing))).toEqual([]);
  });

  it('has an ETA that includes the true end in 90 % of the cases', () => {
    const right = shown.filter(({ eta, left }) => eta.lowSeconds <= left && left <= eta.highSeconds);
    expect(right.length).toBeGreaterThanOrEqual(0.9 * shown.length);
  });

  it('has an ETA with a median width of half of the remaining time or less', () => {
    const widths = shown.map(({ eta, left }) => (eta.highSeconds - eta.lowSeconds) / left).sort((a, b) => a - b);
    expect(widths[widths.length >> 1]).toBeLessThanOrEqual(0.5);
  });

  it('has ends that stay on the clock: after three minutes, 95 % of them move in ten seconds by 5 % of the remaining time or less', () => {
    const known = shown.filter(({ at, left }) => at > (migration.before ?? 0) + 180 && left >= 120);
    const moves = known.flatMap(({ moves, left }) => moves.map((one) => one / left));
    expect(moves.filter((one) => one <= 0.05).length).toBeGreaterThanOrEqual(0.95 * moves.length);
  });

  it('has rates within 5 % of the true ones in every minute after the first, or none before the first batch is done', () => {
    const rates = progressing.filter(({ at }) => at > (migration.before ?? 0) + 60);
    const off = rates.filter(({ observation, rate }) => {
      const { recordsPerSecond } = phaseRateAndEta(observation);
      const isReported = observation.migration.recordsProcessed > 0;
      return recordsPerSecond === null ? isReported : Math.abs(recordsPerSecond - rate) > 0.05 * rate;
    });
    expect(off.map(({ at }) => at)).toEqual([]);
  });

  it('has rates within 10 % of those without chance in nearly every minute, while all workers are at work', () => {
    const rates = progressing.filter(({ at, left }) => at > (migration.before ?? 0) + 300 && left > 400);
    const off = rates.filter(({ observation, usualRate }) => {
      const { recordsPerSecond } = phaseRateAndEta(observation);
      return recordsPerSecond === null || Math.abs(recordsPerSecond - usualRate) > 0.1 * usualRate;
    });
    expect(off.length).toBeLessThanOrEqual(0.02 * rates.length);
  });
});

it.each([
  { batch: 20, reportsPerBatch: 4, pollSeconds: 1 },
  { batch: 4, reportsPerBatch: 6, pollSeconds: 5 },
])(
  'has the true rates of a cumulative table with $reportsPerBatch reports in a batch of $batch s, polled every $pollSeconds s',
  ({ batch, reportsPerBatch, pollSeconds }) => {
    const migration = {
      ...steady,
      totalRecords: 40_000,
      batchSeconds: even(batch),
      jitter: 0.1,
      rows: 'cumulative',
      reportsPerBatch,
    } as const;
    const off = simulate(migration, 1, pollSeconds).filter(({ at, isProgressing, observation, rate }) => {
      const { recordsPerSecond } = phaseRateAndEta(observation);
      return isProgressing && at > 60 && !(Math.abs((recordsPerSecond ?? 0) - rate) <= 0.05 * rate);
    });
    expect(off.map(({ at }) => at)).toEqual([]);
  },
);

it.each([1, 3])('has the true rates a minute after workers that had stopped for half an hour go on: %i', (workers) => {
  const migration = {
    ...steady,
    totalRecords: 40_000 * workers,
    batchSeconds: even(50),
    workers,
    jitter: 0,
    stops: [{ from: 1205, to: 3005 }],
  } satisfies Migration;
  const off = simulate(migration, 1, 10).filter(({ at, isProgressing, observation, rate }) => {
    const { recordsPerSecond } = phaseRateAndEta(observation);
    return isProgressing && at > 3065 && !(Math.abs((recordsPerSecond ?? 0) - rate) <= 0.05 * rate);
  });
  expect(off.map(({ at }) => at)).toEqual([]);
});

it('has the true rates where the clock of the workers is an hour behind that of the database, and all rows are inserted first', () => {
  const migration = {
    ...steady,
    totalRecords: 60_000,
    batchSeconds: even(10),
    workers: 2,
    rows: 'pending',
    zone: zoneOf('Europe/Berlin', 3600),
    writerBehind: 3600,
  } satisfies Migration;
  const off = simulate(migration, 1, 5).filter(({ at, isProgressing, observation, rate }) => {
    const { recordsPerSecond } = phaseRateAndEta(observation);
    return isProgressing && at > 60 && !(Math.abs((recordsPerSecond ?? 0) - rate) <= 0.1 * rate);
  });
  expect(off.map(({ at }) => at)).toEqual([]);
});

it.each([506, 512, 516])(
  'has no ETA of days in status where the clock of the workers is an hour behind, and completed rows show their speed: %i',
  (seed) => {
    const migration = { ...randomMigration(otherZone, seed), statusMinutes: 3 };
    const minutes = simulate(migration, seed, 10).filter(
      ({ isProgressing, status }) => isProgressing && status !== null,
    );
    const wrong = minutes.filter(({ status, left }) => (status?.etaSeconds?.high ?? 0) > 20 * left + 300);
    expect(minutes.length).toBeGreaterThan(5);
    expect(wrong.map(({ at, left, status }) => [at, left, status?.etaSeconds])).toEqual([]);
  },
);

describe('the ETA of status where each worker has one long row', () => {
  const long = {
    ...steady,
    totalRecords: 100_000,
    workers: 3,
    batchSeconds: even(30),
    jitter: 0.1,
    statusMinutes: 3,
  } satisfies Migration;
  const etasOf = (migration: Migration) =>
    simulate(migration, 1, 30).flatMap(({ status, left, isProgressing, sinceSeconds }) =>
      status === null ? [] : [{ eta: status.etaSeconds, left, isProgressing, sinceSeconds }],
    );

  it.each([
    ['that name their sessions', {}],
    ['that were paused for half an hour', { pauses: [{ from: 605, to: 2405 }] }],
  ] as const)('follows from the mean of each row of workers %s', (_, more) => {
    const progressing = etasOf({ ...long, isNamed: true, ...more }).filter(({ isProgressing }) => isProgressing);
    const shown = progressing.flatMap(({ eta, left }) => (eta === null ? [] : [{ ...eta, left }]));
    expect(shown.length).toBeGreaterThanOrEqual(0.9 * progressing.length);
    const right = shown.filter(({ low, high, left }) => low <= left && left <= high);
    expect(right.length).toBeGreaterThanOrEqual(0.9 * shown.length);
  });

  it('is not shown once the workers are gone, and rarely if their sessions have no names', () => {
    const stopped = etasOf({ ...long, isNamed: true, stops: [{ from: 905 }] });
    const still = stopped.filter(({ isProgressing, sinceSeconds }) => !isProgressing && sinceSeconds > 60);
    expect(still.length).toBeGreaterThan(2);
    expect(still.filter(({ eta }) => eta !== null)).toEqual([]);
    // Then a report has to arrive while it polls. Once an operation has ended, that shows how fast they are.
    const unnamed = etasOf(long).filter(({ left }) => left > 800);
    const shown = unnamed.flatMap(({ eta, left }) => (eta === null ? [] : [{ ...eta, left }]));
    expect(shown.length).toBeGreaterThan(1);
    expect(shown.length).toBeLessThan(0.5 * unnamed.length);
    expect(shown.filter(({ low, high, left }) => left < low || left > high)).toEqual([]);
  });
});

it('has the rate from before a pause of all in the ETA of status after it', () => {
  const migration = {
    ...steady,
    totalRecords: 260_000,
    workers: 4,
    batchSeconds: even(30),
    jitter: 0.1,
    rows: 'batch',
    statusMinutes: 1,
    pauses: [{ from: 1205, to: 3005 }],
  } satisfies Migration;
  const after = simulate(migration, 1, 30).filter(({ at, left }) => at > 3005 && at < 3900 && left > 0);
  const wrong = after.filter(({ status, left }) => {
    const eta = status?.etaSeconds;
    return eta == null || eta.low > left || eta.high < left || eta.high > 1.5 * left;
  });
  expect(after.length).toBeGreaterThan(10);
  expect(wrong.map(({ at }) => at)).toEqual([]);
});

it.each([1, 2, 3])(
  'includes the true end where each worker has one long row, and its batches leave records out, reported in %i parts',
  (reportsPerBatch) => {
    const migration = { ...steady, totalRecords: 240_000, workers: 4, batchSeconds: even(30), jitter: 0.1 } as const;
    const minutes = simulate({ ...migration, batchShare: 0.86, reportsPerBatch }, 1, 5);
    // The last reports are few.
    const shown = shownIn(minutes.filter(({ isProgressing, at, left }) => isProgressing && at > 180 && left > 300));
    const right = shown.filter(({ eta, left }) => eta.lowSeconds <= left && left <= eta.highSeconds);
    expect(shown.length).toBeGreaterThan(30);
    expect(right.length).toBeGreaterThanOrEqual(0.9 * shown.length);
  },
);

it.each([609, 637])(
  'does not take the records of a first report for those of a second, where status has no history: clocks set back, %i',
  (seed) => {
    const minutes = simulate({ ...randomMigration('clocks set back', seed), statusMinutes: 3 }, seed, 10).flatMap(
      ({ at, left, status, isProgressing }) =>
        isProgressing && status?.etaSeconds ? [{ at, left, ...status.etaSeconds }] : [],
    );
    expect(minutes.length).toBeGreaterThan(0);
    expect(minutes.filter(({ left, high }) => high < left / 2)).toEqual([]);
  },
);

describe.each(['pending', 'batch', 'operation', 'ranges'] as const)(
  'the ETA after a sudden change of the speed, rows: %s',
  (rows) => {
    it.each([
      [3, 0.05],
      [3, 0.3],
      [0.33, 0.05],
      [0.33, 0.3],
    ])('is the true one a few minutes after batches take %f times as long, at %f of the work', (times, share) => {
      const seconds = times < 1 ? 9 : 3;
      const work = { ...steady, workers: 5, batchSeconds: even(seconds), jitter: 0.2, rows };
      const batches = (50 * 60 * work.workers) / (seconds * (share + (1 - share) * times));
      const changed = share * 50 * 60 * (1 / (share + (1 - share) * times));
      const migration = {
        ...work,
        totalRecords: Math.round(batches) * work.batchSize,
        change: { at: changed, times },
      } satisfies Migration;
      const after = simulate(migration, 3, 5).filter(({ at, isProgressing }) => isProgressing && at > changed + 240);
      const shown = shownIn(after);
      const right = shown.filter(({ eta, left }) => eta.lowSeconds <= left && left <= eta.highSeconds);
      expect(shown.length).toBeGreaterThan(0.9 * after.length);
      expect(right.length).toBeGreaterThanOrEqual(0.9 * shown.length);
      expect(medianOf(shown.map(({ eta, left }) => (eta.highSeconds - eta.lowSeconds) / left))).toBeLessThan(0.75);
    });
  },
);

it('shows no ETA once a migration has finished with fewer records than it named', () => {
  const minutes = simulate({ ...steady, totalRecords: 90_000, realRecords: 60_000 });
  expect(minutes.some(({ isProgressing }) => isProgressing)).toBe(true);
  expect(shownIn(minutes.filter(({ isProgressing }) => !isProgressing))).toEqual([]);
});

describe('the rate and the ETA of migrations of every kind, with 1 to 30 workers', () => {
  const minutes = kinds.flatMap((kind) =>
    simulate({ ...randomMigration(kind, 2), statusMinutes: 3 }, 2, 2).map((minute) => ({ ...minute, kind })),
  );
  const progressing = minutes.filter(({ isProgressing }) => isProgressing);
  const still = minutes.filter(({ isProgressing, sinceSeconds }) => !isProgressing && sinceSeconds > 240);

  it('are those of the true end in 90 % of the minutes with an ETA', () => {
    const shown = shownIn(progressing);
    expect(shown.length).toBeGreaterThanOrEqual(0.9 * progressing.length);
    const right = shown.filter(({ eta, left }) => eta.lowSeconds <= left && left <= eta.highSeconds);
    expect(right.length).toBeGreaterThanOrEqual(0.9 * shown.length);
    expect(still.length).toBeGreaterThan(60);
    expect(shownIn(still)).toEqual([]);
  });

  it.each(kinds)('are those of the true end in most minutes, also if it is %s', (kind) => {
    const shown = shownIn(progressing.filter((minute) => minute.kind === kind));
    const right = shown.filter(({ eta, left }) => eta.lowSeconds <= left && left <= eta.highSeconds);
    // A short one has few minutes.
    expect(right.length).toBeGreaterThanOrEqual(Math.floor(0.85 * shown.length));
  });

  it('have a median width of half of the remaining time or less', () => {
    expect(
      medianOf(shownIn(progressing).map(({ eta, left }) => (eta.highSeconds - eta.lowSeconds) / left)),
    ).toBeLessThan(0.5);
  });

  it('are never those of a part of the workers in status, which polls for a second', () => {
    const rates = progressing.flatMap(({ status, usualRate, phase }) =>
      phase === 'execution' && status !== null && status.recordsPerSecond !== null
        ? [{ rate: status.recordsPerSecond, usualRate }]
        : [],
    );
    expect(rates.length).toBeGreaterThan(10);
    expect(rates.filter(({ rate, usualRate }) => Math.abs(rate - usualRate) > 0.6 * usualRate)).toEqual([]);
    const etas = progressing.flatMap(({ status, left }) =>
      status?.etaSeconds ? [{ ...status.etaSeconds, left }] : [],
    );
    expect(etas.length).toBeGreaterThan(40);
    expect(etas.filter(({ low, high, left }) => low <= left && left <= high).length).toBeGreaterThan(0.8 * etas.length);
    expect(still.flatMap(({ status }) => status?.etaSeconds ?? [])).toEqual([]);
  });
});

it('has rates within 5 % of the true ones of the time that they cover in 90 % of the minutes where the times of batches differ by up to half', () => {
  const migrations = [
    ['steady', 501],
    ['clocks set forward', 502],
    ['clocks set forward', 504],
  ] as const;
  const rates = migrations.flatMap(([kind, seed]) => {
    const migration = randomMigration(kind, seed);
    const from = Math.max(migration.before ?? 0, 300) + 60;
    const minutes = simulate(migration, seed, 2).filter(({ at, isProgressing }) => isProgressing && at > from);
    const mostSeconds = Math.max(70, (15 * migration.batchSeconds(0)) / Math.sqrt(migration.workers));
    return minutes.map(({ at, observation, rateOver, left }) => {
      const { recordsPerSecond, rateSeconds = 60 } = phaseRateAndEta(observation);
      return { kind, seed, at, recordsPerSecond, rateSeconds, mostSeconds, left, real: rateOver(rateSeconds) };
    });
  });
  const off = rates.filter(({ recordsPerSecond, real }) => !(Math.abs((recordsPerSecond ?? 0) - real) <= 0.05 * real));
  expect(rates.length).toBeGreaterThan(140);
  expect(off.length / rates.length).toBeLessThanOrEqual(0.1);
  // At the end, fewer workers are at work.
  expect(rates.filter(({ rateSeconds, mostSeconds, left }) => left > 120 && rateSeconds > mostSeconds)).toEqual([]);
});

it('has ranges that hold, and do not come and go with each batch, where tables have no pending operations', () => {
  const seeds = [903, 904];
  const ranges = seeds.flatMap((seed) =>
    simulate(randomMigration('several tables', seed), seed, 1).flatMap(({ at, observation, isProgressing, left }) => {
      const { eta } = phaseRateAndEta(observation);
      return isProgressing && eta !== null ? [{ seed, at, left, ...eta }] : [];
    }),
  );
  expect(ranges.length).toBeGreaterThan(120);
  const held = ranges.filter(({ left, lowSeconds, highSeconds }) => lowSeconds <= left && left <= highSeconds);
  expect(held.length).toBeGreaterThan(0.9 * ranges.length);
  const jumps = ranges.filter(({ seed, at, lowSeconds, highSeconds }, index) => {
    const before = ranges[index - 1];
    if (before?.seed !== seed) return false;
    return at + lowSeconds > before.at + before.highSeconds || at + highSeconds < before.at + before.lowSeconds;
  });
  expect(jumps).toEqual([]);
});
