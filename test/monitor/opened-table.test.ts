import { expect, it } from 'vitest';
import { fakeTable } from '../support/fake-table.ts';
import { operation } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const open = monitorsUnderTest();

const rows = ['addresses', 'brackets', 'cases'].map((tableName, index) =>
  operation({ id: index + 1, workerId: index + 1, tableName }),
);

it('Esc leads from the operations of a table back to its row in Tables, with the filter from before', async () => {
  const operator = await open(fakeTable(rows));
  await operator.focus('tables').press('/', ...'!table:cases', 'enter', 'j');
  const { key } = operator.state().cursors.tables;
  await operator.press('enter');
  expect(operator.state()).toMatchObject({ view: 'operations', filter: 'phase:execution table:=brackets' });
  await operator.press('escape');
  expect(operator.state()).toMatchObject({ view: 'tables', filter: '!table:cases' });
  expect(operator.state().cursors.tables.key).toBe(key);
  await operator.press('escape');
  expect(operator.state()).toMatchObject({ view: 'tables', filter: '' });
});

it('Esc clears a filter that was typed after the table was opened, and stays in Operations', async () => {
  const operator = await open(fakeTable(rows));
  await operator.focus('tables').press('enter', '/', ...'status:running', 'enter', 'escape');
  expect(operator.state()).toMatchObject({ view: 'operations', filter: '' });
});

it('the key of another view takes the filter of the opened table back, and keeps one that was typed', async () => {
  const operator = await open(fakeTable(rows));
  await operator.focus('tables').press('/', ...'!table:cases', 'enter', 'enter', '1');
  expect(operator.state()).toMatchObject({ view: 'overview', filter: '!table:cases', openedTable: null });
  await operator.press('4', 'enter', '/', ...'status:running', 'enter', '2');
  expect(operator.state()).toMatchObject({ view: 'workers', filter: 'status:running' });
});
