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
      '1 of 2 is still as it left it: only this changes back',
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
    .sees('Undo the pause of 4 operations?', /when +2m 0\ds ago\s/, 'all 4 are still as it left them: all change back');
  // Another session changes one while the question is open.
  table.rows = table.rows.map((row) => (row.id === 2 ? { ...row, status: 'completed', version: '999' } : row));
  await operator.waits(2).sees('3 of 4 are still as it left them: only these change back');
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

it('names after P the number of its undo where a worker has overwritten one of the pauses, everywhere', async () => {
  const table = fakeTable(rows());
  const operator = await open(table);
  await operator.press('P').seesToast('paused: 4 operations').waits(1).sees('u undo 4 pauses');
  table.rows = table.rows.map((row) => (row.id === 2 ? { ...row, status: 'running', version: '999999' } : row));
  await operator.waits(1).sees('3 of 4 paused: all running and pending operations (P)', 'u undo 3 of 4 pauses');
  await operator
    .waits(125)
    .press('u')
    .waits(1)
    .sees('Undo the pause of 4 operations?', '3 of 4 are still as P left them: only these change back');
  await operator.press('y').seesToast('undone: 3 of 4 operations (1 changed by worker 2 first)');
  await operator.waits(1).focus('activity').sees('undone 3 of 4 operations, 1 changed by worker 2 first');
});

it('does not offer an undo that would change nothing: the next one is of the action before it', async () => {
  const table = fakeTable(rows());
  const operator = await open(table);
  await operator.focus('workers').press('p').waits(1);
  await operator
    .press('/', ...'table:fees', 'enter', 'a')
    .waits(1)
    .press('p')
    .waits(125);
  await operator.press('u').waits(1).sees('all 2 are still as it left them', 'y undoes it, Esc cancels.');
  table.rows = table.rows.map((row) => (row.id > 2 ? { ...row, status: 'completed', version: '999999' } : row));
  await operator
    .waits(2)
    .sees('none of 2 is still as it left it: nothing changes back', 'Esc gives it up.')
    .sees(/^(?![\s\S]*y undoes it)/)
    .press('y')
    .seesToast('cannot undo the pause of 2 operations: none is still as it left it');
  expect(operator.state().overlay.kind).toBe('undo');
  await operator
    .press('escape')
    .seesToast(
      'cannot undo the pause of 2 operations: none of 2 is still as it left it  (u undoes the pause of operation 1)',
    );
  await operator.press('u').waits(1);
  expect(statusesOf(table)).toEqual(['running', 'running', 'completed', 'completed']);
});
