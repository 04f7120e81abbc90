import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../source/domain/operation.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { toastLine } from '../../source/screen/toast.tsx';
import { type FakeTable, fakeTable } from '../support/fake-table.ts';
import { operation } from '../support/fixtures.ts';
import { monitorsUnderTest, type Operator } from '../support/operator.ts';

const open = monitorsUnderTest();

const running = (many: number): Operation[] =>
  Array.from({ length: many }, (_, index) =>
    operation({ id: index + 1, status: 'running', tableName: 'cases', workerId: index + 1 }),
  );

function overwrite(table: FakeTable, id: number): void {
  table.rows = table.rows.map((row) => (row.id === id ? { ...row, status: 'running', version: '999999' } : row));
}

/** The toast as a window of 80 columns shows it. */
function toastAt80({ state }: Operator): string {
  const narrow = { ...state(), window: { columns: 80, rows: 24 } };
  const line = toastLine(narrow, themeOf({ LANG: 'C.UTF-8' }));
  return stripVTControlCharacters(line.map(({ text }) => text).join('')).trim();
}

describe('the list of the results of an action on many', () => {
  it('says which rows a worker has overwritten since, and lists them first', async () => {
    const table = fakeTable(running(3));
    const operator = await open(table);
    await operator.focus('tables').press('p').seesToast('paused: 3 operations');
    await operator.waits(1).press('v').sees('RESULTS  paused 3 of 3: table cases').press('escape');
    overwrite(table, 2);
    await operator.waits(2).press('v');
    await operator.sees('RESULTS  paused 3 of 3, 1 overwritten: table cases');
    await operator.sees(
      /RESULT\n ▸ +2 +cases +✗ overwritten by worker 2: running now/,
      /1 +cases +✓ waiting for the worker/,
    );
    await operator.press('v').sees(/RESULT\n ▸ +2 +cases/);
    expect(operator.state().overlay).toMatchObject({ kind: 'results', isFiltered: true, troubled: 1 });
  });

  it('says of a row of Activity that is no action on many that it is none', async () => {
    const operator = await open(fakeTable(running(3)));
    await operator.focus('tables').press('p').waits(1).focus('workers').press('r').waits(1);
    await operator.focus('activity').press('g', 'v').seesToast('the selected row is no action on many');
    await operator.press('j', 'v').sees('RESULTS  paused');
  });

  it('shows the result whole at 80 columns, also beside a long name', async () => {
    const tableName = 'evidence_chain_of_custody_events';
    const table = fakeTable(running(2).map((row) => ({ ...row, tableName })));
    const operator = await open(table, { window: { columns: 80, rows: 24 } });
    await operator.focus('tables').press('p');
    overwrite(table, 2);
    await operator
      .waits(2)
      .press('v')
      .sees(/2 +evidence_chain_of… +✗ overwritten by worker 2: running now/);
  });

  it('says so too if that happens while it is open', async () => {
    const table = fakeTable(running(2));
    const operator = await open(table);
    await operator.focus('tables').press('p').waits(1).press('v').sees('paused 2 of 2:');
    overwrite(table, 1);
    await operator.waits(2).sees('paused 2 of 2, 1 overwritten', /1 +cases +✗ overwritten by worker 1/);
  });

  it('says of a key of the lists that it does nothing there', async () => {
    const operator = await open(fakeTable(running(3)));
    await operator.focus('tables').press('p', 'v', 's').seesToast('s does nothing here: Esc closes this first');
  });

  it('takes the keys that the message above it names, in the detail too', async () => {
    const operator = await open(fakeTable(running(3)));
    await operator.focus('tables').press('p').seesToast('(u undoes it)').focus('workers').press('enter', 'v');
    await operator.sees('RESULTS  paused 3 of 3').press('u').seesToast('undone: 3 operations');
    expect(operator.state().overlay.kind).toBe('results');
    await operator.press('escape').sees('OPERATION 1').press('escape');
    expect(operator.state().overlay.kind).toBe('none');
  });

  it('says the same as the row of Activity', async () => {
    const table = fakeTable(running(3));
    const operator = await open(table);
    await operator.focus('tables').press('p');
    overwrite(table, 2);
    await operator.waits(2).focus('activity').sees('paused 3 operations, 1 overwritten').press('v');
    await operator.sees('RESULTS  paused 3 of 3, 1 overwritten');
  });
});

it('says that more workers than it follows may not have stopped, in the list and in Activity', async () => {
  const table = fakeTable(running(210));
  const operator = await open(table);
  await operator.focus('tables').press('p').seesToast('paused: 210 operations');
  for (let poll = 0; poll < 12; poll++) {
    table.rows = table.rows.map((row) => ({
      ...row,
      recordsProcessed: (row.recordsProcessed ?? 0) + 10,
      version: `9${poll}${row.id}`,
    }));
    await operator.waits(1);
  }
  await operator.press('v').sees('RESULTS', 'paused 210 of 210, 200 or more not stopped').press('escape');
  await operator.focus('activity').sees('paused 210 operations, 200 or more not stopped');
});

describe('the message about an action on many at 80 columns', () => {
  it('says why rows were not changed', async () => {
    const table = fakeTable(running(3));
    const operator = await open(table);
    table.outcomes.push({ kind: 'locked', pid: null, application: null });
    await operator.focus('tables').press('p');
    expect(toastAt80(operator)).toBe('· paused: 2 of 3, 1 locked  (v lists the other one)  (u undoes it)');
    overwrite(table, 2);
    await operator.waits(2).press('u');
    expect(toastAt80(operator)).toBe('· undone: 1 of 2, 1 changed by worker 2  (v lists the other one)');
  });

  it('says why the only row was not changed', async () => {
    const table = fakeTable([
      ...running(1),
      ...running(2)
        .slice(1)
        .map((row) => ({ ...row, tableName: 'judges' })),
    ]);
    const operator = await open(table);
    await operator.focus('tables').press('p', 'j', 'p');
    overwrite(table, 2);
    await operator.waits(2).press('u');
    expect(toastAt80(operator)).toMatch(/^· pause no longer asked for: worker 2 changed it to running/);
  });
});
