import { expect, it } from 'vitest';
import { type Column, rowLine } from '../../source/presentation/columns.ts';
import { placeColumns } from '../../source/presentation/placed-columns.ts';
import { themeOf } from '../../source/presentation/theme.ts';

interface Row {
  readonly id: string;
  readonly by: string;
  readonly result: string;
}

const columns: readonly Column<Row>[] = [
  { title: 'ID', width: 7, align: 'right', cell: ({ id }) => id },
  { title: 'BY', isOfAction: true, width: 8, cell: ({ by }) => by },
  { title: 'RESULT', width: 10, grow: 1, takesEmpty: true, cell: ({ result }) => result },
];

const context = { theme: themeOf({ LANG: 'C.UTF-8' }), takenAt: 0, zone: undefined, mayBeHidden: false };
const lineOf = (row: Row): string =>
  rowLine(placeColumns(columns, 40), row, context)
    .map(({ text }) => text)
    .join('');

it('a text begins in one column in all rows of no action, and goes over more empty cells if it would be cut', () => {
  const long = 'the validation of 17 tables has passed';
  expect(lineOf({ id: '–', by: '–', result: long })).toBe(`${long}  `);
  expect(lineOf({ id: '4711', by: '–', result: long })).toMatch(/^ {3}4711 {2}the validation of 17 tables ha…$/);
  expect(lineOf({ id: '4711', by: '–', result: 'short' })).toMatch(/^ {3}4711 {2}short/);
  expect(lineOf({ id: '4711', by: 'ops2', result: long })).toMatch(/^ {3}4711 {2}ops2 {6}the validation of 17…$/);
  expect(lineOf({ id: '–', by: '–', result: 'short' })).toMatch(/^ {6}– {2}short/);
});
