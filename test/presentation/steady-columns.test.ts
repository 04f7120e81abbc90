import { expect, it } from 'vitest';
import { type CellContext, type Column, withoutCommon } from '../../source/presentation/columns.ts';
import { grown } from '../../source/presentation/grown-columns.ts';
import { fitColumns } from '../../source/presentation/placed-columns.ts';
import { noSteadyColumns } from '../../source/presentation/steady-columns.ts';
import { themeOf } from '../../source/presentation/theme.ts';

const context: CellContext = { takenAt: 0, zone: undefined, theme: themeOf({ LANG: 'C.UTF-8' }), mayBeHidden: false };
const columns: readonly Column<readonly [string, string]>[] = [
  { title: 'WHY', width: 4, whole: true, cell: ([why]) => why },
  { title: 'PHASE', width: 9, common: 'phase', cell: ([, phase]) => phase },
];

it('a column that was wide stays wide, and one whose cells differed stays', () => {
  const first = [
    ['STALLED 3m', 'execution'],
    ['1s', 'validation'],
  ] as const;
  const later = [
    ['2s', 'execution'],
    ['1s', 'execution'],
  ] as const;
  const steady = grown(noSteadyColumns, columns, first, context);
  const titles = (of = noSteadyColumns) =>
    withoutCommon(columns, later, context, 80, of).columns.map(({ title }) => title);
  const widths = (of = noSteadyColumns) => fitColumns(columns, later, context, of).map(({ width }) => width);
  expect([titles(), titles(steady)]).toEqual([['WHY'], ['WHY', 'PHASE']]);
  expect([widths(), widths(steady)]).toEqual([
    [4, 9],
    [10, 9],
  ]);
  expect(grown(steady, columns, later, context)).toBe(steady);
  // A minute later, the value that all rows have is named in the title, and others have the room.
  const after = (seconds: number) => grown(steady, columns, later, { ...context, takenAt: seconds });
  expect([titles(after(60)), titles(after(61))]).toEqual([['WHY', 'PHASE'], ['WHY']]);
  expect(widths(after(61))).toEqual([10, 9]);
});
