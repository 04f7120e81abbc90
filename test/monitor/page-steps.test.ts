import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { themeOf } from '../../source/presentation/theme.ts';
import type { ViewId } from '../../source/presentation/view-id.ts';
import { frameOf, rowsOfFrame } from '../../source/screen/frame.ts';
import { operation } from '../domain/build.ts';
import { fakeTable } from '../support/fake-table.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const open = monitorsUnderTest();
const theme = themeOf({ LANG: 'C.UTF-8' });
const numbers = Array.from({ length: 60 }, (_, index) => index + 1);
const nameOf = (number: number): string => `table_${String(number).padStart(3, '0')}`;

const rows = numbers.map((number) =>
  operation({
    id: number,
    tableName: nameOf(number),
    status: 'failed',
    errorMessage: `the parent is missing for ${'a long explanation '.repeat(8)}`,
    startedAt: 100 + number,
    completedAt: 200 + number,
  }),
);

it.each<[ViewId, number, number]>([
  ['tables', 80, 24],
  ['failures', 80, 24],
  ['operations', 80, 24],
  ['tables', 120, 40],
  ['failures', 120, 40],
  ['tables', 60, 15],
])('pages of the %s view pass no row that was not shown, at %ix%i', async (view, columns, height) => {
  const operator = await open(fakeTable(rows));
  operator.monitor.resize({ columns, rows: height });
  await operator.focus(view).press('g');
  const seen = new Set<string>();
  for (let page = 0; page < 60; page++) {
    const lines = rowsOfFrame(frameOf(operator.state(), theme)).map((line) => stripVTControlCharacters(line));
    for (const line of lines) for (const found of line.matchAll(/table_\d{3}/g)) seen.add(found[0]);
    await operator.press('page-down');
  }
  expect([...seen].sort()).toEqual(numbers.map(nameOf));
});
