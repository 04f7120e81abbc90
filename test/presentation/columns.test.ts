import { expect, it } from 'vitest';
import { type Column, rowLine } from '../../source/presentation/columns.ts';
import { needsOf, placeColumns } from '../../source/presentation/placed-columns.ts';
import { themeOf } from '../../source/presentation/theme.ts';

interface Row {
  readonly id: string;
  readonly result: string;
  readonly by: string;
  readonly reason: string;
}

const columns: readonly Column<Row>[] = [
  { title: 'ID', width: 7, align: 'right', cell: ({ id }) => id },
  {
    title: 'RESULT',
    width: 10,
    grow: 1,
    takesEmpty: true,
    isMeasured: ({ by }) => by !== '',
    cell: ({ result }) => result,
  },
  { title: 'BY', width: 8, cell: ({ by }) => by },
  { title: 'REASON', width: 8, cell: ({ reason }) => reason },
];

const context = { theme: themeOf({ LANG: 'C.UTF-8' }), takenAt: 0, zone: undefined, mayBeHidden: false };
const long = 'the validation of 17 tables has passed';
const lineOf = (row: Row): string =>
  rowLine(placeColumns(columns, 47), row, context)
    .map(({ text }) => text)
    .join('');

it('a text begins in its column in all rows, and goes on over the empty cells after it if it would be cut', () => {
  expect(lineOf({ id: '–', result: long, by: '', reason: '' })).toBe(`      –  ${long}`);
  expect(lineOf({ id: '4711', result: long, by: '', reason: '' })).toBe(`   4711  ${long}`);
  expect(lineOf({ id: '4711', result: long, by: '–', reason: 'lag' })).toBe(
    '   4711  the validation of 17 tables…  lag     ',
  );
  expect(lineOf({ id: '4711', result: long, by: 'ops2', reason: '' })).toBe(
    '   4711  the validation of…  ops2              ',
  );
  expect(lineOf({ id: '–', result: 'short', by: '', reason: '' }).trimEnd()).toBe('      –  short');
});

it('is as wide as the texts of the rows that have no empty cells need', () => {
  const rows = [
    { id: '1', result: long, by: '', reason: '' },
    { id: '2', result: 'paused', by: 'ops2', reason: '' },
  ];
  const needs = needsOf(columns, rows, context);
  const growing = columns.map((column) => (column.title === 'REASON' ? { ...column, grow: 1 } : column));
  const wide = new Map([...needs, ['REASON 0', 20]]);
  const widthsOf = (given: typeof needs, width: number) =>
    placeColumns(growing, width, given).map(({ width: own }) => own);
  // A reason that would be cut is worth more than the end of a text that has empty columns anyway.
  expect(widthsOf(wide, 47)).toEqual([7, 6, 8, 20]);
  expect(widthsOf(wide, 60)).toEqual([7, 19, 8, 20]);
  // Without a row that has a value in them, the text has the room.
  expect(widthsOf(needsOf(columns, rows.slice(0, 1), context), 60)).toEqual([7, 31, 8, 8]);
});
