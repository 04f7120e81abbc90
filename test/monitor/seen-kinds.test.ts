import { expect, it } from 'vitest';
import { fakeTable } from '../support/fake-table.ts';
import { operation } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const open = monitorsUnderTest();

const failed = (id: number, errorMessage: string, completedAt: number) =>
  operation({
    id,
    status: 'failed',
    errorMessage,
    startedAt: completedAt - 10,
    completedAt,
    sourceQuery: `SELECT ${id}`,
  });

it('marks the kinds that are new or have grown since the operator looked at Failures, until that is left', async () => {
  const table = fakeTable([]);
  const at = table.takenAt;
  table.rows = [failed(1, 'deadlock detected', at - 60), operation({ id: 9, workerId: 9 })];
  const operator = await open(table);
  const screenHas = (text: RegExp) => operator.sees(text);
  await operator.waits(1).press('3');
  await screenHas(/deadlock detected {2}/);
  table.rows = [...table.rows, failed(2, 'deadlock detected', at + 1), failed(3, 'disk full', at + 1)];
  await operator.waits(2).sees('deadlock detected · +1 new', 'disk full · new');
  await operator
    .press('1')
    .waits(1)
    .sees(/deadlock detected {2}/, /disk full {2}/);
  table.rows = [...table.rows, failed(4, 'deadlock detected', at + 4), failed(5, 'disk full', at + 4)];
  await operator.waits(2).sees('deadlock detected · +1 new', 'disk full · +1 new');
  // Its failures are listed: that kind has been looked at.
  await operator
    .press('3', 'g', 'enter', 'escape')
    .waits(1)
    .sees(/deadlock detected {2}/, 'disk full · +1 new');
  await operator.press('3').sees(/disk full {2}/);
});

it('does not mark failures that a skip removed and its undo brought back, but those that come after a skip', async () => {
  const table = fakeTable([]);
  const at = table.takenAt;
  table.rows = [1, 2].map((id) => failed(id, 'deadlock detected', at - 60));
  const operator = await open(table);
  await operator.waits(1).press('3').waits(1);
  const all = table.rows;
  table.rows = all.map((row) => (row.id === 2 ? { ...row, status: 'skipped', version: '99' } : row));
  await operator.waits(2);
  table.rows = all;
  await operator.waits(2);
  await operator.sees(/deadlock detected {2}/);
  table.rows = [failed(1, 'deadlock detected', at - 60), failed(3, 'deadlock detected', at + 5)];
  await operator.waits(2).sees('deadlock detected · +1 new');
  expect(operator.state().seenKinds?.get('deadlock detected')?.failed).toBe(1);
});
