import { expect, it } from 'vitest';
import { type Observation, observe } from '../../source/domain/observation.ts';
import type { Operation, Status } from '../../source/domain/operation.ts';
import { phaseRateAndEta } from '../../source/domain/rate-and-eta.ts';
import { tableRateAndEta } from '../../source/domain/table-eta.ts';
import { gainedBetween } from '../support/totals.ts';
import { at, operation, snapshot } from './build.ts';

const noon = at('12:00:00');

/** Worker 1 processes 100 records a second, worker 2 ten; from second 60 on some are paused. */
function rowsAt(second: number, paused: readonly number[], defying: readonly number[] = []): Operation[] {
  return [1, 2].map((workerId) => {
    const isPaused = paused.includes(workerId) && second >= 60;
    const worked = isPaused && !defying.includes(workerId) ? 60 : second;
    const status: Status = isPaused ? 'paused' : 'running';
    const total = { recordsProcessed: 500 + worked * (workerId === 1 ? 100 : 10), totalRecords: 1_000_000 };
    return operation({ id: workerId, workerId, status, startedAt: noon - 10, batchSize: 1_000_000, ...total });
  });
}

function watched(seconds: number, rows: (second: number) => Operation[]): Observation {
  let seen: Observation | null = null;
  for (let second = 0; second <= seconds; second++) {
    const gained = second === 0 ? null : gainedBetween(rows(second - 1), rows(second));
    seen = observe(seen, { ...snapshot(noon + second, rows(second)), gained });
  }
  return seen ?? expect.fail('nothing was polled');
}

const rates = (observation: Observation): readonly (number | null)[] => {
  const [table] = observation.tables;
  return [
    phaseRateAndEta(observation).recordsPerSecond,
    table === undefined ? null : tableRateAndEta(observation, table).recordsPerSecond,
  ].map((rate) => (rate === null ? null : Math.round(rate)));
};

it('leaves a worker that is paused out of the rates from the next polls on', () => {
  expect(rates(watched(59, (second) => rowsAt(second, [1])))).toEqual([110, 110]);
  for (const second of [62, 75, 100]) {
    const [phase, table] = rates(watched(second, (one) => rowsAt(one, [1])));
    expect(phase).toBeLessThanOrEqual(14);
    expect(phase).toBeGreaterThanOrEqual(8);
    expect(table).toBe(phase);
  }
});

it('leaves out what a worker that is paused did on other tables in the last minute', () => {
  // From second 40 on, worker 1 works on another table.
  const rows = (second: number): Operation[] =>
    rowsAt(second, [1]).flatMap((row): Operation[] => {
      if (row.workerId !== 1 || second < 40) return [row];
      const first = { ...row, status: 'completed' as const, recordsProcessed: 4500, completedAt: noon + 40 };
      const own = { recordsProcessed: (row.recordsProcessed ?? 0) - 4500, startedAt: noon + 40 };
      return [first, { ...row, id: 3, tableName: 'cases', ...own }];
    });
  expect(rates(watched(59, rows))[0]).toBeGreaterThan(80);
  expect(rates(watched(62, rows))[0]).toBeLessThanOrEqual(14);
});

it('counts a worker that keeps working although it is paused', () => {
  const [phase] = rates(watched(75, (second) => rowsAt(second, [1, 2], [2])));
  expect(phase).toBeLessThanOrEqual(14);
  expect(phase).toBeGreaterThanOrEqual(8);
  expect(rates(watched(75, (second) => rowsAt(second, [1], [1])))[0]).toBeGreaterThan(100);
});

it('has no rate and no ETA if all are paused', () => {
  expect(phaseRateAndEta(watched(62, (second) => rowsAt(second, [1, 2])))).toEqual({ recordsPerSecond: 0, eta: null });
});

it('has an ETA by those that go on from the next polls on', () => {
  const rows = (second: number): Operation[] => rowsAt(second, [1]);
  for (const second of [62, 75, 100, 119]) {
    const { eta } = phaseRateAndEta(watched(second, rows));
    // Worker 2 has a million records left, at ten a second.
    expect(eta?.lowSeconds).toBeGreaterThan(60_000);
    expect(eta?.highSeconds).toBeLessThan(140_000);
  }
});
