import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Operation, statuses } from '../../source/domain/operation.ts';
import { initialState } from '../../source/monitor/initial-state.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { rowsOf, selectedOperation, selectedRow } from '../../source/monitor/views.ts';
import { listRows } from '../../source/presentation/layout.ts';
import type { OperationRow } from '../../source/presentation/rows.ts';
import { sortNames } from '../../source/presentation/sorts.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { type ViewId, viewIds } from '../../source/presentation/view-id.ts';
import { viewLines } from '../../source/screen/views.ts';
import { at, operation, snapshot } from '../domain/build.ts';
import { target } from '../support/fixtures.ts';
import { gainedBetween } from '../support/totals.ts';

const noon = at('12:00:00');
const start = initialState({
  target,
  readOnly: null,
  intervalSeconds: 1,
  window: { columns: 80, rows: 24 },
  nowMs: noon * 1000,
});

/** The monitor after polls of these rows, `seconds` apart; ended rows are in sight, as they are for a poll. */
function watched(polls: readonly (readonly Operation[])[], state: MonitorState = start, seconds = 1): MonitorState {
  return polls.reduce((before, rows, index) => {
    const takenAt = (before.latest?.snapshot.takenAt ?? noon - seconds) + seconds;
    const gained = index === 0 ? null : gainedBetween(polls[index - 1] ?? [], rows);
    const polled = snapshot(takenAt, rows, { operations: rows.filter(({ status }) => status !== 'pending'), gained });
    return reduce(before, { kind: 'polled', snapshot: polled, atMs: takenAt * 1000 + index, nextSeconds: 1 });
  }, state);
}

function show(state: MonitorState, view: ViewId): MonitorState {
  return reduce(state, { kind: 'viewed', view });
}

function sortBy(state: MonitorState, by: string, reverse = false): MonitorState {
  return reduce(state, { kind: 'sorted', sort: { by, reverse } });
}

const keys = (state: MonitorState): string[] => rowsOf(state).map((row) => row.key);
type OperationView = 'overview' | 'workers' | 'failures' | 'operations';
const operationRows = (state: MonitorState, view: OperationView = 'overview'): readonly OperationRow[] =>
  rowsOf(state, view).filter((row) => row.kind === 'operation');
const tableRows = (state: MonitorState) => rowsOf(state, 'tables');

const running = (id: number, fields: Partial<Operation> = {}): Operation =>
  operation({ id, workerId: id, startedAt: noon - 60, recordsProcessed: 0, totalRecords: 1000, ...fields });

it('shows no operation as 100 % done before it has ended, whatever its counter', () => {
  const rows = (['running', 'paused'] as const).map((status, index) =>
    operation({ id: index + 1, status, recordsProcessed: 600, totalRecords: 500, batchSize: 500 }),
  );
  const shares = new Map(operationRows(watched([rows]), 'workers').map((row) => [row.operation.status, row.share]));
  expect(shares.get('running')).toBeLessThan(1);
  expect(shares.get('paused')).toBeLessThan(1);
});

describe('every view', () => {
  it.each(viewIds)('is empty before the first poll: %s', (view) => {
    expect(rowsOf(start, view)).toEqual([]);
    expect(selectedRow(start, view)).toBeNull();
  });

  it('has every row once, whatever the table contains', () => {
    const row = fc.record({
      id: fc.integer({ min: 1, max: 30 }),
      status: fc.constantFrom(...statuses),
      workerId: fc.option(fc.integer({ min: -1, max: 3 })),
      tableName: fc.constantFrom('a', 'b'),
      recordsProcessed: fc.option(fc.integer({ min: -10, max: 1000 })),
    });
    const rows = fc
      .uniqueArray(row, { selector: ({ id }) => id, maxLength: 12 })
      .map((all) => all.map((fields) => operation(fields)));
    fc.assert(
      fc.property(rows, rows, fc.constantFrom(...viewIds), (first, second, view) => {
        const shown = keys(watched([second], show(watched([first]), view)));
        expect(new Set(shown).size).toBe(shown.length);
      }),
    );
  });
});

describe('workers', () => {
  it('are the running and the paused operations, by worker, those without one last', () => {
    const state = show(
      watched([
        [
          running(1, { workerId: null }),
          running(2, { workerId: 9 }),
          running(3, { workerId: 2, status: 'paused' }),
          running(4, { workerId: 2 }),
          running(5, { status: 'completed' }),
          running(6, { status: 'failed' }),
          running(7, { status: 'pending' }),
          running(8, { workerId: null }),
        ],
      ]),
      'workers',
    );
    expect(keys(state)).toEqual(['3', '4', '2', '1', '8']);
  });

  it('each show their rate, and none if paused', () => {
    const rows = (one: number, two: number) => [
      running(1, { recordsProcessed: one }),
      running(2, { recordsProcessed: two }),
      running(3, { recordsProcessed: 50, status: 'paused' }),
    ];
    const state = watched(Array.from({ length: 120 }, (_, poll) => rows(poll * 5, 600)));
    // The second is stalled, and so comes first.
    const [second, first, third] = operationRows(state, 'workers');
    expect(first?.recordsPerSecond).toBeCloseTo(5, 1);
    expect(second?.recordsPerSecond).toBe(0);
    expect(third?.recordsPerSecond).toBeNull();
    expect(third?.eta).toBeNull();
  });

  it('divide the rate if one runs two operations of a table at once', () => {
    const rows = (done: number) => [
      running(1, { workerId: 4, recordsProcessed: done }),
      running(2, { workerId: 4, recordsProcessed: done }),
    ];
    const state = watched(Array.from({ length: 120 }, (_, poll) => rows(poll * 3)));
    const rates = operationRows(state, 'workers').map((row) => row.recordsPerSecond ?? Number.NaN);
    expect(rates[0]).toBeCloseTo(3, 1);
    expect(rates[1]).toBeCloseTo(3, 1);
  });

  it('show the time since the last progress, as a minimum if migtop has seen none', () => {
    const still = watched([[running(1)], [running(1)], [running(1)]], start, 20);
    expect(operationRows(still, 'workers')[0]).toMatchObject({
      still: { seconds: 40, atLeast: true },
      flag: 'STILL?',
      stall: { kind: 'suspected', usualSeconds: null },
    });
    const held = watched([[running(1, { recordsProcessed: 7 })], [running(1, { recordsProcessed: 7 })]], start, 40);
    expect(operationRows(held, 'workers')[0]?.flag).toBe('STALLED');
    const moving = watched([[running(1, { recordsProcessed: 7, version: '701' })]], still, 20);
    expect(operationRows(moving, 'workers')[0]).toMatchObject({
      still: { seconds: 0, atLeast: false },
      flag: null,
    });
  });

  it('keep one that has ended until the cursor leaves it', () => {
    const before = show(watched([[running(1), running(2)]]), 'workers');
    const pointed = reduce(before, { kind: 'pointed', key: '1', index: 0 });
    const ended = watched([[running(1, { status: 'completed', completedAt: noon }), running(2)]], pointed);
    expect(keys(ended)).toEqual(['1', '2']);
    expect(selectedOperation(ended)?.status).toBe('completed');
    expect(keys(reduce(ended, { kind: 'pointed', key: '2', index: 1 }))).toEqual(['2']);
  });

  it('do not keep one that was deleted', () => {
    const pointed = reduce(show(watched([[running(1), running(2)]]), 'workers'), {
      kind: 'pointed',
      key: '1',
      index: 0,
    });
    expect(keys(watched([[running(2)]], pointed))).toEqual(['2']);
  });
});

describe('the selection', () => {
  it('stays on its operation when a poll reorders the rows', () => {
    const state = sortBy(show(watched([[running(1), running(2)]]), 'workers'), 'progress');
    const pointed = reduce(state, { kind: 'pointed', key: '2', index: 1 });
    const reordered = watched([[running(1, { recordsProcessed: 900 }), running(2)]], pointed);
    expect(keys(reordered)).toEqual(['2', '1']);
    expect(selectedOperation(reordered)?.id).toBe(2);
  });

  it('shows the first rows again when a poll moves its operation back among them', () => {
    const rows = (first: number) =>
      Array.from({ length: 40 }, (_, index) =>
        running(index + 1, { recordsProcessed: index === 0 ? first : index * 10 }),
      );
    const state = sortBy(show(watched([rows(0)]), 'workers'), 'progress');
    const pointed = reduce(state, { kind: 'pointed', key: '1', index: 0 });
    const down = reduce(watched([rows(900)], pointed), { kind: 'pointed', key: '1', index: 39 });
    expect(down.cursors.workers.top).toBeGreaterThan(3);
    const back = watched([rows(25)], down);
    expect(back.cursors.workers).toMatchObject({ key: '1', index: 2, top: 0 });
  });
});

describe('the first page of a list', () => {
  it('shows when a poll moves the row of the cursor down to another place on it', () => {
    const rows = (own: number) =>
      Array.from({ length: 40 }, (_, index) =>
        running(index + 1, { recordsProcessed: index === 5 ? own : index * 10 }),
      );
    const state = sortBy(show(watched([rows(50)]), 'workers'), 'progress');
    const end = reduce(state, { kind: 'pointed', key: '40', index: 39 });
    const pointed = reduce(end, { kind: 'pointed', key: '6', index: 5 });
    expect(pointed.cursors.workers.top).toBe(5);
    expect(watched([rows(75)], pointed).cursors.workers).toMatchObject({ key: '6', index: 7, top: 0 });
  });

  it('stays when a poll moves the row of the cursor below it: the row is the last of the page', () => {
    const rows = (first: number) =>
      Array.from({ length: 40 }, (_, index) =>
        running(index + 1, { recordsProcessed: index === 0 ? first : index * 10 }),
      );
    const state = sortBy(show(watched([rows(0)]), 'workers'), 'progress');
    const pointed = reduce(state, { kind: 'pointed', key: '1', index: 0 });
    const down = watched([rows(900)], pointed);
    expect(down.cursors.workers).toMatchObject({ key: '1', index: 39, top: 0, isPinned: true });
    const lines = viewLines(down, themeOf({ LANG: 'C.UTF-8' }));
    const selected = lines.findIndex((line) => line.selected === true);
    expect([selected, lines.length]).toEqual([lines.length - 1, listRows('workers', down.window) + 2]);
    const rowsShown = listRows('workers', down.window);
    expect(lines[0]?.line.map(({ text }) => text).join('')).toContain(`1-${rowsShown - 1}, 40 of 40`);
    // From there the keys go on in the list.
    const moved = reduce(down, { kind: 'pointed', key: '40', index: 38 });
    expect(moved.cursors.workers.top).toBeGreaterThan(3);
  });
});

describe('tables', () => {
  it('show the ETA at the current rate', () => {
    const rows = (done: number) => [running(1, { tableName: 'cases', recordsProcessed: done })];
    const [row] = tableRows(watched(Array.from({ length: 101 }, (_, poll) => rows(poll * 5))));
    expect(row?.recordsPerSecond).toBeCloseTo(5, 6);
    expect(row?.eta?.lowSeconds).toBeLessThan(100);
    expect(row?.eta?.highSeconds).toBeGreaterThan(100);
    expect(row?.eta?.highSeconds).toBeLessThan(130);
    expect(row?.table.percent).toBe(50);
  });

  it('show no ETA if more was done than the total, or without progress', () => {
    const [over] = tableRows(watched([[running(1)], [running(1, { recordsProcessed: 5000 })]], start, 30));
    expect(over?.eta).toBeNull();
    const held = [running(1, { recordsProcessed: 7 })];
    const [still] = tableRows(watched([held, held], start, 31));
    expect(still).toMatchObject({ eta: null, recordsPerSecond: 0 });
    const [begun] = tableRows(watched([[running(1)], [running(1)]], start, 31));
    expect(begun).toMatchObject({ eta: null, recordsPerSecond: null });
  });

  it('have no rate before the first report was seen', () => {
    const [row] = tableRows(watched([[running(1)], [running(1)]], start, 20));
    expect(row).toMatchObject({ eta: null, recordsPerSecond: null });
  });

  it('are ordered with the stalled operations first', () => {
    const rows = (done: number) => [
      running(1, { recordsProcessed: done }),
      running(2),
      running(3, { recordsProcessed: done }),
    ];
    const state = show(watched(Array.from({ length: 40 }, (_, poll) => rows(poll))), 'workers');
    expect(keys(state)).toEqual(['2', '1', '3']);
  });
});

describe('the order', () => {
  const rows = [
    running(1, { tableName: 'b', recordsProcessed: 500 }),
    running(2, { tableName: 'a', recordsProcessed: null }),
    running(3, { tableName: 'c', recordsProcessed: 100, workerId: null }),
  ];
  const state = show(watched([rows]), 'workers');

  it.each([
    ['table', false, ['2', '1', '3']],
    ['table', true, ['3', '1', '2']],
    ['progress', false, ['3', '1', '2']],
    ['progress', true, ['1', '3', '2']],
    ['worker', false, ['1', '2', '3']],
    ['worker', true, ['2', '1', '3']],
    ['no such order', false, ['1', '2', '3']],
  ] as const)('by %s, reversed %s, has what has no value last', (by, reverse, order) => {
    expect(keys(sortBy(state, by, reverse))).toEqual(order);
  });

  it.each(viewIds)('keeps its rows, however %s is sorted', (view) => {
    const shown = show(watched([[...rows, running(4, { status: 'failed', errorMessage: null })]]), view);
    for (const by of sortNames(view, {})) {
      expect(keys(sortBy(shown, by)).toSorted()).toEqual(keys(shown).toSorted());
      expect(keys(sortBy(shown, by, true)).toSorted()).toEqual(keys(shown).toSorted());
    }
  });
});

describe('a filter', () => {
  const state = watched([
    [
      running(1, { tableName: 'brackets' }),
      running(2, { tableName: 'cases', status: 'paused' }),
      running(3, { tableName: 'cases', status: 'failed', errorMessage: 'deadlock detected' }),
    ],
  ]);
  const filtered = (view: ViewId, filter: string) => keys(reduce(show(state, view), { kind: 'filtered', filter }));

  it('applies to every list', () => {
    expect(filtered('workers', 'table:cases')).toEqual(['2']);
    expect(filtered('failures', 'deadlock')).toEqual(['kind deadlock detected']);
    expect(filtered('failures', 'status:running')).toEqual([]);
    expect(filtered('tables', 'status:paused')).toEqual(['cases']);
    expect(filtered('overview', 'cases')).toEqual(['2', 'kind deadlock detected']);
  });

  it('with an error hides nothing', () => {
    expect(filtered('workers', 'status:nonsense')).toEqual(['1', '2']);
  });
});

it('a frozen display does not change while the table does', () => {
  const frozen = reduce(show(watched([[running(1)]]), 'workers'), { kind: 'froze' });
  const later = watched([[running(1), running(2)]], frozen);
  expect(keys(later)).toEqual(['1']);
  expect(keys(reduce(later, { kind: 'thawed' }))).toEqual(['1', '2']);
});
