import { expect, it } from 'vitest';
import { observe } from '../../source/domain/observation.ts';
import { comparePoll } from '../../source/monitor/compare-poll.ts';
import type { MonitorEvent } from '../../source/monitor/event.ts';
import { initialState } from '../../source/monitor/initial-state.ts';
import { paceAfter } from '../../source/monitor/pace.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { createStore } from '../../source/monitor/store.ts';
import { nowMs, operation, snapshotOf, takenAt, target } from '../support/fixtures.ts';

const rows = (records: number) => [
  operation({ id: 1, recordsProcessed: records }),
  operation({ id: 2, status: 'failed', completedAt: takenAt, errorMessage: 'deadlock detected' }),
];

const polled = (seconds: number) => ({
  kind: 'polled' as const,
  snapshot: snapshotOf(rows(100 * seconds), takenAt + seconds),
  atMs: nowMs + seconds * 1000,
  nextSeconds: 1,
});

function started() {
  const window = { columns: 80, rows: 24 };
  const store = createStore(initialState({ target, readOnly: null, intervalSeconds: 1, window, nowMs }));
  for (const seconds of [0, 1, 2]) store.emit(polled(seconds));
  return store;
}

const figuresOf = ({ latest, pace }: MonitorState) => ({
  throughput: latest?.throughput,
  tracks: latest?.tracks,
  migration: latest?.migration,
  recordsPerSecond: pace?.recordsPerSecond,
  eta: pace?.eta,
  peaks: pace?.peaks,
});

/** Compares the poll after three seconds, with this event in each turn. */
async function comparedWhile(...events: readonly MonitorEvent[]) {
  const store = started();
  const left = [...events];
  const more = await comparePoll(store.state, polled(3).snapshot, async () => {
    const event = left.shift();
    if (event !== undefined) store.emit(event);
  });
  return { before: store.state(), event: { ...polled(3), ...more } };
}

it('shows the same after a poll that was compared before as after one that was not', async () => {
  const { before, event } = await comparedWhile();
  const after = reduce(before, event);
  expect(after.latest).toBe(event.compared?.latest);
  expect(after.pace).toBe(event.compared?.pace);
  const direct = reduce(before, polled(3));
  expect(figuresOf(after)).toEqual(figuresOf(direct));
});

it('takes keys between the turns', async () => {
  const { before, event } = await comparedWhile(
    { kind: 'viewed', view: 'failures' },
    { kind: 'viewed', view: 'tables' },
  );
  expect(before.view).toBe('tables');
  const after = reduce(before, event);
  expect(after).toMatchObject({ view: 'tables', latest: event.compared?.latest });
});

it('keeps what is shown if the display is frozen between the turns', async () => {
  const { before, event } = await comparedWhile({ kind: 'froze' });
  const after = reduce(before, event);
  expect(after.latest).toBe(event.compared?.latest);
  expect(after.pace?.of).toBe(before.frozen);
});

it('compares a poll again if another was taken between the turns', async () => {
  const other = { ...polled(2.5), snapshot: snapshotOf(rows(220), takenAt + 2.5) };
  const { before, event } = await comparedWhile(
    { kind: 'viewed', view: 'tables' },
    { kind: 'viewed', view: 'tables' },
    other,
  );
  const after = reduce(before, event);
  expect(after.latest).not.toBe(event.compared?.latest);
  expect(figuresOf(after)).toEqual(figuresOf(reduce(before, polled(3))));
});

it('compares nothing before if there are no turns', async () => {
  expect(await comparePoll(started().state, polled(3).snapshot, undefined)).toEqual({});
});

it('shows no ETA of a poll that was compared before while all is paused but a worker that overwrites that', async () => {
  const rogue = operation({ id: 1, recordsProcessed: 300 });
  const snapshot = snapshotOf([rogue, operation({ id: 3, status: 'paused' })], takenAt + 3);
  const { before, event } = await comparedWhile();
  const latest = observe(before.latest, snapshot);
  const pace = { ...paceAfter(before.pace, latest), eta: { lowSeconds: 60, highSeconds: 90 } };
  const compared = { before, latest, pace };
  const shownBy = (trackedActions: MonitorState['trackedActions']) => {
    const state = { ...before, trackedActions };
    return reduce(state, { ...event, snapshot, compared: { ...compared, before: state } }).pace?.eta;
  };
  expect(shownBy([])).toEqual(pace.eta);
  const pause = { action: 'pause', operationId: 1, tableName: 'cases', from: 'running', to: 'paused' } as const;
  const result = { kind: 'overwritten', status: 'running', workerId: 1, afterSeconds: 1 } as const;
  const rest = { requestedAt: takenAt + 1, version: null, lastProgressAt: null, progressCount: 0 };
  expect(shownBy([{ ...pause, ...rest, result }])).toBeNull();
});
