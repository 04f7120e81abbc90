import { expect, it } from 'vitest';
import { initialState } from '../../source/monitor/initial-state.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import { nowMs, operation, snapshotOf, takenAt, target } from '../support/fixtures.ts';

const rows = Array.from({ length: 200 }, (_, index) =>
  operation({ id: index + 1, status: 'completed', completedAt: takenAt - 3600, startedAt: takenAt - 3700 }),
);

/** The toast after each of several polls, given how many rows each finds. */
function toasts(...counts: readonly number[]): (string | undefined)[] {
  let state = initialState({
    target,
    readOnly: null,
    intervalSeconds: 1,
    window: { columns: 80, rows: 24 },
    nowMs,
  });
  return counts.map((count, index) => {
    const snapshot = snapshotOf(rows.slice(0, count), takenAt + index);
    state = reduce(state, { kind: 'polled', snapshot, atMs: nowMs + index * 1000, nextSeconds: 1 });
    return state.toast?.text;
  });
}

it('reports how many rows a cleanup job removed', () => {
  expect(toasts(200, 80)).toEqual([undefined, '120 rows removed']);
  // Found in parts, poll by poll.
  expect(toasts(200, 150, 150, 80)).toEqual([undefined, '50 rows removed', '50 rows removed', '120 rows removed']);
  expect(toasts(2, 1)).toEqual([undefined, '1 row removed']);
});

it('reports neither new rows nor the rows of the first poll', () => {
  expect(toasts(80, 200, 200)).toEqual([undefined, undefined, undefined]);
});
