import { describe, expect, it } from 'vitest';
import { foundCommands } from '../../source/monitor/find-commands.ts';
import { rowsOf } from '../../source/monitor/views.ts';
import { fakeTable, lostConnection } from '../support/fake-table.ts';
import { operation } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const monitorOf = monitorsUnderTest();
const rows = Array.from({ length: 300 }, (_, index) =>
  operation({
    id: 2 * index + 2,
    status: index < 2 ? 'running' : index % 10 === 0 ? 'failed' : 'completed',
    tableName: index % 2 === 0 ? 'cases' : 'brackets',
    completedAt: index < 2 ? null : 1000,
  }),
);

describe('the palette', () => {
  it('lists every command of the lists, with its keys, and why it can do nothing now', async () => {
    const operator = await monitorOf(fakeTable(rows));
    await operator.focus('workers').press(':');
    await operator.sees('COMMANDS', /p {2,}Pause a running or pending operation/, /r {2,}Resume.*running/);
    await operator.press('up').sees(/▸ o +Sort by/, /q {2,}Quit/);
    const found = foundCommands(operator.state());
    expect(found.find(({ keys }) => keys === 'u')?.reason?.short).toBe('nothing to undo');
    expect(found.some(({ meaning }) => meaning.startsWith('Sort by'))).toBe(true);
  });

  it.each([
    ['freeze', 'z'],
    ['quit', 'q ctrl-c'],
    ['fail', '3'],
    ['next view', 'tab'],
    ['undo last', 'u'],
    ['skp', 's'],
    // Words that its line does not have.
    ['handoff', 'y'],
    ['hand', 'y'],
    ['again', 'R'],
    ['exit', 'q'],
    ['eta', 'D'],
  ])('finds %j by typing', async (text, keys) => {
    const operator = await monitorOf(fakeTable(rows));
    await operator.press(':', ...text);
    const [first] = foundCommands(operator.state());
    expect(keys.split(' ').map((key) => key.toLowerCase())).toContain(first?.keys.split(' ')[0]?.toLowerCase());
  });

  it.each([
    ['v', /^List the results/],
    ['P', /^Pause all/],
    ['p', /^Pause a running/],
    ['S', /since|begun/i],
    ['R', /^Retry/],
    ['D', /deadline/i],
    ['space', /^Mark or unmark/],
    ['ctrl-r', /./],
  ])('finds a command by its key %j first', async (key, meaning) => {
    const operator = await monitorOf(fakeTable(rows));
    await operator.press(':', ...key);
    const [first] = foundCommands(operator.state());
    expect(first?.keys.toLowerCase().split(' ')).toContain(key.toLowerCase());
    expect(first?.meaning).toMatch(meaning);
  });

  it('finds a command by each of its keys, and other commands by the same letters after it', async () => {
    const operator = await monitorOf(fakeTable(rows));
    await operator.press(':');
    const keys = foundCommands(operator.state()).flatMap((found) =>
      found.meaning.startsWith('Sort by ') ? [] : found.keys.split(' ').map((key) => ({ key, found })),
    );
    // A digit is an id.
    for (const { key, found } of keys.filter((one) => !/^\d$/.test(one.key))) {
      await operator.press('ctrl-u', ...key);
      expect(foundCommands(operator.state())[0]?.meaning, key).toBe(found.meaning);
    }
    await operator.press('ctrl-u', 'v');
    expect(foundCommands(operator.state()).length).toBeGreaterThan(1);
  });

  it('runs the chosen command where it was opened, and nothing before one is chosen', async () => {
    const table = fakeTable(rows);
    const operator = await monitorOf(table);
    await operator.focus('workers').press(':', 'enter');
    expect([operator.state().overlay.kind, table.count('act')]).toEqual(['none', 0]);
    await operator.press(':', ...'pause', 'enter');
    await operator.seesToast('paused: operation 2');
    await operator.press('enter', ':', ...'help', 'enter');
    expect(operator.state().overlay.kind).toBe('help');
  });

  it('says why the chosen command can do nothing', async () => {
    const operator = await monitorOf(fakeTable(rows));
    await operator
      .focus('workers')
      .press(':', ...'resume', 'enter')
      .seesToast('cannot resume');
  });

  it('takes every key as text, is moved by the arrows, and closed by Esc', async () => {
    const operator = await monitorOf(fakeTable(rows));
    await operator.press(':', 'q', '?', '/').sees('no matching command');
    await operator.press('ctrl-u', ...'view', 'down', 'down', 'down', 'up', 'enter');
    expect(operator.state().view).toBe('overview');
    await operator.press(':', 'up', 'escape');
    expect(operator.state().overlay.kind).toBe('none');
  });

  it('finds nothing for letters that are in no command', async () => {
    const operator = await monitorOf(fakeTable(rows));
    await operator.press(':', ...'zzzz');
    expect(foundCommands(operator.state())).toEqual([]);
    await operator.press('enter');
    expect(operator.state().overlay.kind).toBe('palette');
  });
});

describe('a number in the palette', () => {
  it('opens the operation with that id, wherever it is; Esc goes to its row', async () => {
    const operator = await monitorOf(fakeTable(rows));
    for (const id of ['400', '2', '600', '50']) {
      await operator
        .focus('overview')
        .hold(':', ...id)
        .press('enter')
        .sees(`OPERATION ${id}`)
        .press('escape');
      expect([operator.state().view, operator.state().cursors.operations.key]).toEqual(['operations', id]);
      await operator.sees(new RegExp(`▸ +${id} `));
    }
  });

  it('removes a filter that does not match it, and keeps one that does', async () => {
    const operator = await monitorOf(fakeTable(rows));
    await operator.press('/', ...'table:cases', 'enter', ':', ...'402', 'enter');
    expect([operator.state().filter, operator.state().cursors.operations.key]).toEqual(['table:cases', '402']);
    await operator
      .press('escape', ':', ...'400', 'enter')
      .seesToast('the filter does not match operation 400: removed (Esc, / and Up recall it)');
    expect([operator.state().filter, operator.state().cursors.operations.key]).toEqual(['', '400']);
    await operator.press('escape', '/', 'up');
    expect(operator.state().filter).toBe('table:cases');
  });

  it('says so if there is no such operation, and if it cannot be read', async () => {
    const table = fakeTable(rows);
    const operator = await monitorOf(table);
    await operator
      .focus('workers')
      .press(':', ...'401', 'enter')
      .seesToast('there is no operation 401');
    expect(operator.state().view).toBe('workers');
    await operator.press('1');
    expect(operator.state().toast).toBeNull();
    table.gone = lostConnection;
    await operator.press(':', ...'400', 'enter').seesToast('operation 400 could not be read');
  });
});

it('shows the marked operations at once if the filter is is:marked', async () => {
  const operator = await monitorOf(fakeTable(rows));
  await operator
    .focus('workers')
    .press('/', ...'is:marked', 'enter')
    .sees('no matches');
  await operator.press('escape', ' ', '/', 'up', 'enter');
  expect(rowsOf(operator.state()).map(({ key }) => key)).toEqual(['2']);
  // The row that was unmarked stays under the cursor: the same key marks it again.
  await operator.press(' ').sees('1 outside the filter');
  await operator.press(' ').sees(/^(?!.*outside the filter)/s);
  expect([...operator.state().acting.marks.values()].map(({ id }) => id)).toEqual([2]);
});

it('says that Esc unmarks before it clears a filter that nothing matches', async () => {
  const operator = await monitorOf(fakeTable(rows));
  await operator
    .focus('workers')
    .press(' ', '/', ...'table:nowhere', 'enter')
    .sees('no matches (Esc unmarks, and then clears the filter)')
    .press('escape')
    .sees('no matches (Esc clears the filter)');
});

describe('operations that are sorted', () => {
  const many = Array.from({ length: 700 }, (_, index) =>
    operation({
      id: index + 1,
      tableName: `t${String((index * 7) % 700).padStart(3, '0')}`,
      status: 'completed',
      completedAt: 1000,
    }),
  );
  const ids = (operator: { state(): Parameters<typeof rowsOf>[0] }) =>
    rowsOf(operator.state()).map(({ key }) => Number(key));

  it('of a page that are alike are no filter: the title says so, and where unresolved failures of other phases are', async () => {
    const rows = Array.from({ length: 200 }, (_, index) =>
      operation({ id: index + 10, phase: 'execution', status: 'completed', completedAt: 1000 }),
    );
    const failed = [1, 2, 3].map((id) => operation({ id, phase: 'validation', status: 'failed', completedAt: 1000 }));
    const operator = await monitorOf(fakeTable([...failed, ...rows]));
    await operator
      .focus('operations')
      .sees('lower ones below', 'these rows: phase execution', '3 unresolved in validation: /phase:validation')
      .press('/', ...'phase:validation', 'enter')
      .waits(1);
    expect(rowsOf(operator.state())).toHaveLength(3);
  });

  it('are the newest that match, by the column, with the mark in its title', async () => {
    const operator = await monitorOf(fakeTable(many));
    await operator.focus('operations').sees('ID▼', 'highest id first, lower ones below');
    await operator.press(':', ...'sort by table', 'enter').sees('TABLE▲', 'the newest 500 that match, by table');
    const names = rowsOf(operator.state()).map((row) => (row.kind === 'operation' ? row.operation.tableName : ''));
    expect(names).toHaveLength(500);
    expect(names).toEqual(names.toSorted());
    expect(operator.state().cursors.operations).toMatchObject({ index: 0, key: String(ids(operator)[0]) });
    await operator.press('O').sees('TABLE▼', 'by table, reversed');
    await operator.press('/', ...'id:1..20', 'enter').sees('by table, reversed');
    expect(ids(operator)).toHaveLength(20);
  });

  it('are the oldest first if the start order is reversed, and in pages again after it', async () => {
    const operator = await monitorOf(fakeTable(many));
    await operator.focus('operations').press('O').sees('ID▲', 'the oldest 500 that match');
    expect(ids(operator)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    await operator.press('O').sees('ID▼', 'highest id first, lower ones below');
    expect(ids(operator)[0]).toBe(700);
    await operator.press('j', 'j');
    expect(operator.state().cursors.operations.key).toBe('698');
  });

  it('keep the cursor on its id while others appear', async () => {
    const table = fakeTable(many.slice(0, 30));
    const operator = await monitorOf(table);
    await operator.focus('operations').press(':', ...'sort by table', 'enter', 'j', 'j', 'j');
    const { key } = operator.state().cursors.operations;
    table.rows = [operation({ id: 999, tableName: 'a', status: 'completed', completedAt: 1000 }), ...table.rows];
    await operator.waits(2);
    expect(operator.state().cursors.operations).toMatchObject({ key, index: 4 });
  });
});
