import { describe, expect, it } from 'vitest';
import type { Operation } from '../../source/domain/operation.ts';
import { stallsOf } from '../../source/domain/stalled-operations.ts';
import { rowsOf } from '../../source/monitor/views.ts';
import { resultText } from '../../source/presentation/action-text.ts';
import { eventText } from '../../source/presentation/event-text.ts';
import { fakeTable, lostConnection, type Watched } from '../support/fake-table.ts';
import { operation, takenAt } from '../support/fixtures.ts';
import { flush, monitorsUnderTest, second } from '../support/operator.ts';

const watching = monitorsUnderTest();

const day = 86_400;
function twoRuns(): Operation[] {
  return [1, 2, 3, 4].map((id) =>
    operation({
      id,
      status: id === 4 ? 'running' : 'completed',
      startedAt: takenAt - (id < 3 ? 30 * day : 600) + id,
      completedAt: id < 3 ? takenAt - 30 * day + 300 : id === 3 ? takenAt - 10 : null,
    }),
  );
}

const total = ({ state }: Watched) => state().latest?.migration.operations;
const header = ({ state }: Watched) => state().target.scope?.text ?? null;

describe('S', () => {
  it('restricts every figure and list to the operations since then, and shows all if the field is empty', async () => {
    const table = fakeTable(twoRuns());
    const watched = await watching(table);
    watched.monitor.press(['5']);
    await flush();
    expect([total(watched), rowsOf(watched.state()).length]).toEqual([4, 4]);
    watched.monitor.press(['S', ...'2h', 'enter']);
    await flush();
    expect(watched.state().overlay.kind).toBe('none');
    expect([header(watched), total(watched), rowsOf(watched.state()).length]).toEqual(['2h', 2, 2]);
    watched.monitor.press(['S', 'ctrl-u', ...'4', 'enter']);
    await flush();
    expect([header(watched), total(watched), rowsOf(watched.state()).length]).toEqual(['4', 1, 1]);
    watched.monitor.press(['S', 'ctrl-u', 'enter']);
    await flush();
    expect([header(watched), total(watched), rowsOf(watched.state()).length]).toEqual([null, 4, 4]);
  });

  it('says in each empty list of which operations it is', async () => {
    const old = operation({ id: 1, status: 'failed', startedAt: takenAt - 7200, completedAt: takenAt - 7000 });
    const done = operation({ id: 2, status: 'completed', startedAt: takenAt - 60, completedAt: takenAt - 10 });
    const operator = await watching(fakeTable([old, done]));
    const began = 'operations begun since 10:16 (5m)';
    await operator.press('S').sees('hides what began earlier: an id, 2h');
    await operator
      .press(...'5m', 'enter')
      .seesToast('only operations begun in the last 5m')
      .waits(1);
    await operator.press('3').sees(`of ${began}: nothing has failed`);
    await operator.press('2').sees(`of ${began}: nothing is running or paused`);
    await operator.press('1').sees(`of ${began}: nothing is running`, `of ${began}: nothing unresolved`);
    await operator.press('/', ...'table:none', 'enter').sees(`of ${began}: no matches (Esc clears the filter)`);
    await operator.press('escape', 'S', 'ctrl-u', ...'5m', 'enter').seesToast('only operations begun in the last 5m');
    const none = await watching(fakeTable([old]));
    await none
      .press('S', ...'5m', 'enter')
      .waits(1)
      .press('5')
      .sees(`the table has no ${began}`);
  });

  it('reads the audit again at once, so that the reasons of pauses stay known; so does an action', async () => {
    const table = fakeTable(twoRuns());
    const watched = await watching(table);
    await second(table, 2);
    watched.monitor.press(['S', ...'2h', 'enter']);
    await flush();
    await second(table, 2);
    expect(watched.state().activity).not.toBeNull();
    const before = table.count('activity');
    watched.monitor.press(['2', 'p']);
    await flush();
    await second(table, 1);
    expect(watched.state().activity?.map(({ action }) => action)).toEqual(['pause']);
    watched.monitor.press(['u']);
    await flush();
    await second(table, 1);
    expect(watched.state().activity?.map(({ action }) => action)).toEqual(['undo', 'pause']);
    expect(table.count('activity') - before).toBeLessThanOrEqual(3);
  });

  it('drops an audit that was read before it: the poll after it reads the audit again', async () => {
    const table = fakeTable(twoRuns());
    const watched = await watching(table);
    watched.monitor.press(['2', 'p']);
    await flush();
    const held = table.hold('activity');
    watched.monitor.press(['6']);
    await second(table, 1);
    watched.monitor.press(['S', ...'9', 'enter']);
    await flush();
    await second(table, 1);
    held.release();
    await flush();
    expect([header(watched), watched.state().activity]).toEqual(['9', null]);
    held.end();
    await second(table, 30);
    expect(watched.state().activity).not.toBeNull();
  });

  it('does not change the result of an action whose operation it hides', async () => {
    const table = fakeTable(twoRuns());
    const watched = await watching(table);
    watched.monitor.press(['2', 'p']);
    await flush();
    watched.monitor.press(['6']);
    await second(table, 900);
    const result = () => {
      const [row] = rowsOf(watched.state());
      return row?.kind === 'activity' && row.entry !== null ? resultText(row.entry, row.result, row.tracked) : null;
    };
    expect(result()).toBe('paused, stopped');
    watched.monitor.press(['S', ...'9', 'enter']);
    await flush();
    await second(table, 2);
    expect([header(watched), result()]).toEqual(['9', 'paused, stopped']);
  });

  it('keeps the field open until it contains a time or an id; Esc changes nothing', async () => {
    const table = fakeTable(twoRuns());
    const watched = await watching(table);
    watched.monitor.press(['S', ...'yesterday', 'enter']);
    await flush();
    expect(watched.state().overlay.kind).toBe('since');
    watched.monitor.press(['escape']);
    await flush();
    expect([watched.state().overlay.kind, header(watched), table.count('restrict')]).toEqual(['none', null, 0]);
  });

  it('does not report rows that it hides as removed, failed or gone', async () => {
    const table = fakeTable(twoRuns());
    const watched = await watching(table);
    watched.monitor.press(['2', 'p']);
    await flush();
    watched.monitor.press(['S', ...'9', 'enter']);
    await flush();
    await second(table, 2);
    expect(watched.state().toast?.text).toBe('only operations from id 9 on');
    expect(watched.state().trackedActions).toEqual([]);
    watched.monitor.press(['S', 'ctrl-u', 'enter']);
    await flush();
    await second(table, 2);
    expect(watched.state().toast?.text).toBe('all operations');
    // The pause is followed again.
    expect(watched.state().trackedActions.map(({ operationId, result }) => [operationId, result.kind])).toEqual([
      [4, 'requested'],
    ]);
  });

  it('does not report the row of an undone action as gone if it hides that row', async () => {
    const table = fakeTable(twoRuns());
    const watched = await watching(table);
    watched.monitor.press(['2', 'p']);
    await flush();
    watched.monitor.press(['S', ...'9', 'enter']);
    await flush();
    watched.monitor.press(['u']);
    await flush();
    await second(table, 2);
    expect(watched.state().toast?.text).toMatch(/^undone: operation 4 /);
    watched.monitor.press(['S', 'ctrl-u', 'enter']);
    await flush();
    await second(table, 2);
    const followed = watched.state().trackedActions.map(({ action, result }) => [action, result.kind]);
    expect(followed).toEqual([
      ['pause', 'superseded'],
      ['undo', 'requested'],
    ]);
  });

  it('and back keep the marks, the last progress and the stalls of operations that it hid', async () => {
    const hidden = operation({ id: 1, status: 'running', startedAt: takenAt - 3600 });
    const table = fakeTable([hidden, operation({ id: 2, status: 'running', startedAt: takenAt - 60 })]);
    const watched = await watching(table);
    for (const records of [500, 600]) {
      const progress = { recordsProcessed: records, version: `900${records}` };
      table.rows = table.rows.map((row) => (row.id === 1 ? { ...row, ...progress } : row));
      await second(table, 5);
    }
    watched.monitor.press(['2']);
    watched.monitor.press(['G', ' ']);
    // The polls are of two moments only: what lies between them changes nothing.
    await second(table, 4);
    table.takenAt += 1800;
    await second(table, 4);
    const known = () => {
      const { latest, acting } = watched.state();
      const track = latest?.tracks.get(1);
      const stall = latest == null ? undefined : stallsOf(latest).of(hidden);
      const { lastProgressAt, firstSeenAt } = track ?? {};
      return { lastProgressAt, firstSeenAt, stall: stall?.kind, marks: acting.marks.size };
    };
    const before = known();
    expect(before).toMatchObject({ stall: 'still', marks: 1 });
    watched.monitor.press(['S', ...'10m', 'enter']);
    await second(table, 4);
    expect(watched.state().latest?.snapshot.operations.map(({ id }) => id)).toEqual([]);
    watched.monitor.press(['S', 'ctrl-u', 'enter']);
    await second(table, 2);
    expect(known()).toEqual(before);
  });

  it('waits for a lost connection, and applies when it is back', async () => {
    const table = fakeTable(twoRuns());
    const watched = await watching(table);
    table.gone = lostConnection;
    await second(table);
    watched.monitor.press(['S', ...'2h', 'enter']);
    await second(table, 15);
    expect([watched.state().connection.kind, header(watched), total(watched)]).toEqual(['lost', null, 4]);
    table.gone = null;
    await second(table, 20);
    expect([watched.state().connection.kind, header(watched), total(watched)]).toEqual(['live', '2h', 2]);
    expect(watched.state().noticing.notices.map(({ what }) => what.kind)).toEqual(['lost', 'connected']);
  });

  it('shows why it failed if only that fails, and continues as before', async () => {
    const table = fakeTable(twoRuns());
    const watched = await watching(table);
    table.restrict = () => Promise.reject(new Error('canceling statement due to statement timeout'));
    watched.monitor.press(['S', ...'2h', 'enter']);
    await second(table, 10);
    expect(watched.state().toast?.text).toMatch(/^since 2h: .*statement timeout/);
    expect([watched.state().connection.kind, header(watched), total(watched)]).toEqual(['live', null, 4]);
  });
});

describe('several runs in one table', () => {
  const runs = [
    { gapSeconds: day, at: takenAt - 597, before: takenAt - 30 * day + 2, ended: takenAt - 30 * day + 300 },
  ];
  const proposal = /^this table holds an earlier run: S shows only operations begun since (\d{4}-\d\d-\d\d \d\d:\d\d)$/;

  it('are proposed once; S is filled with the start of the newest', async () => {
    const table = fakeTable(twoRuns());
    table.runs = runs;
    const watched = await watching(table);
    const since = proposal.exec(watched.state().toast?.text ?? '')?.[1];
    expect(since).toBe(new Date((takenAt - 597) * 1000).toISOString().slice(0, 16).replace('T', ' '));
    for (let poll = 0; poll < 40; poll++) await second(table);
    expect([watched.state().toast, table.count('runStarts')]).toEqual([null, 1]);
    watched.monitor.press(['S', 'enter']);
    await flush();
    expect([header(watched), total(watched)]).toEqual([since, 2]);
    for (let poll = 0; poll < 40; poll++) await second(table);
    expect([watched.state().toast, table.count('runStarts')]).toEqual([null, 1]);
  });

  it('are proposed after other toasts, and not if the table is restricted already', async () => {
    const table = fakeTable(twoRuns());
    table.runs = runs;
    const greeted = await watching(table, { greeting: 'hello' });
    expect(greeted.state().toast?.text).toBe('hello');
    await second(table, 6);
    expect(greeted.state().toast?.text).toMatch(proposal);
    const scope = { text: '3', firstId: '3', startedAt: null };
    const other = fakeTable(twoRuns(), { scope });
    other.runs = runs;
    const restricted = await watching(other);
    await second(other, 10);
    expect([restricted.state().toast, other.count('runStarts')]).toEqual([null, 0]);
  });
});

it('says in Activity which operations are done, and keeps that after S shows all operations again', async () => {
  const table = fakeTable(twoRuns());
  const watched = await watching(table);
  watched.monitor.press(['S', ...'2h', 'enter']);
  await flush();
  await second(table, 1);
  table.rows = table.rows.map((row) =>
    row.id === 4
      ? { ...row, status: 'completed', recordsProcessed: row.totalRecords, completedAt: table.takenAt, version: '9' }
      : row,
  );
  for (let times = 0; times < 14; times++) await second(table, 1);
  watched.monitor.press(['S', 'ctrl-u', 'enter']);
  await flush();
  const texts = watched.state().events.map(({ what }) => eventText(what).text);
  expect(texts).toContain('the operations since 2h are done');
  expect(texts).not.toContain('the migration is done');
  expect(texts).toContain('execution is done (since 2h)');
});
