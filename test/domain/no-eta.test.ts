import { expect, it } from 'vitest';
import { isStandingStill, whyNoEta, withoutStalled } from '../../source/domain/no-eta.ts';
import { type Observation, observe } from '../../source/domain/observation.ts';
import type { Operation, Status } from '../../source/domain/operation.ts';
import { noEtaText } from '../../source/presentation/no-eta-text.ts';
import { operation, snapshotOf, takenAt } from '../support/fixtures.ts';

/** One worker that reports each second for a minute, and not after it. */
function watched(seconds: number, fields: Partial<Operation> = {}): Observation {
  let observation: Observation | null = null;
  for (let second = 0; second <= seconds; second += 2) {
    const reports = Math.min(second, 60);
    const row = operation({
      recordsProcessed: 100 * (reports + 1),
      totalRecords: 100_000,
      batchSize: 100_000,
      startedAt: takenAt - 10,
      version: String(reports),
      ...fields,
    });
    observation = observe(observation, snapshotOf([row], takenAt + second));
  }
  if (observation === null) throw new Error('no poll');
  return observation;
}

const rate = { recordsPerSecond: 100, eta: null };
const of = (status: Status): Observation => watched(0, { status });

it('has no rate and no ETA as soon as all running operations have stalled', () => {
  const pace = { recordsPerSecond: 100, eta: { lowSeconds: 60, highSeconds: 90 } };
  expect(withoutStalled(watched(60), pace)).toBe(pace);
  expect(withoutStalled(watched(100), pace)).toEqual({ recordsPerSecond: 0, eta: null });
});

it('has no rate of the minute before as soon as the last running operation is paused or has failed', () => {
  for (const status of ['paused', 'failed'] as const)
    expect(withoutStalled(of(status), rate)).toEqual({ recordsPerSecond: 0, eta: null });
  // The worker may be about to begin the next one; and when everything is done, nothing contradicts the rate.
  for (const status of ['pending', 'completed'] as const) expect(withoutStalled(of(status), rate)).toBe(rate);
});

it('has no ETA where nothing runs and the rate is 0, also if one was computed before', () => {
  const eta = { lowSeconds: 20, highSeconds: 40 };
  expect(withoutStalled(of('pending'), { recordsPerSecond: 0, eta })).toEqual({ recordsPerSecond: 0, eta: null });
  const soon = { recordsPerSecond: 100, eta };
  expect(withoutStalled(of('pending'), soon)).toBe(soon);
});

it('says that nothing progresses if all have stalled or are paused, and not between two operations of a worker', () => {
  expect(isStandingStill(watched(60), rate)).toBe(false);
  expect(isStandingStill(watched(100), rate)).toBe(true);
  expect(isStandingStill(of('paused'), rate)).toBe(true);
  expect(isStandingStill(of('pending'), { recordsPerSecond: null })).toBe(false);
  expect(isStandingStill(of('pending'), { recordsPerSecond: 0 })).toBe(true);
});

it('names the reason why there is no ETA', () => {
  expect(whyNoEta(watched(100), rate)).toBe('standstill');
  expect(whyNoEta(watched(60), { ...rate, isDefied: true })).toBe('defied');
  expect(whyNoEta(watched(0), { recordsPerSecond: null, eta: null })).toBe('no report');
  expect(whyNoEta(watched(60, { totalRecords: null }), rate)).toBe('no total');
  for (const totalRecords of [null, 0]) {
    const fees = operation({ id: 2, tableName: 'fees', totalRecords, batchSize: null, startedAt: takenAt - 10 });
    const known = operation({ totalRecords: 100_000, startedAt: takenAt - 10 });
    expect(whyNoEta(observe(null, snapshotOf([known, fees])), rate)).toBe('table of unknown size');
  }
  // An ETA leaves out a table whose operations are all paused: its size is not the reason.
  const paused = operation({ id: 2, tableName: 'fees', status: 'paused', totalRecords: 0, batchSize: null });
  const beside = observe(null, snapshotOf([operation({ totalRecords: 100_000, startedAt: takenAt - 10 }), paused]));
  expect(whyNoEta(beside, { recordsPerSecond: null, eta: null })).toBe('no report');
  expect(noEtaText('table of unknown size')).toBe('no ETA: how much is left of a table is unknown');
  // `--since` leaves out earlier operations of the run: the total is known, but not how much of it is left.
  const { totals, ...snapshot } = snapshotOf([operation({ totalRecords: 100_000, startedAt: takenAt - 10 })]);
  const inPart = observe(null, { ...snapshot, totals: totals.map((one) => ({ ...one, isPart: true })) });
  expect(whyNoEta(inPart, rate)).toBe('in part');
});
