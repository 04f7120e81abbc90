import { describe, expect, it } from 'vitest';
import { selectedRow } from '../../source/monitor/views.ts';
import type { ViewId } from '../../source/presentation/view-id.ts';

import { fakeTable } from '../support/fake-table.ts';
import { operation, takenAt } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const open = monitorsUnderTest();

const rows = (many = 3) =>
  Array.from({ length: many }, (_, index) => index + 1).map((id) =>
    operation({
      id,
      workerId: id,
      tableName: `table_${id}`,
      status: 'running',
      recordsProcessed: 0,
      startedAt: takenAt - 60,
    }),
  );

describe('an operation that the own key took out of the filter', () => {
  it.each<ViewId>(['overview', 'workers', 'operations'])(
    'stays under the cursor in %s, and the key that takes it back acts on it',
    async (view) => {
      const table = fakeTable(rows());
      const operator = await open(table);
      await operator.focus(view).press('/', ...'status:running', 'enter', 'j');
      const key = selectedRow(operator.state())?.key;
      await operator
        .press('p')
        .waits(2)
        .sees('1 outside the filter', /▸ *‖ +2 |▸ +2 /);
      expect(selectedRow(operator.state())).toMatchObject({ key, isOutside: true, operation: { status: 'paused' } });
      await operator
        .press('r')
        .waits(2)
        .sees(/^(?!.*outside the filter)/s);
      expect(table.rows.map(({ status }) => status)).toEqual(['running', 'running', 'running']);
      expect(selectedRow(operator.state())?.key).toBe(key);
    },
  );

  it.each<ViewId>(['overview', 'workers', 'operations'])('leaves %s with the cursor', async (view) => {
    const operator = await open(fakeTable(rows()));
    await operator
      .focus(view)
      .press('/', ...'status:running', 'enter', 'j', 'p')
      .waits(2)
      .sees('1 outside the filter');
    const left = () =>
      operator.state().listed[view]?.rows.flatMap((row) => (row.kind === 'operation' ? [row.key] : []));
    await operator.press('j').sees(/^(?!.*outside the filter)/s);
    expect(left()?.toSorted()).toEqual(['1', '3']);
    await operator.press('k').waits(1);
    expect(left()?.toSorted()).toEqual(['1', '3']);
  });

  it('leaves with the next filter, and is not among those that a marks', async () => {
    const operator = await open(fakeTable(rows()));
    await operator
      .focus('workers')
      .press('/', ...'status:running', 'enter', 'p')
      .waits(2)
      .sees('1 outside the filter');
    await operator.press('a').waits(1);
    expect([...operator.state().acting.marks.values()].map(({ id }) => id).toSorted()).toEqual([2, 3]);
    await operator
      .press('/', ...'worker:2', 'enter')
      .waits(1)
      .sees(/^(?!.*outside the filter)/s);
    expect(operator.state().listed.workers?.rows.map(({ key }) => key)).toEqual(['2']);
  });
});

it.each([
  ['table:cases', 'running', ''],
  ['table:cases', 'paused', ''],
  ['table:cases', 'pending', ''],
  ['table:cases', 'running', 'p'],
  ['table:cases', 'paused', 'r'],
  ['table:cases', 'pending', 'p'],
  ['table:cases', 'pending', 'pr'],
  ['status:running', 'running', 'p'],
  ['status:pending', 'pending', 'p'],
] as const)('keeps no deleted row of Operations: filter %s, %s, keys "%s"', async (filter, status, acted) => {
  const table = fakeTable([1, 2, 3].map((id) => operation({ id, status, tableName: 'cases' })));
  const operator = await open(table);
  await operator
    .focus('operations')
    .press('/', ...filter, 'enter', 'j')
    .sees(/▸ +2 /);
  for (const key of acted) await operator.press(key).waits(2);
  table.rows = table.rows.filter(({ id }) => id !== 2);
  await operator.waits(2).sees(/^(?!.*outside the filter)(?!.*\n. +2 )/s);
});

it('keeps a table under the cursor whose operations were all paused, so that r resumes them', async () => {
  const table = fakeTable(rows());
  const operator = await open(table);
  await operator.focus('tables').press('/', ...'status:running', 'enter', 'j');
  const key = selectedRow(operator.state())?.key;
  await operator.press('p').waits(2).sees('1 outside the filter');
  expect(table.rows.filter(({ status }) => status === 'paused')).toHaveLength(1);
  expect(selectedRow(operator.state())).toMatchObject({ key, isOutside: true });
  await operator
    .press('r')
    .waits(2)
    .sees(/^(?!.*outside the filter)/s);
  expect(table.rows.filter(({ status }) => status === 'paused')).toHaveLength(0);
});

it.each<[view: ViewId, title: RegExp]>([
  ['overview', /LIVE {2}1-\d+ of 40 {2}selected: completed/],
  ['workers', /WORKERS {2}1-\d+ of 40 {2}selected: completed/],
])('says in the title of %s that the row under the cursor has ended', async (view, title) => {
  const table = fakeTable(rows(40));
  const operator = await open(table);
  await operator.focus(view).sees(/^(?!.*selected:)/s);
  table.rows = table.rows.map((row) => (row.id === 1 ? { ...row, status: 'completed', version: '99' } : row));
  await operator.waits(1).sees(title, /^(?!.*40 of 39)/s);
  await operator.press('j').sees(/of 39 /, /^(?!.*selected:)/s);
});

it('says in the title of a kind that the failure under the cursor was skipped', async () => {
  const table = fakeTable(
    rows().map((row) => ({ ...row, status: 'failed' as const, errorMessage: 'deadlock detected' })),
  );
  const operator = await open(table);
  await operator.focus('failures').press('s', 'y').waits(1).sees('selected: skipped');
  await operator.press('j').sees(/^(?!.*selected:)/s);
});
