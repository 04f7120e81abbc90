import { expect, it } from 'vitest';
import { fakeTable } from '../support/fake-table.ts';
import { operation, takenAt } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const open = monitorsUnderTest();

const rows = () =>
  [1, 2, 3, 4].map((id) =>
    operation({
      id,
      workerId: id,
      tableName: id < 3 ? 'cases' : 'fees',
      status: 'running',
      recordsProcessed: 0,
      startedAt: takenAt - 60,
    }),
  );
const statusesOf = (table: { rows: readonly { id: number; status: string }[] }) =>
  table.rows.map(({ status }) => status);

it('undoes the last action on many at once, and asks before an earlier one', async () => {
  const table = fakeTable(rows());
  const operator = await open(table);
  await operator
    .press('/', ...'table:cases', 'enter', 'a')
    .waits(1)
    .press('p')
    .waits(1);
  await operator
    .press('/', 'ctrl-u', ...'table:fees', 'enter', 'a')
    .waits(1)
    .press('p')
    .waits(1);
  expect(statusesOf(table)).toEqual(['paused', 'paused', 'paused', 'paused']);
  await operator.press('u').waits(1);
  expect(statusesOf(table)).toEqual(['paused', 'paused', 'running', 'running']);
  table.rows = table.rows.map((row) => (row.id === 2 ? { ...row, status: 'completed', version: '999' } : row));
  await operator
    .press('u')
    .waits(1)
    .sees(
      'Undo the pause of 2 operations?',
      /when +\d+s ago, it is not your last action/,
      'changes back 1 of 2: the others are no longer as it left',
      'y undoes it, Esc cancels.',
    );
  expect(statusesOf(table)).toEqual(['paused', 'completed', 'running', 'running']);
  // The message of the undo before it is not shown below the question, and is there again after it.
  await operator.sees(/^(?![\s\S]*undone: 2 operations)/);
  // Neither Enter nor the key that asked confirms it.
  await operator
    .press('enter')
    .seesToast('not confirmed: y undoes it')
    .press('u', 'e', 'tab')
    .sees('Undo the pause of 2');
  await operator.press('escape').waits(1).sees('/ filter');
  expect([operator.state().overlay.kind, statusesOf(table)[0]]).toEqual(['none', 'paused']);
  await operator.press('u').waits(1).press('y').waits(1);
  expect(statusesOf(table)).toEqual(['running', 'completed', 'running', 'running']);
});

it('asks before the last action on many too, if it is older than two minutes', async () => {
  const table = fakeTable(rows());
  const operator = await open(table);
  await operator.press('a').waits(1).press('p').waits(125);
  await operator
    .press('u')
    .waits(1)
    .sees(
      'Undo the pause of 4 operations?',
      /when +2m 0\ds ago\s/,
      'changes back all 4: they are still as it left them',
    );
  // Another session changes one while the question is open.
  table.rows = table.rows.map((row) => (row.id === 2 ? { ...row, status: 'completed', version: '999' } : row));
  await operator.waits(2).sees('changes back 3 of 4: the others are no longer as it left');
  await operator.press('y').waits(1);
  expect(statusesOf(table)).toEqual(['running', 'completed', 'running', 'running']);
});

it('undoes earlier actions on one operation without a question', async () => {
  const table = fakeTable(rows());
  const operator = await open(table);
  await operator.focus('workers').press('p').waits(1).press('j', 'p').waits(1).press('u').waits(1).press('u').waits(1);
  expect(statusesOf(table)).toEqual(['running', 'running', 'running', 'running']);
});

it('asks before an earlier acceptance of many is taken back', async () => {
  const table = fakeTable(rows().map((row) => ({ ...row, status: 'failed' as const, errorMessage: 'no room' })));
  const operator = await open(table);
  await operator.press('3', 'x', ...'known', 'enter').waits(1);
  await operator.press('5', 's', 'y').waits(1).press('u').waits(1).press('u');
  await operator
    .sees('Undo the acceptance of 4 failures', '4 accepted failures are unresolved again')
    .press('y')
    .waits(1);
  expect(operator.state().latest?.triage.accepted).toBe(0);
});

it('asks before the last acceptance of many is taken back too, if it is older than two minutes', async () => {
  const table = fakeTable(rows().map((row) => ({ ...row, status: 'failed' as const, errorMessage: 'no room' })));
  const operator = await open(table);
  const accepted = () => operator.state().latest?.triage.accepted;
  await operator
    .press('3', 'x', ...'known', 'enter')
    .waits(60)
    .press('u')
    .waits(1);
  expect(accepted()).toBe(0);
  await operator
    .press('x', ...'known', 'enter')
    .waits(65)
    .press('u')
    .sees('Undo the acceptance of 4 failures', /when +2m \d+s ago\s/);
  expect(accepted()).toBe(4);
  await operator.press('y').waits(1);
  expect(accepted()).toBe(0);
});
