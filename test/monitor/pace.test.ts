import { describe, expect, it } from 'vitest';
import type { Target } from '../../source/database/target.ts';
import { type Eta, isVague } from '../../source/domain/eta.ts';
import type { Observation } from '../../source/domain/observation.ts';
import { phaseRateAndEta } from '../../source/domain/rate-and-eta.ts';
import { stallsOf } from '../../source/domain/stalled-operations.ts';
import { emptyThroughput } from '../../source/domain/throughput.ts';
import { heldEta, keptEta } from '../../source/monitor/kept-eta.ts';
import { hourlyPeak, paceAfter, withPace } from '../../source/monitor/pace.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import { isSameWork } from '../../source/monitor/same-work.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { withSteadyEnds } from '../../source/monitor/steady-ends.ts';
import { type ShownEta, steadyEta } from '../../source/monitor/steady-eta.ts';
import { tableRows } from '../../source/presentation/rows.ts';
import { fakeTable } from '../support/fake-table.ts';
import { operation } from '../support/fixtures.ts';
import { migrationState } from '../support/migration.ts';
import { monitorsUnderTest } from '../support/operator.ts';
import { simulateIncident } from '../support/simulated-incident.ts';

const open = monitorsUnderTest();

const state = migrationState({ columns: 80, rows: 24 });
const { latest } = state;
if (latest === null) throw new Error('nothing was observed');
const first: Observation = latest;
const eta: Eta = { lowSeconds: 600, highSeconds: 900 };

/** The same some seconds later. */
function later(seconds: number, given: Partial<Observation> = {}): Observation {
  return { ...first, snapshot: { ...first.snapshot, takenAt: first.snapshot.takenAt + seconds }, ...given };
}

describe('an ETA that is not computed again', () => {
  it('is shown for half a minute, as of then', () => {
    const computed = { of: first, eta, isGuess: false };
    expect(keptEta(computed, later(4))).toEqual({ lowSeconds: 596, highSeconds: 896 });
    expect(keptEta(computed, later(6))).toBeNull();
    expect(heldEta(computed, later(29))).toEqual({ lowSeconds: 571, highSeconds: 871 });
    expect(heldEta(computed, later(30))).toBeNull();
  });

  it('is over at once if something else than progress has happened', () => {
    const statuses = { ...first.migration.statuses, paused: first.migration.statuses.paused + 1 };
    const paused = later(1, { migration: { ...first.migration, statuses } });
    expect(heldEta({ of: first, eta, isGuess: false }, paused)).toBeNull();
    const failed = { ...first.migration.statuses, failed: first.migration.statuses.failed + 4 };
    expect(
      heldEta({ of: first, eta, isGuess: false }, later(1, { migration: { ...first.migration, statuses: failed } })),
    ).toBeNull();
    // All that is running has stalled.
    const stalled = { ...first.migration.statuses, running: stallsOf(first).all.length };
    const still = later(1, { migration: { ...first.migration, statuses: stalled } });
    expect(heldEta({ of: first, eta, isGuess: false }, still)).toBeNull();
  });

  it('is computed again if it was a guess', () => {
    const guess = { of: first, eta, isGuess: true };
    expect([keptEta(guess, later(1)), heldEta(guess, later(1))]).toEqual([null, null]);
  });

  it('is not shown in the first seconds if it is vague', () => {
    const migration = { ...first.throughput.migration, watchedSince: first.snapshot.takenAt };
    const shownAt = (seconds: number, found: Eta) => {
      const observation = later(seconds, { throughput: { ...first.throughput, migration } });
      const computed = { of: later(seconds - 1), eta: found, isGuess: false };
      const pace = { of: first, recordsPerSecond: null, eta: null, peaks: { rates: [] }, etaSince: null, computed };
      return withPace({ ...state, latest: observation, pace }).pace?.eta;
    };
    const vague = { lowSeconds: 150, highSeconds: 7000 };
    expect(isVague(vague)).toBe(true);
    expect([shownAt(3, vague), shownAt(9, vague)]).toEqual([null, null]);
    expect(shownAt(10, vague)).toMatchObject({ lowSeconds: 149, highSeconds: 6999 });
    expect(shownAt(3, eta)).toMatchObject({ lowSeconds: 599, highSeconds: 899 });
  });

  it('never ends in the past', () => {
    const near = { of: first, eta: { lowSeconds: 3, highSeconds: 20 }, isGuess: false };
    expect(heldEta(near, later(10))).toEqual({ lowSeconds: 0, highSeconds: 10 });
    expect(heldEta(near, later(21))).toBeNull();
  });

  it('stays in line 2 while a poll in between has none', () => {
    // A phase without operations has no ETA.
    const migration = { ...first.migration, currentPhase: 'rollback' as const };
    const computed = { of: { ...first, migration }, eta, isGuess: false };
    const shownAt = (seconds: number) => {
      const before = { ...state, latest: later(seconds, { migration }) };
      const pace = { of: first, recordsPerSecond: null, eta, peaks: { rates: [] }, etaSince: null, computed };
      return [withPace({ ...before, pace }).pace?.eta, withPace(before).pace?.eta];
    };
    expect(shownAt(6)).toEqual([{ lowSeconds: 594, highSeconds: 894 }, null]);
    expect(shownAt(31)).toEqual([null, null]);
  });
});

describe('the ETA after many records were added', () => {
  it.each([
    { at: 200, seed: 2, isNew: true },
    { at: 280, seed: 2, isNew: false },
  ])('is near the computed one some seconds after that is not vague any more, in %o', ({ at, seed, isNew }) => {
    const added = { at, operations: 600, isNew };
    const moments = simulateIncident(
      { isWhole: true, pollSeconds: 1, momentSeconds: 1, seconds: at + 40, added },
      seed,
    );
    let pace: MonitorState['pace'] = null;
    const times: number[] = [];
    for (const moment of moments) {
      pace = paceAfter(pace, moment.observation);
      const computed = phaseRateAndEta(moment.observation).eta;
      if (moment.at < at || computed === null || isVague({ ...computed, wasVague: true })) continue;
      times.push((pace.eta?.highSeconds ?? Number.NaN) / computed.highSeconds);
    }
    expect(times.length).toBeGreaterThan(10);
    expect(times.filter((one) => !(one < 1.4)).length).toBeLessThanOrEqual(5);
  });
});

describe('an ETA after another one', () => {
  const takenAt = 1000;
  const shownAt = (given: Partial<ShownEta> = {}): ShownEta => ({ takenAt: takenAt - 10, eta, since: 0, ...given });
  const wider: Eta = { lowSeconds: 500, highSeconds: 1300 };

  it('moves its ends on the clock in a minute or two, not from one look to the next', () => {
    const next = steadyEta(shownAt(), takenAt, wider);
    // Ten seconds later, the ends shown before would be 590 and 890.
    expect(next.lowSeconds).toBeCloseTo(590 - 90 * (1 - Math.exp(-10 / 120)), 6);
    expect(next.highSeconds).toBeCloseTo(890 + 410 * (1 - Math.exp(-10 / 120)), 6);
    let moved = shownAt();
    for (let at = takenAt; at <= takenAt + 600; at += 10)
      moved = { ...moved, takenAt: at, eta: steadyEta(moved, at, { lowSeconds: 500, highSeconds: 1300 }) };
    expect(moved.eta?.highSeconds).toBeGreaterThan(1150);
  });

  it('moves in seconds where the ranges have no time in common, and at once where the end is twice as far away', () => {
    const apart = { lowSeconds: 1000, highSeconds: 1400 };
    expect(steadyEta(shownAt(), takenAt, apart).lowSeconds).toBeGreaterThan(800);
    const far = { lowSeconds: 1800, highSeconds: 2400 };
    expect(steadyEta(shownAt(), takenAt, far)).toEqual(far);
    const near = { lowSeconds: 100, highSeconds: 200 };
    expect(steadyEta(shownAt(), takenAt, near)).toEqual(near);
  });

  it('is the computed one where there was none, and follows the first reports closely', () => {
    expect(steadyEta(null, takenAt, wider)).toEqual(wider);
    expect(steadyEta(shownAt({ eta: null }), takenAt, wider)).toEqual(wider);
    expect(steadyEta(shownAt({ since: takenAt - 12 }), takenAt, wider).highSeconds).toBeGreaterThan(1280);
  });

  it('has nothing of a vague one that was shown before it', () => {
    const vague = { lowSeconds: 300, highSeconds: 9000 };
    const precise = { lowSeconds: 500, highSeconds: 800 };
    expect(steadyEta(shownAt({ eta: vague }), takenAt, precise)).toEqual(precise);
    expect(steadyEta(shownAt({ eta: { ...vague, wasVague: true } }), takenAt, precise)).toEqual(precise);
  });

  it('keeps the form of its text while its range is near the limit of a vague one', () => {
    const vague = steadyEta(null, takenAt, { lowSeconds: 300, highSeconds: 1210 });
    expect(isVague(vague)).toBe(true);
    const nearly = { lowSeconds: 350, highSeconds: 1200 };
    expect(isVague(nearly)).toBe(false);
    expect(isVague(steadyEta(shownAt({ takenAt, eta: vague }), takenAt + 1, nearly))).toBe(true);
    const precise = { lowSeconds: 900, highSeconds: 1200 };
    expect(isVague(steadyEta(shownAt({ takenAt, eta: vague }), takenAt + 600, precise))).toBe(false);
  });

  it('is that of other work after a pause of one of five operations, not of one of ten', () => {
    const { migration } = first;
    const seen = (running: number) => {
      const before = { ...migration, statuses: { ...migration.statuses, running } };
      const statuses = { ...before.statuses, running: running - 1, paused: before.statuses.paused + 1 };
      return isSameWork({ ...first, migration: before }, later(1, { migration: { ...before, statuses } }));
    };
    expect(seen(5)).toBe(false);
    expect(seen(10)).toBe(true);
  });

  it('is that of other work after a change of the phase, of the records left, or a pause of many', () => {
    const { migration } = first;
    const seen = (given: Partial<typeof migration>) =>
      isSameWork(first, later(1, { migration: { ...migration, ...given } }));
    const { recordsProcessed, totalRecords, statuses } = migration;
    const left = (totalRecords ?? 0) - recordsProcessed;
    expect(left).toBeGreaterThan(0);
    expect(seen({})).toBe(true);
    expect(seen({ currentPhase: 'validation' })).toBe(false);
    // Many workers may report at once; records that are added or removed are in the total.
    expect(seen({ recordsProcessed: recordsProcessed + 0.15 * left })).toBe(true);
    expect(seen({ recordsProcessed: recordsProcessed + 0.25 * left })).toBe(false);
    for (const share of [0.04, -0.04]) expect(seen({ totalRecords: (totalRecords ?? 0) + share * left })).toBe(true);
    for (const share of [0.06, -0.06]) expect(seen({ totalRecords: (totalRecords ?? 0) + share * left })).toBe(false);
    // Completed operations that a cleanup removed.
    const removed = { totalRecords: (totalRecords ?? 0) - left, recordsProcessed: recordsProcessed - left };
    expect(seen(removed)).toBe(true);
    expect(seen({ totalRecords: null })).toBe(false);
    expect(statuses.running).toBeGreaterThan(1);
    expect(seen({ statuses: { ...statuses, paused: statuses.paused + statuses.running, running: 0 } })).toBe(false);
  });

  it('stays where it is while no time passes', () => {
    expect(steadyEta(shownAt({ takenAt }), takenAt, wider)).toEqual(eta);
  });

  it('never begins before a tenth of the computed time, and keeps the table that the computed one names', () => {
    const late = shownAt({ eta: { lowSeconds: 5, highSeconds: 900 }, takenAt: takenAt - 60 });
    const next = steadyEta(late, takenAt, { lowSeconds: 100, highSeconds: 700, lastTable: 'cases' });
    expect(next.lowSeconds).toBeGreaterThanOrEqual(10);
    expect(next.lastTable).toBe('cases');
  });
});

describe('the ends of tables', () => {
  const [table] = tableRows(first, first.tables);
  if (table === undefined) throw new Error('no table is listed');
  const takenAt = 1000;
  const ends = new Map([[table.key, { takenAt: takenAt - 10, eta, since: 0, work: table.table }]]);

  it('move as that of line 2 does, and are not after it', () => {
    const row = { ...table, eta: { lowSeconds: 500, highSeconds: 1300 } };
    const moved = withSteadyEnds([row], ends, takenAt, null);
    expect(moved.rows[0]?.eta?.highSeconds).toBeCloseTo(890 + 410 * (1 - Math.exp(-10 / 120)), 6);
    expect(moved.ends.get(table.key)).toEqual({ takenAt, eta: moved.rows[0]?.eta, since: 0, work: table.table });
    const whole = { lowSeconds: 600, highSeconds: 700 };
    expect(withSteadyEnds([row], ends, takenAt, whole).rows[0]?.eta?.highSeconds).toBe(700);
  });

  it('are the computed ones after records were added', () => {
    const { recordsProcessed, totalRecords } = table.table;
    const left = (totalRecords ?? 0) - recordsProcessed;
    expect(left).toBeGreaterThan(0);
    const added = { ...table.table, totalRecords: (totalRecords ?? 0) + 0.1 * left };
    const row = { ...table, table: added, eta: { lowSeconds: 500, highSeconds: 1300 } };
    const moved = withSteadyEnds([row], ends, takenAt, null);
    expect(moved.rows[0]?.eta).toEqual(row.eta);
    expect(moved.ends.get(table.key)?.since).toBe(takenAt);
  });

  it('are that of line 2 for the only open table, and begin again after there was none', () => {
    const whole = { lowSeconds: 1000, highSeconds: 1100 };
    expect(withSteadyEnds([{ ...table, eta: whole }], ends, takenAt, whole).rows[0]?.eta).toEqual(whole);
    expect(withSteadyEnds([{ ...table, eta: null }], ends, takenAt, null)).toEqual({
      rows: [{ ...table, eta: null }],
      ends: new Map(),
    });
  });
});

describe('the peak of the hour', () => {
  it('is not shown in the first minute, whose uncertain rates fall', () => {
    const at = (seconds: number): MonitorState['latest'] => {
      const watched = first.snapshot.takenAt;
      const migration = { ...emptyThroughput(watched - 3600, watched), progressAt: watched };
      return later(seconds, { throughput: { ...first.throughput, migration } });
    };
    const peakAt = (seconds: number): number | null => {
      const observation = at(seconds);
      if (observation === null) throw new Error('nothing was observed');
      return hourlyPeak(withPace({ ...state, pace: null, latest: observation }), observation);
    };
    expect([peakAt(0), peakAt(59)]).toEqual([null, null]);
    expect(peakAt(60)).not.toBeNull();
  });

  it('is not shown below the rate of the first minute beside it', () => {
    const watched = later(0, {
      throughput: {
        ...first.throughput,
        migration: { ...first.throughput.migration, watchedSince: first.snapshot.takenAt - 12 },
      },
    });
    const peakAfter = (recordsPerSecond: number): number | null => {
      const peaksOfAll = { rates: [{ at: first.snapshot.takenAt - 600, recordsPerSecond }] };
      const now = withPace({ ...state, pace: null, latest: watched, peaksOfAll });
      return hourlyPeak(now, watched);
    };
    const rate = withPace({ ...state, pace: null, latest: watched }).pace?.recordsPerSecond ?? 0;
    expect(rate).toBeGreaterThan(100);
    expect([peakAfter(rate - 1), peakAfter(rate + 1)]).toEqual([null, rate + 1]);
  });

  it('of all operations is the same again after only some were shown', () => {
    const peaks = { rates: [{ at: first.snapshot.takenAt - 600, recordsPerSecond: 987_654 }] };
    const before = withPace({ ...state, pace: null, peaksOfAll: peaks });
    const polledOf = (from: MonitorState, scope: Target['scope']) =>
      reduce(from, {
        kind: 'polled',
        snapshot: later(1).snapshot,
        atMs: from.nowMs,
        nextSeconds: 1,
        restricted: { ...from.target, scope } as Target,
      });
    const peakOf = (of: MonitorState) => of.latest && hourlyPeak(of, of.latest);
    expect(peakOf(before)).toBe(987_654);
    const some = polledOf(before, { since: { text: '2h', at: first.snapshot.takenAt - 7200 } } as never);
    expect(peakOf(some)).not.toBe(987_654);
    expect(peakOf(polledOf(some, undefined))).toBe(987_654);
  });
});

it.each(['execution', 'validation'] as const)(
  'the chart of the hour is of the execution, also while line 2 is about another phase: %s',
  async (phase) => {
    const table = fakeTable([
      operation({ id: 1, phase, recordsProcessed: 0, totalRecords: 1_000_000, batchSize: null }),
    ]);
    const operator = await open(table, { window: { columns: 120, rows: 30 } });
    for (let second = 0; second < 90; second++) {
      table.rows = table.rows.map((row) => ({ ...row, recordsProcessed: (row.recordsProcessed ?? 0) + 5000 }));
      await operator.waits(1);
    }
    const isOfExecution = phase === 'execution';
    expect(operator.state().pace?.recordsPerSecond).toBeCloseTo(5000, -2);
    expect(operator.state().pace?.peaks.rates.length).toBe(isOfExecution ? 1 : 0);
    await operator.sees(isOfExecution ? /60m, highest minute [45],\d{3} / : / execution rec\/s [^\d]*60m/);
  },
);

it('names the time that a rate covers in the titles of lists until that is a minute', async () => {
  const table = fakeTable([operation({ id: 1, status: 'running', recordsProcessed: 0, totalRecords: 1_000_000 })]);
  const operator = await open(table, { window: { columns: 120, rows: 30 } });
  const works = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      table.rows = table.rows.map((row) => {
        const recordsProcessed = (row.recordsProcessed ?? 0) + 100;
        return { ...row, recordsProcessed, version: String(recordsProcessed) };
      });
      await operator.waits(1);
    }
  };
  await works(30);
  await operator
    .sees(/PHASES.* rec\/s over [23]\ds/)
    .press('2')
    .sees(/WORKERS.* rec\/s over [23]\ds/)
    .press('4')
    .sees(/TABLES.* rec\/s over [23]\ds/);
  await works(40);
  await operator.sees(/^(?![\s\S]*rec\/s over)/);
});
