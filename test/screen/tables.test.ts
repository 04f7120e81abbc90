import { expect, it } from 'vitest';
import { type Finding, ofTables } from '../../source/domain/doctor/finding.ts';
import { observe } from '../../source/domain/observation.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { rowsOf } from '../../source/monitor/views.ts';
import type { TableRow } from '../../source/presentation/rows.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { tablesLines } from '../../source/screen/tables.ts';
import { bareOperation, snapshot } from '../support/fixtures.ts';
import { migrationState } from '../support/migration.ts';
import { totalsOf } from '../support/totals.ts';

/** The Tables view of these rows, as text. */
function shownOf(rows: readonly Operation[], columns: number, key: string | null = null): string[] {
  const latest = observe(null, snapshot({ takenAt: 300, totals: totalsOf(rows), operations: rows.slice(2) }));
  const opened = { ...migrationState({ columns, rows: 40 }), latest, view: 'tables' as const };
  const state = { ...opened, cursors: { ...opened.cursors, tables: { ...opened.cursors.tables, key } } };
  const context = { theme: themeOf({ LANG: 'C.UTF-8' }), takenAt: 300, zone: undefined, mayBeHidden: false };
  return tablesLines(state, rowsOf(state, 'tables'), context).map(({ line }) => line.map(({ text }) => text).join(''));
}

it.each([80, 120, 200])('says in full why it is unclear how a table counts, in %i columns', (columns) => {
  const rows = [800, 3000].map((recordsProcessed, index) =>
    bareOperation({
      id: index + 1,
      phase: 'execution',
      tableName: 'cases',
      status: 'completed',
      recordsProcessed,
      totalRecords: 9000,
      batchSize: 500,
      startedAt: 100 * index,
      completedAt: 100 * index + 90,
    }),
  );
  const lines = shownOf(rows, columns);
  expect(lines.slice(1).every((line) => line.length <= columns)).toBe(true);
  const text = lines.map((line) => line.trim()).join(' ');
  expect(text).toMatch(/cases: unclear how it counts.* for cumulative: .* against it: .* for per batch: /);
  expect(text).toContain('--counting cases=own|batch|cumulative settles it');
});

it('shows how many records exceed the totals of their tables, and so are not in line 2', () => {
  const rows = [700, 700, 600].map((recordsProcessed, index) =>
    bareOperation({
      id: index + 1,
      phase: 'execution',
      tableName: 'cases',
      status: index === 2 ? 'running' : 'completed',
      recordsProcessed,
      totalRecords: 1500,
      batchSize: 700,
      startedAt: 100 * index,
      completedAt: index === 2 ? null : 100 * index + 90,
    }),
  );
  const lines = shownOf(rows, 120);
  expect(lines[0]).toContain('500 records more than expected: not in the percentage of line 2');
  // It is below 100 while it is open: the outcome says how many are above its total.
  expect(lines[2]).toMatch(/cases .* 99\.9%/);
  expect(shownOf(rows, 200)[2]).toContain('500 more than expected');
});

it('has the problems of a table beside its name, in a wide list in a column, and moves no other column for them', () => {
  const finding: Finding = {
    check: 'coverage',
    severity: 'error',
    title: '1 range of cases is in no operation',
    ...ofTables(['cases']),
    rows: [],
    rowCount: 0,
    sql: null,
    advice: null,
  };
  const shownWith = (columns: number, trouble: Partial<TableRow>): readonly string[] => {
    const state = { ...migrationState({ columns, rows: 40 }), view: 'tables' as const };
    const rows = rowsOf(state, 'tables').map((row) => ({ ...row, stalled: 0, isStalled: false, ...trouble }));
    const context = { theme: themeOf({ LANG: 'C.UTF-8' }), takenAt: 300, zone: undefined, mayBeHidden: false };
    return tablesLines(state, rows, context).map(({ line }) => line.map(({ text }) => text).join(''));
  };
  const titles = (columns: number, trouble: Partial<TableRow>) => shownWith(columns, trouble)[1];
  const stalls = { stalled: 2, isStalled: true };
  for (const columns of [60, 70, 80, 87, 120, 150])
    for (const trouble of [{}, stalls]) {
      expect(shownWith(columns, { ...trouble, findings: [finding] })[2]).toMatch(/^\W+\w+…? +! /);
      expect(titles(columns, { ...trouble, findings: [finding] })).toBe(titles(columns, trouble));
    }
  expect(titles(80, stalls)).toMatch(/DONE AT +VALID +STALL +FAIL/);
  expect(titles(160, stalls)).toMatch(/VALID +STALL +CHECK +FAIL/);
  for (const columns of [160, 200])
    expect(titles(columns, { findings: [finding] })).toBe(titles(columns, { findings: [] }));
});

it('marks a table that has ended with records missing, and has it before those at work', () => {
  const batch = (id: number, tableName: string, { status = 'completed' as Operation['status'], records = 500 } = {}) =>
    bareOperation({
      id,
      phase: 'execution',
      tableName,
      status,
      recordsProcessed: records,
      totalRecords: 1000,
      batchSize: 500,
      startedAt: 100 * id,
      completedAt: status === 'running' ? null : 100 * id + 90,
    });
  const rows = [
    ...[batch(1, 'addresses', { status: 'running' }), batch(2, 'addresses', { status: 'running', records: 100 })],
    ...[batch(3, 'cases'), batch(4, 'cases', { records: 442 })],
    ...[batch(5, 'charges'), batch(6, 'charges')],
  ];
  for (const columns of [80, 120, 200]) {
    const lines = shownOf(rows, columns).filter((line) => /addresses|cases|charges/.test(line));
    expect(lines[0]).toMatch(/cases .* 94\.2%!/);
    expect(lines[1]).toMatch(/addresses /);
    expect(lines[2]).toMatch(/charges .* 100\.0% /);
    expect(shownOf(rows, columns).join('\n')).toMatch(/94\.2%!: ended, but records are missing/);
    expect(shownOf(rows, columns, 'cases').join('\n')).toMatch(/cases 94\.2%!: completed, 5\.8% fewer than expected/);
  }
  expect(shownOf(rows, 200).join('\n')).toMatch(/cases .* completed, 5\.8% fewer than expected /);
});

it('has a dash for the share of a table that is shown only in part, and says what VALID is of then', () => {
  const row = bareOperation({
    id: 1,
    phase: 'execution',
    tableName: 'cases',
    status: 'completed',
    recordsProcessed: 700,
  });
  const latest = observe(null, snapshot({ takenAt: 300, totals: totalsOf([row]) }));
  const state = { ...migrationState({ columns: 120, rows: 40 }), latest, view: 'tables' as const };
  const context = { theme: themeOf({ LANG: 'C.UTF-8' }), takenAt: 300, zone: undefined, mayBeHidden: false };
  const rows = rowsOf(state, 'tables').map((one) =>
    one.kind === 'table'
      ? { ...one, table: { ...one.table, percent: null, totalRecords: null, wholeTotal: 1500 } }
      : one,
  ) as TableRow[];
  const textWith = (given: readonly TableRow[]): string =>
    tablesLines(state, given, context)
      .map(({ line }) => line.map(({ text }) => text).join(''))
      .join('\n');
  expect(textWith(rows)).toMatch(/cases +━+ +– +700 /);
  expect(textWith(rows)).toContain('without earlier operations: no DONE, VALID only by those shown');
  const own = rows.map((one) => ({ ...one, table: { ...one.table, wholeTotal: null } }));
  // A value that cannot be used still has its sign.
  expect(textWith(own)).toMatch(/cases +━+ +\? +700 /);
  expect(textWith(own)).not.toContain('without earlier operations');
});
