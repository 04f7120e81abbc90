import { expect, it } from 'vitest';
import type { Observation } from '../../source/domain/observation.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { initialState } from '../../source/monitor/initial-state.ts';
import { heldEta, keptEta } from '../../source/monitor/kept-eta.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import { nowMs, operation, snapshotOf, takenAt, target } from '../support/fixtures.ts';

/** The observation of two tables some seconds after the first poll. */
function observed(seconds: number, given: { processed: number; total: number }): Observation {
  return observedRows(seconds, [
    operation({ id: 1, recordsProcessed: given.processed, totalRecords: given.total, batchSize: given.total }),
    operation({ id: 2, tableName: 'cases', recordsProcessed: 10, totalRecords: 500, batchSize: 500 }),
  ]);
}

function observedRows(seconds: number, plan: readonly Operation[]): Observation {
  const window = { columns: 80, rows: 24 };
  const rows = [
    ...plan,
    operation({ id: 3, tableName: 'laws', recordsProcessed: 10, totalRecords: 500, batchSize: 500 }),
  ];
  const { latest } = reduce(initialState({ target, readOnly: null, intervalSeconds: 1, window, nowMs }), {
    kind: 'polled',
    snapshot: snapshotOf(rows, takenAt + seconds),
    atMs: nowMs,
    nextSeconds: 1,
  });
  if (latest === null) throw new Error('nothing is observed');
  return latest;
}

const of = observed(0, { processed: 10_000, total: 110_000 });
const computed = { of, eta: { lowSeconds: 90, highSeconds: 120 }, isGuess: false };

it('keeps an ETA for some seconds, as of now', () => {
  expect(keptEta(computed, observed(2, { processed: 12_000, total: 110_000 }))).toEqual({
    lowSeconds: 88,
    highSeconds: 118,
  });
  expect(keptEta(computed, observed(5, { processed: 15_000, total: 110_000 }))).toBeNull();
});

it('keeps it while workers plan operations about as fast as they end them', () => {
  expect(keptEta(computed, observed(2, { processed: 12_000, total: 112_500 }))).not.toBeNull();
});

it('does not keep it if more is left, or less than expected', () => {
  expect(keptEta(computed, observed(2, { processed: 12_000, total: 120_000 }))).toBeNull();
  expect(keptEta(computed, observed(2, { processed: 40_000, total: 110_000 }))).toBeNull();
  expect(keptEta(computed, observed(2, { processed: 12_000, total: 60_000 }))).toBeNull();
});

it('keeps it while few of many operations fail, and computes it again when many do', () => {
  const plan = (failed: number) =>
    Array.from({ length: 100 }, (_, index) =>
      operation({
        id: 10 + index,
        status: index < failed ? 'failed' : 'pending',
        totalRecords: 1000,
        batchSize: 1000,
        recordsProcessed: 0,
      }),
    );
  const before = observedRows(0, plan(0));
  const eta = { lowSeconds: 900, highSeconds: 1200 };
  expect(keptEta({ of: before, eta, isGuess: false }, observedRows(2, plan(1)))).toEqual({
    lowSeconds: 898,
    highSeconds: 1198,
  });
  expect(keptEta({ of: before, eta, isGuess: false }, observedRows(2, plan(20)))).toBeNull();
});

it('holds an ETA that is not known any more for half a minute, unless other work is left', () => {
  expect(heldEta(computed, observed(20, { processed: 20_000, total: 110_000 }))).toEqual({
    lowSeconds: 70,
    highSeconds: 100,
  });
  expect(heldEta(computed, observed(30, { processed: 20_000, total: 110_000 }))).toBeNull();
  expect(heldEta(computed, observed(20, { processed: 20_000, total: 900_000 }))).toBeNull();
});
