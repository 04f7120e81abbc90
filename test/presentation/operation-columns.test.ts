import { expect, it } from 'vitest';
import { observe } from '../../source/domain/observation.ts';
import { operationsColumns } from '../../source/presentation/operation-columns.ts';
import { operationRow } from '../../source/presentation/rows.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { operation, snapshot } from '../support/fixtures.ts';

it.each([
  [null, '► running'],
  ['OVERWRITTEN', '► OVERWRITTEN'],
  ['NOT STOPPED', '► NOT STOPPED'],
  ['STALLED', '► STALLED'],
  ['STILL?', '► STILL?'],
  ['OTHER TIME ZONE', '► running'],
] as const)('an operation with the mark %s is %s in the Operations view', (flag, expected) => {
  const column = operationsColumns.find(({ title }) => title === 'STATUS');
  if (column === undefined) throw new Error('There is no such column.');
  const row = { ...operationRow(observe(null, snapshot()), operation(), []), flag };
  const context = { theme: themeOf({ LANG: 'C.UTF-8' }), takenAt: 0, zone: undefined, mayBeHidden: false };
  const cell = [column.cell(row, column.width, context)].flat();
  const text = cell.map((part) => (typeof part === 'string' ? part : part.text)).join('');
  expect(text).toBe(expected);
  expect(text.length).toBeLessThanOrEqual(column.width);
});
