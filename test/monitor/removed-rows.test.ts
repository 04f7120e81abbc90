import { expect, it } from 'vitest';
import { type Observation, observe } from '../../source/domain/observation.ts';
import { removedRows } from '../../source/domain/removed-rows.ts';
import { initialState } from '../../source/monitor/initial-state.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { eventText } from '../../source/presentation/event-text.ts';
import { nowMs, operation, snapshotOf, takenAt, target } from '../support/fixtures.ts';

const rows = Array.from({ length: 200 }, (_, index) =>
  operation({ id: index + 1, status: 'completed', completedAt: takenAt - 3600, startedAt: takenAt - 3700 }),
);

/** The toast after each of several polls, given how many rows each finds. */
const toasts = (...counts: readonly number[]): (string | undefined)[] =>
  states(...counts).map(({ toast }) => toast?.text);

/** The rows of Activity after the last of several polls. */
const events = (...counts: readonly number[]): string[] =>
  (states(...counts).at(-1)?.events ?? [])
    .map(({ what }) => {
      const { tableName, word, text } = eventText(what);
      return `${word} ${tableName}: ${text}`;
    })
    .filter((line) => line.startsWith('removed'));

function states(...counts: readonly number[]): MonitorState[] {
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
    return state;
  });
}

it('reports how many rows a cleanup job removed', () => {
  expect(toasts(200, 80)).toEqual([undefined, '120 rows removed']);
  // Found in parts, poll by poll.
  expect(toasts(200, 150, 150, 80)).toEqual([undefined, '50 rows removed', '50 rows removed', '120 rows removed']);
  expect(toasts(2, 1)).toEqual([undefined, '1 row removed']);
});

it('says of a poll that finds rows removed and others added both', () => {
  const waiting = Array.from({ length: 30 }, (_, index) =>
    operation({ id: 1000 + index, tableName: 'fees', status: 'pending', startedAt: null, totalRecords: 100 }),
  );
  let state = initialState({ target, readOnly: null, intervalSeconds: 1, window: { columns: 80, rows: 24 }, nowMs });
  for (const [second, all] of [rows, [...rows.slice(0, 100), ...waiting]].entries()) {
    const snapshot = snapshotOf(all, takenAt + second);
    state = reduce(state, { kind: 'polled', snapshot, atMs: nowMs + second * 1000, nextSeconds: 1 });
  }
  expect(state.toast?.text).toMatch(/^70 rows removed; fees: 30 operations added: /);
});

it('says of rows that were removed how many were added seconds before, in the message and in Activity', () => {
  const added = Array.from({ length: 40 }, (_, index) =>
    operation({ id: 1000 + index, status: 'pending', startedAt: null, totalRecords: 100 }),
  );
  const of = (few: number): [string | undefined, string[]] => {
    let state = initialState({ target, readOnly: null, intervalSeconds: 1, window: { columns: 80, rows: 24 }, nowMs });
    const polls = [rows, [...rows, ...added.slice(0, few)], [...rows.slice(40), ...added.slice(0, few)]];
    for (const [second, all] of polls.entries()) {
      const snapshot = snapshotOf(all, takenAt + second);
      state = reduce(state, { kind: 'polled', snapshot, atMs: nowMs + second * 1000, nextSeconds: 1 });
    }
    const texts = state.events.map(({ what }) => eventText(what)).filter(({ word }) => word === 'removed');
    return [state.toast?.text, texts.map(({ text }) => text)];
  };
  expect(of(40)).toEqual(['40 rows removed, 40 added', ['40 rows removed, 40 added']]);
  // Workers add some at any time.
  expect(of(3)).toEqual(['40 rows removed', ['40 rows removed']]);
  expect(toasts(80, 200, 150)).toEqual([undefined, undefined, '50 rows removed, 120 added']);
});

it('reports neither new rows nor the rows of the first poll', () => {
  expect(toasts(80, 200, 200)).toEqual([undefined, undefined, undefined]);
});

it('says it in Activity, once for what several polls find', () => {
  expect(events(200, 150, 150, 80)).toEqual([`removed ${rows[0]?.tableName}: 120 rows removed`]);
  expect(events(80, 200, 200)).toEqual([]);
});

it('reports no rows that are missing only until their id ranges are counted again, and later those that were deleted', () => {
  const poll = (seconds: number, count: number, isStale: boolean) => {
    const { coverage, ...snapshot } = snapshotOf(rows.slice(0, count), takenAt + seconds);
    return observe(null, { ...snapshot, coverage: { ...coverage, isStale } });
  };
  const [whole, stale, again, fewer] = [
    poll(0, 200, false),
    poll(1, 153, true),
    poll(2, 200, false),
    poll(3, 80, false),
  ];
  expect(removedRows(whole, stale)).toBeNull();
  expect(removedRows(stale, again)).toBeNull();
  expect(removedRows(poll(1, 200, true), fewer)).toMatchObject({ rows: 120 });
});

it('reports rows whose deletion lets the totals fall while they are not sure yet, once they are', () => {
  const [table] = rows;
  const poll = (before: Observation | null, seconds: number, count: number, isStale: boolean) => {
    const { coverage, ...snapshot } = snapshotOf(rows.slice(0, count), takenAt + seconds);
    return observe(before, { ...snapshot, coverage: { ...coverage, isStale } });
  };
  const whole = poll(null, 0, 200, false);
  // More than a tenth of the rows: all counts may be wrong until they are repeated.
  const fallen = poll(whole, 1, 80, true);
  const still = poll(fallen, 2, 80, true);
  const sure = poll(still, 3, 80, false);
  expect(removedRows(whole, fallen)).toBeNull();
  expect(removedRows(fallen, still)).toBeNull();
  expect(removedRows(still, sure)).toEqual({ rows: 120, tableNames: [table?.tableName] });
  expect(removedRows(sure, poll(sure, 4, 80, false))).toBeNull();
});

it('names no table in Activity if several have fewer rows', () => {
  const removed = { kind: 'removed', rows: 1500, tableNames: ['cases', 'charges'], since: '2h' } as const;
  expect(eventText(removed)).toMatchObject({ tableName: null, text: '1,500 rows removed from 2 tables (since 2h)' });
});
