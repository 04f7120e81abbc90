import { describe, expect, it } from 'vitest';
import { observe } from '../../source/domain/observation.ts';
import type { Stall } from '../../source/domain/stalls.ts';
import { rowLine } from '../../source/presentation/columns.ts';
import { grown } from '../../source/presentation/grown-columns.ts';
import { overviewColumns, workersColumns } from '../../source/presentation/operation-columns.ts';
import { fitColumns, needsOf, placeColumns } from '../../source/presentation/placed-columns.ts';
import { type OperationRow, operationRow } from '../../source/presentation/rows.ts';
import { noSteadyColumns } from '../../source/presentation/steady-columns.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { operation, snapshot, takenAt } from '../support/fixtures.ts';

const context = { theme: themeOf({ LANG: 'C.UTF-8' }), takenAt, zone: undefined, mayBeHidden: false };
const tables = ['evidence_chain_of_custody_events', 'case_file_relationships', 'cases'];
const base = tables.map((tableName, index) =>
  operationRow(observe(null, snapshot()), operation({ id: 2100 + index, tableName, workerId: 7 + index }), []),
);

/** The rows, the first of which stands still for a reason that grows. */
const rowsWith = (reason: Partial<OperationRow>): OperationRow[] =>
  base.map((row, index) => (index === 0 ? { ...row, ...reason } : row));
const stall = (seconds: number): Stall => ({ kind: 'still', seconds, usualSeconds: 40 });
const reasons: readonly Partial<OperationRow>[] = [
  { flag: 'STALLED', stall: stall(90) },
  { flag: 'STALLED', stall: stall(26 * 60) },
  { flag: 'STALLED', stall: { ...stall(26 * 60), usualSeconds: 100 * 3600 } },
  { hold: 'replica lag', isHoldSeen: true },
  { hold: 'the replica is behind by more than an hour', isHoldSeen: true },
];

describe.each([
  ['Overview', overviewColumns],
  ['Workers', workersColumns],
])('%s', (_, columns) => {
  const placed = (rows: readonly OperationRow[], width: number) =>
    placeColumns(fitColumns(columns, rows, context), width, needsOf(columns, rows, context));

  it.each([56, 72, 76, 86, 96, 116, 124, 176])(
    'a longer reason moves no other column in a list with %i columns',
    (width) => {
      const places = reasons.map((reason) =>
        placed(rowsWith(reason), width).map(({ column, width: own }) => [column.title, own]),
      );
      for (const place of places) expect(place).toEqual(places[0]);
      const ages = [0, 59, 25 * 60 + 52].map((seconds) =>
        placed(rowsWith({ still: { seconds, atLeast: true } as OperationRow['still'] }), width).map(
          ({ width: own }) => own,
        ),
      );
      for (const age of ages) expect(age).toEqual(ages[0]);
    },
  );

  it('has its bars at 80 columns, with and without a reason', () => {
    for (const rows of [base, rowsWith(reasons[1] ?? {})])
      expect(placed(rows, 76).find(({ column }) => column.isFilling)?.width).toBeGreaterThanOrEqual(9);
  });

  it('shows the names of tables in full where no row stands still', () => {
    const names = placed(base, 76).find(({ column }) => column.isName)?.width;
    expect(names).toBeGreaterThanOrEqual(30);
  });

  it('keeps the wide column of reasons after the operation has progressed', () => {
    const steady = grown(noSteadyColumns, columns, rowsWith(reasons[0] ?? {}), context);
    const widthOf = (rows: readonly OperationRow[]) => fitColumns(columns, rows, context, steady).at(-1)?.width;
    expect(widthOf(base)).toBe(widthOf(rowsWith(reasons[0] ?? {})));
  });
});

it('has no RECORDS in Workers where the names of tables would be cut for them', () => {
  const titles = (rows: readonly OperationRow[], width = 116): string[] =>
    placeColumns(fitColumns(workersColumns, rows, context), width, needsOf(workersColumns, rows, context)).map(
      ({ column }) => column.title,
    );
  const still = rowsWith(reasons[1] ?? {});
  expect(titles(still)).not.toContain('RECORDS');
  expect(titles(still.slice(2))).toContain('RECORDS');
  expect(titles(still, 96)).not.toContain('RECORDS');
});

it('names the session that blocks an operation where the column has no room for the time', () => {
  const [row = base[0]] = base;
  if (row === undefined) throw new Error('There is no row.');
  const blocker = { pid: 17_391, application: 'psql' } as OperationRow['standing']['waitsFor'][number];
  const blocked = {
    ...row,
    flag: 'STALLED' as const,
    stall: { ...stall(24 * 60), kind: 'blocked' as const },
    standing: { ...row.standing, waitsFor: [blocker] },
  };
  const lineAt = (width: number): string => {
    const placed = placeColumns(fitColumns(workersColumns, [blocked], context), width);
    return rowLine(placed, blocked, context)
      .map(({ text }) => text)
      .join('')
      .trimEnd();
  };
  expect(lineAt(76)).toMatch(/! waits for pid 17391 psql$/);
  expect(lineAt(130)).toMatch(/! waits for pid 17391 psql, 24m$/);
});
