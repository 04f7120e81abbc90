import { describe, expect, it } from 'vitest';
import { currentPace, whyNoEta } from '../../source/domain/no-eta.ts';
import { operationRateAndEta } from '../../source/domain/operation-eta.ts';
import { phaseRateAndEta } from '../../source/domain/rate-and-eta.ts';
import type { TableSummary } from '../../source/domain/summary.ts';
import { operationRow, tableRows } from '../../source/presentation/rows.ts';
import { type Incident, simulateIncident } from '../support/simulated-incident.ts';

const etasOf = (incident: Incident, seed = 1) =>
  simulateIncident(incident, seed)
    .filter(({ isProgressing, left }) => isProgressing && left > 5)
    .map(({ at, observation, left }) => {
      const pace = phaseRateAndEta(observation);
      return { at, left, eta: pace.eta, why: whyNoEta(observation, pace) };
    });

describe('the ETA of the incident of the demo', () => {
  it.each([
    ['batches that become thirty times smaller', {}],
    ['a quarter of the workers', { workers: 8 }],
    ['a tenth of the batches failed', { failedShare: 0.1 }],
    ['one worker that repeats a failed batch, and nothing else left', { failedShare: 0.1, isLast: true }],
  ] as const)('includes the true end, with %s', (_, incident) => {
    const moments = etasOf(incident);
    const shown = moments.flatMap(({ eta, ...moment }) => (eta === null ? [] : [{ ...moment, eta }]));
    expect(shown.length).toBeGreaterThanOrEqual(0.9 * moments.length);
    const wrong = shown.filter(({ eta, left }) => left < eta.lowSeconds || left > eta.highSeconds);
    expect(wrong.length).toBeLessThanOrEqual(0.1 * shown.length);
    expect(shown.filter(({ eta, left }) => eta.highSeconds > 5 * left + 120)).toEqual([]);
  });

  it.each([
    [30, 2],
    [30, 6],
    [20, 1],
    [8, 3],
  ])(
    'is that of the last worker that is at work, and not of stalled and paused operations, with %i workers',
    (workers, seed) => {
      const shown = etasOf({ isWhole: true, workers }, seed).flatMap(({ eta, ...moment }) =>
        eta === null ? [] : [{ ...moment, eta }],
      );
      const wrong = shown.filter(({ eta, left }) => left < eta.lowSeconds || left > eta.highSeconds);
      expect(wrong.length).toBeLessThanOrEqual(0.1 * shown.length);
      const last = shown.filter(({ left }) => left <= 60);
      expect(last.length).toBeGreaterThan(2);
      expect(last.filter(({ eta, left }) => eta.highSeconds > 2 * left + 120)).toEqual([]);
    },
  );

  it.each([1, 2])('moves little from second to second, whichever workers have just reported (%i)', (seed) => {
    const moved: { low: number; high: number }[] = [];
    let before: { low: number; high: number } | null = null;
    const incident = { isWhole: true, seconds: 150, pollSeconds: 1, momentSeconds: 1 };
    for (const { at, eta } of etasOf(incident, seed)) {
      if (at < 40 || eta === null) continue;
      const now = { low: at + eta.lowSeconds, high: at + eta.highSeconds };
      if (before !== null) {
        const left = before.high - at;
        moved.push({ low: Math.abs(now.low - before.low) / left, high: Math.abs(now.high - before.high) / left });
      }
      before = now;
    }
    expect(moved.length).toBeGreaterThan(90);
    // At the end of a slice of ten seconds the records of that slice count: then an end may move by more.
    expect(moved.filter(({ low }) => low > 0.05).length).toBeLessThanOrEqual(0.05 * moved.length);
    expect(moved.filter(({ high }) => high > 0.1).length).toBeLessThanOrEqual(0.05 * moved.length);
  });

  // Records a second fall from 6,000 to 1,400 with the tables that are worked on; the workers are as fast as before.
  it.each([
    [{ workers: 8 }, 0.7],
    [{ workers: 8, isWhole: true }, 1],
    [{ isWhole: true }, 1.6],
  ] as const)('is by the time of the workers, and not by records, in %o', (incident, mostWidth) => {
    const widths = [1, 2, 3]
      .flatMap((seed) => etasOf(incident, seed))
      .flatMap(({ eta, left }) => (eta === null ? [] : [(eta.highSeconds - eta.lowSeconds) / left]))
      .sort((a, b) => a - b);
    expect(widths.length).toBeGreaterThan(50);
    expect(widths[widths.length >> 1]).toBeLessThanOrEqual(mostWidth);
  });

  it.each([1, 2, 3])('is not wider because tables with larger batches ended minutes ago (%i)', (seed) => {
    // Records a second fall from 1,500 to 850 with the tables that are worked on.
    const after = etasOf({ isWhole: true, laterTables: 3 }, seed).filter(({ at, left }) => at >= 260 && left >= 60);
    expect(after.length).toBeGreaterThanOrEqual(8);
    for (const { eta, left } of after) {
      expect(eta?.lowSeconds).toBeGreaterThan(0.5 * left);
      expect(eta?.lowSeconds).toBeLessThanOrEqual(left);
      expect(eta?.highSeconds).toBeGreaterThanOrEqual(left);
      expect(eta?.highSeconds).toBeLessThan(left + 90);
    }
  });

  it.each([1, 3])(
    'has in status no earlier end by batches that were done much faster than the workers are (%i)',
    (seed) => {
      const incident = { isWhole: true, laterTables: 3, workers: 12, hasStatus: true, momentSeconds: 30 };
      const after = simulateIncident(incident, seed).filter(({ at, left }) => at >= 500 && left >= 60);
      expect(after.length).toBeGreaterThan(10);
      for (const { status, left } of after) {
        expect(status?.etaSeconds?.low).toBeGreaterThan(0.7 * left);
        expect(status?.etaSeconds?.low).toBeLessThanOrEqual(left);
        expect(status?.etaSeconds?.high).toBeGreaterThanOrEqual(left);
      }
    },
  );

  it('is not wider while one of the tables that were planned has not completed a batch yet', () => {
    const incident = { isWhole: true, laterTables: 3, hasStatus: true };
    // All of their operations are planned at 158 s; the last of the three tables completes its first batch after 190 s.
    const after = simulateIncident(incident, 1).filter(({ at }) => at >= 160 && at <= 220);
    expect(after.length).toBe(7);
    for (const { observation, left, status } of after) {
      const { eta } = phaseRateAndEta(observation);
      expect(eta?.lowSeconds).toBeLessThanOrEqual(left);
      expect(eta?.highSeconds).toBeGreaterThanOrEqual(left);
      expect((eta?.highSeconds ?? 0) - (eta?.lowSeconds ?? 0)).toBeLessThan(0.7 * left);
      if (status?.etaSeconds == null) continue;
      expect(status.etaSeconds.low).toBeLessThanOrEqual(left);
      expect(status.etaSeconds.high).toBeGreaterThanOrEqual(left);
      expect(status.etaSeconds.high).toBeLessThan(2 * left);
    }
  });

  it.each([1, 2])(
    'is that of the others while tables that hold most of the rest have completed no batch, also in status (%i)',
    (seed) => {
      const later = { laterTables: 3, laterFrom: 38, laterSize: 5000, laterOperations: 60 };
      const incident = { workers: 8, ...later, hasStatus: true, momentSeconds: 20 };
      const isNew = ({ tableName, recordsPerSecond }: TableSummary): boolean =>
        tableName.startsWith('later') && recordsPerSecond === null;
      // The batches of all tables take about the same time, and those of these tables have the most records.
      const planned = simulateIncident(incident, seed).filter(
        ({ observation: { tables } }) => tables.filter(isNew).length === 3,
      );
      expect(planned.length).toBeGreaterThanOrEqual(8);
      for (const { observation, left, status } of planned) {
        const eta = phaseRateAndEta(observation).eta ?? expect.fail();
        expect(eta.lowSeconds).toBeLessThanOrEqual(left);
        expect(eta.highSeconds).toBeGreaterThanOrEqual(left);
        expect(eta.highSeconds - eta.lowSeconds).toBeLessThan(0.8 * left);
        if (status?.etaSeconds == null) continue;
        expect(status.etaSeconds.low).toBeLessThanOrEqual(left);
        expect(status.etaSeconds.high).toBeGreaterThanOrEqual(left);
      }
    },
  );

  it.each([1, 2])('is not wider in status either, which looks once (%i)', (seed) => {
    const incident = { isWhole: true, laterTables: 3, hasStatus: true, momentSeconds: 20 };
    const after = simulateIncident(incident, seed).flatMap(({ at, left, status }) =>
      at >= 260 && left >= 60 && status?.etaSeconds != null ? [{ left, ...status.etaSeconds }] : [],
    );
    expect(after.length).toBeGreaterThanOrEqual(3);
    for (const { left, low, high } of after) {
      expect(low).toBeLessThanOrEqual(left);
      expect(high).toBeGreaterThanOrEqual(left);
      expect(high).toBeLessThan(2 * left + 60);
    }
  });

  it.each([
    { workers: 8, loneSeconds: 900 },
    { workers: 30, loneSeconds: 400 },
    { workers: 8, isWhole: true, loneSeconds: 1200 },
  ])('is that of an operation which needs longer than all others, in %o', (incident) => {
    const moments = simulateIncident({ ...incident, hasStatus: true, isNamed: true }, 1).filter(
      ({ at, left }) => at >= 70 && left > 5,
    );
    expect(moments.length).toBeGreaterThan(30);
    for (const { observation, left, status } of moments) {
      const whole = phaseRateAndEta(observation).eta ?? expect.fail();
      expect(whole.lowSeconds).toBeLessThanOrEqual(left);
      expect(whole.highSeconds).toBeGreaterThanOrEqual(left);
      // The whole begins hardly before the end that the reports of this operation show, apart from a total that may be too high.
      const lone = observation.snapshot.operations.find(({ tableName }) => tableName === 'lone');
      const own = lone && operationRateAndEta(observation, lone).eta;
      if (own && left > 60) expect(whole.lowSeconds).toBeGreaterThan(0.7 * own.lowSeconds);
      const { low, high } = status?.etaSeconds ?? expect.fail();
      expect(low).toBeLessThanOrEqual(left);
      expect(high).toBeGreaterThanOrEqual(left);
    }
  });

  it('is not one of days in status, where the clock of the workers is an hour behind and no row of a table has completed', () => {
    const incident = {
      workers: 8,
      loneSeconds: 900,
      secondsBehind: 3600,
      hasStatus: true,
      isNamed: true,
      seconds: 300,
    };
    const moments = simulateIncident(incident, 1);
    expect(moments.length).toBeGreaterThan(20);
    const late = moments.flatMap(({ at, left, status }) =>
      status?.etaSeconds != null && status.etaSeconds.low > left ? [{ at, left, ...status.etaSeconds }] : [],
    );
    expect(late).toEqual([]);
  });

  it.each([{ workers: 8, loneSeconds: 900 }, { isWhole: true }, { isWhole: true, laterTables: 3 }])(
    'ends before that of no table and no operation, in %o',
    (incident) => {
      const seen = simulateIncident({ ...incident, seconds: 600 }, 2);
      let shown = 0;
      for (const { observation } of seen) {
        const whole = phaseRateAndEta(observation).eta;
        const rows = observation.snapshot.operations.map((one) => operationRow(observation, one, [], [], whole));
        const tables = tableRows(observation, observation.tables, new Map(), whole);
        for (const row of [...rows, ...tables]) {
          if (whole === null || row.eta === null) continue;
          shown++;
          expect(row.eta.lowSeconds).toBeLessThanOrEqual(whole.lowSeconds);
          expect(row.eta.highSeconds).toBeLessThanOrEqual(whole.highSeconds);
        }
      }
      expect(shown).toBeGreaterThan(100);
    },
  );

  it.each([1, 2])('is that from before a pause of all after it, also if no action shows the pause (%i)', (seed) => {
    const incident = { isWhole: true, laterTables: 3, pausedAt: 40, resumedAt: 76, pollSeconds: 1, momentSeconds: 2 };
    const moments = etasOf({ ...incident, seconds: 120 }, seed);
    const before = moments.findLast(({ at }) => at < 40)?.eta;
    const after = moments.filter(({ at }) => at > 76 && at <= 110);
    expect(after.length).toBeGreaterThanOrEqual(10);
    for (const { eta } of after) {
      expect(eta?.lowSeconds).toBeGreaterThan(0.5 * (before?.lowSeconds ?? 0));
      expect(eta?.highSeconds).toBeLessThan(1.1 * (before?.highSeconds ?? 0));
    }
  });

  it('is not shown while one worker progresses and all others are paused', () => {
    const moments = etasOf({ workers: 12, pausedAt: 60, oneResumedAt: 90, seconds: 420 });
    const after = moments.filter(({ at }) => at > 90);
    expect(after.length).toBeGreaterThan(20);
    expect(after.filter(({ eta, why }) => eta !== null || why !== 'mostly paused')).toEqual([]);
  });

  it('is not shown for work that fails again and again from its second failure on', () => {
    const incident = {
      failedShare: 0.1,
      isLast: true,
      failsAgain: true,
      hasStatus: true,
      openedAt: [130],
      seconds: 200,
    };
    const moments = simulateIncident(incident, 3).filter(({ at }) => at > 40);
    expect(moments.length).toBeGreaterThan(10);
    for (const { observation, later, status } of moments) {
      for (const seen of [observation, ...later]) {
        const pace = currentPace(seen);
        expect([pace.eta, whyNoEta(seen, pace)]).toEqual([null, 'failing again']);
      }
      expect([status?.etaSeconds, status?.why]).toEqual([null, 'failing again']);
    }
  });
});

describe('the rate after a pause of all but one worker', () => {
  it.each([
    ['that report each batch once', 30, true],
    ['that report each batch once', 8, true],
    ['that report every second', 30, false],
    ['that report every second', 8, false],
  ] as const)('is that of this worker, in sessions of each age, with workers %s (%i)', (_, workers, reportsOnce) => {
    const incident = { workers, reportsOnce, pausedAt: 120, oneResumedAt: 122, openedAt: [60], seconds: 200 };
    const after = simulateIncident(incident, 3).filter(({ at }) => at > 130);
    expect(after.length).toBeGreaterThanOrEqual(6);
    for (const { observation, later, rate } of after)
      for (const seen of [observation, ...later]) {
        const shown = phaseRateAndEta(seen).recordsPerSecond;
        expect(shown).toBeGreaterThan(0.5 * rate);
        expect(shown).toBeLessThan(2 * rate);
      }
  });
});
