import { describe, expect, it } from 'vitest';
import { type Finding, ofTables } from '../../source/domain/doctor/finding.ts';
import { findingsByTable } from '../../source/monitor/diagnosed.ts';
import { createDiagnosis } from '../../source/monitor/diagnosis.ts';
import { initialState } from '../../source/monitor/initial-state.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { createStore } from '../../source/monitor/store.ts';
import { rowsOf } from '../../source/monitor/views.ts';
import { activityColumns, timeOf } from '../../source/presentation/activity-columns.ts';
import { eventText } from '../../source/presentation/event-text.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { fakeTable } from '../support/fake-table.ts';
import { operation, snapshot, takenAt } from '../support/fixtures.ts';

const finding: Finding = {
  check: 'coverage',
  severity: 'error',
  title: '1 range of brackets is in no operation: 500 records',
  ...ofTables(['brackets']),
  rows: [{ id: 7, text: 'records 0 to 499' }],
  rowCount: 1,
  sql: null,
  advice: null,
};

function begun(view: MonitorState['view'] = 'activity'): MonitorState {
  const { target } = fakeTable();
  const window = { columns: 120, rows: 40 };
  const start = initialState({ target, readOnly: null, intervalSeconds: 1, window, nowMs: 0 });
  const polled = reduce(start, {
    kind: 'polled',
    snapshot: snapshot({ operations: [operation({ id: 7 })] }),
    atMs: 0,
    nextSeconds: 1,
  });
  return reduce(polled, { kind: 'viewed', view });
}

const found = (state: MonitorState) =>
  rowsOf(state, 'activity').flatMap((row) =>
    row.event?.what.kind === 'findings' ? [{ at: timeOf(row), ...eventText(row.event.what) }] : [],
  );

describe('the findings of the doctor in the monitor', () => {
  it('are in Activity until they are gone, with the time when they were found unless they were there before', () => {
    const first = reduce(begun(), { kind: 'diagnosed', findings: [finding], at: 100 });
    expect(found(first)).toEqual([
      { at: null, word: 'problem', operationId: 7, tableName: 'brackets', text: finding.title, tone: 'bad' },
    ]);
    const [row] = rowsOf(first, 'activity');
    const context = { takenAt: 160, zone: undefined, theme: themeOf({}), mayBeHidden: false };
    expect(row && activityColumns[0]?.cell(row, 7, context)).toBe('earlier');
    const another: Finding = {
      ...finding,
      check: 'deleted',
      severity: 'note',
      title: '3 rows were deleted from the table',
      ...ofTables([]),
      rows: [],
    };
    const second = reduce(first, { kind: 'diagnosed', findings: [finding, another], at: 200 });
    expect(found(second).map(({ at, tone }) => [at, tone])).toEqual([
      [200, 'plain'],
      [null, 'bad'],
    ]);
    const none = reduce(second, { kind: 'diagnosed', findings: [], at: 300 });
    expect(found(none)).toEqual([]);
    // A pause and its undo: it is the same problem again, with another number.
    const again = { ...finding, title: '2 ranges of brackets are in no operation' };
    expect(found(reduce(none, { kind: 'diagnosed', findings: [again], at: 400 }))).toMatchObject([{ at: null }]);
  });

  it('of one problem are one event, as the doctor counts it, which names the tables and is newer with a new one', () => {
    const fees: Finding = {
      ...finding,
      title: '1 range of fees is in no operation: 20 records',
      ...ofTables(['fees']),
    };
    const first = reduce(begun(), { kind: 'diagnosed', findings: [finding], at: 100 });
    const second = reduce(first, { kind: 'diagnosed', findings: [fees, finding], at: 200 });
    const text = 'ranges of 2 tables are in no operation (brackets, fees)';
    expect(found(second)).toEqual([
      { at: 200, word: 'problem', operationId: null, tableName: null, text, tone: 'bad' },
    ]);
    expect(found(reduce(second, { kind: 'diagnosed', findings: [finding, fees], at: 300 }))).toMatchObject([
      { at: 200 },
    ]);
  });

  it('of one check are an event each, and one where they are many', () => {
    const blocked = (id: number): Finding => ({
      ...finding,
      check: 'deleted',
      title: `problem ${id}`,
      ...ofTables([]),
    });
    const textsOf = (...ids: readonly number[]) =>
      found(reduce(begun(), { kind: 'diagnosed', findings: ids.map(blocked), at: 100 })).map(({ text }) => text);
    expect(textsOf(1, 2)).toEqual(['problem 1', 'problem 2']);
    expect(textsOf(1, 2, 3, 4)).toEqual(['4 problems, the first: problem 1']);
  });

  it('are on the row of their table', () => {
    const state = reduce(begun('tables'), { kind: 'diagnosed', findings: [finding], at: 100 });
    for (const { table, findings } of rowsOf(state, 'tables'))
      expect(findings).toEqual(table.tableName === 'brackets' ? [finding] : []);
    const shared: Finding = { ...finding, check: 'ends', ...ofTables(['parties', 'brackets', 'parties']) };
    const both = reduce(state, { kind: 'diagnosed', findings: [finding, shared], at: 200 });
    expect([...findingsByTable(both)].map(([name, findings]) => [name, findings.length])).toEqual([
      ['brackets', 2],
      ['parties', 1],
    ]);
    expect(found(both).map(({ tableName, text }) => [tableName, text])).toEqual([
      [null, `${finding.title} (brackets, parties)`],
      ['brackets', finding.title],
    ]);
  });

  it('are read when a view shows them, again after ten minutes, and after an action, another restriction, or if the operator asks', async () => {
    const table = fakeTable();
    let examined = 0;
    table.examine = async () => {
      examined += 1;
      return { findings: [finding], notChecked: [] };
    };
    let nowMs = 0;
    const store = createStore(begun('overview'));
    const { next: diagnose, again } = createDiagnosis(table, store, () => nowMs);
    expect(await diagnose()).toBeNull();
    store.emit({ kind: 'viewed', view: 'activity' });
    expect(await diagnose()).toMatchObject({ kind: 'diagnosed', findings: [finding] });
    expect(await diagnose()).toBeNull();
    nowMs = 600_000;
    expect(await diagnose()).not.toBeNull();
    expect(examined).toBe(2);
    again();
    expect(await diagnose()).toBeNull();
    nowMs += 5000;
    expect(await diagnose()).not.toBeNull();
    expect(await diagnose()).toBeNull();
    const acted = { action: 'resume', operationId: 7, tableName: 'brackets', from: 'paused', to: 'running' } as const;
    const tracked = { ...acted, requestedAt: takenAt, version: null };
    store.emit({ kind: 'written', undoable: undefined, tracked, toast: { tone: 'good', text: 'resumed', atMs: 0 } });
    nowMs += 5000;
    expect(await diagnose()).not.toBeNull();
    expect(examined).toBe(4);
    await table.restrict({ kind: 'id', text: '5', id: '5' });
    nowMs += 5000;
    expect(await diagnose()).not.toBeNull();
    expect(await diagnose()).toBeNull();
    await table.restrict(null);
    nowMs += 5000;
    expect(await diagnose()).not.toBeNull();
    expect(examined).toBe(6);
    table.examine = () => Promise.reject(new Error('gone'));
    nowMs = 1_300_000;
    expect(await diagnose()).toBeNull();
  });
});
