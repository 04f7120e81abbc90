import { describe, expect, it } from 'vitest';
import type { Operation, Status } from '../../source/domain/operation.ts';
import { fakeTable } from '../support/fake-table.ts';
import { operation } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const open = monitorsUnderTest();

function rows(...statuses: readonly Status[]): Operation[] {
  return statuses.map((status, index) =>
    operation({ id: index + 1, status, tableName: index % 2 === 0 ? 'cases' : 'judges', workerId: index + 1 }),
  );
}

const statusesOf = (table: { rows: readonly Operation[] }) => table.rows.map(({ id, status }) => `${id} ${status}`);

describe('marks', () => {
  it('are what an action acts on, and are gone where it was applied', async () => {
    const table = fakeTable(rows('running', 'running', 'running'));
    const operator = await open(table);
    await operator.focus('workers').press(' ', 'j', ' ').sees('2 marked');
    await operator.press('p').seesToast('paused: 2 operations');
    expect(statusesOf(table)).toEqual(['1 paused', '2 paused', '3 running']);
    expect(operator.state().acting.marks.size).toBe(0);
  });

  it('are kept where an action was refused, and Esc removes them', async () => {
    const table = fakeTable(rows('running', 'paused'));
    const operator = await open(table);
    await operator.focus('workers').press('a').sees('2 marked').press('p');
    await operator.seesToast('paused: 1 of 2 operations (1 not possible)').sees('1 marked');
    await operator.press('escape');
    expect(operator.state().acting.marks.size).toBe(0);
  });

  it('of all that match include those that are not on the screen', async () => {
    const table = fakeTable(
      Array.from({ length: 2500 }, (_, index) => operation({ id: index + 1, status: 'pending' })),
    );
    const operator = await open(table);
    await operator.focus('operations').press('a').sees('2,500 marked').press('A');
    expect(operator.state().acting.marks.size).toBe(0);
  });

  it('stand before their rows', async () => {
    const operator = await open(fakeTable(rows('running', 'running')));
    await operator
      .focus('workers')
      .press(' ', 'j')
      .sees(/^\*.*cases/m);
  });
});

describe('an action on a table', () => {
  it('changes its operations at once, and is undone as far as they have not changed', async () => {
    const table = fakeTable(rows('running', 'running', 'pending', 'running', 'completed'));
    const operator = await open(table);
    await operator.focus('tables').press('p').seesToast('paused: 2 operations');
    expect(statusesOf(table)).toEqual(['1 paused', '2 running', '3 paused', '4 running', '5 completed']);
    table.rows = table.rows.map((row) => (row.id === 1 ? { ...row, version: '999999' } : row));
    await operator.waits(1).press('u').seesToast('undone: 1 of 2 operations (1 changed by another session first)');
    expect(statusesOf(table)[2]).toBe('3 pending');
  });

  it('that skips asks first, and is confirmed by typing the number', async () => {
    const table = fakeTable(rows('failed', 'running', 'failed', 'running', 'running'));
    const operator = await open(table);
    await operator.focus('tables').press('s').sees('Skip table cases?', '2 will be skipped');
    await operator.press('y', 'enter').seesToast('type 2 to skip that many operations');
    expect(statusesOf(table)[0]).toBe('1 failed');
    await operator.press('ctrl-u', '2', 'tab', ...'no parents', 'enter').seesToast('skipped: 2 operations');
    expect(table.audit.map(({ action, reason }) => [action, reason])).toEqual([
      ['skip', 'no parents'],
      ['skip', 'no parents'],
    ]);
    expect(statusesOf(table)).toEqual(['1 skipped', '2 running', '3 skipped', '4 running', '5 running']);
  });

  it('names Enter from the start, takes digits only, and forgets a wrong number once another is typed', async () => {
    const operator = await open(fakeTable(rows('failed', 'running', 'failed')));
    const wrong = 'type 2 to skip that many operations';
    await operator.focus('tables').press('s').sees('Enter confirm: type 2 first');
    await operator
      .press(...'x7 ', 'enter')
      .seesToast(wrong)
      .sees(/type 2 +7 *$/m, wrong);
    await operator.press('backspace', '2').sees(/type 2 +2 *$/m, 'Enter confirm  Tab reason');
    expect(operator.state().toast).toBeNull();
  });

  it('shows the same action as a command', async () => {
    const operator = await open(fakeTable(rows('failed', 'running', 'failed')));
    await operator
      .focus('tables')
      .press('s')
      .sees(
        "migtop skip 'host=db1 port=5432 user=ops dbname=dispatch'",
        "--where 'table:=cases status:pending,paused,failed'",
      );
  });
});

describe('a retry', () => {
  it('is confirmed with y, and takes the last reason with Up', async () => {
    const table = fakeTable(rows('failed', 'failed'));
    const operator = await open(table);
    await operator
      .focus('operations')
      .press('R')
      .sees('Retry operation 2 · judges?', /no worker of migtop.worker is connected/);
    await operator.press('e', ...'the parents are there', 'enter', 'y').seesToast('queued again: 1 operation');
    expect(statusesOf(table)).toEqual(['1 failed', '2 failed', '3 pending']);
    await operator.press('j', 'R', 'e', 'up').sees('reason              the parents are there');
  });

  it('is not offered for a failure that has an open attempt, or whose work is done', async () => {
    const [failed] = rows('failed');
    if (failed === undefined) throw new Error('no row');
    const table = fakeTable([failed]);
    const operator = await open(table);
    await operator.focus('failures').sees(/R retry(?!:)/);
    const retry = { ...failed, id: 7, operation: 'retry_batch_1', status: 'running', errorMessage: null } as const;
    table.rows = [failed, { ...retry, identity: 'retry 1', completedAt: null }];
    await operator.waits(1).sees('R retry: already has attempt 7');
    await operator.press('R').seesToast('cannot retry: already has attempt 7');
    expect(operator.state().overlay.kind).toBe('none');
    const completed = { ...retry, status: 'completed', identity: 'retry 1', version: '99' } as const;
    table.rows = [failed, { ...completed, completedAt: table.takenAt + 1 }];
    await operator.waits(1).press('h', 'R').seesToast('cannot retry: already completed by operation 7');
  });

  it('is refused for an operation that has not failed', async () => {
    const operator = await open(fakeTable(rows('running')));
    await operator.focus('workers').press('R').seesToast('cannot retry a running operation');
  });
});

describe('P', () => {
  it('pauses everything that runs or waits, and resumes exactly that set', async () => {
    const table = fakeTable(rows('running', 'paused', 'pending', 'failed'));
    const operator = await open(table);
    await operator.press('P').seesToast('paused: 2 operations');
    expect(statusesOf(table)).toEqual(['1 paused', '2 paused', '3 paused', '4 failed']);
    await operator.waits(1).press('P').seesToast('resumed: 2 operations');
    expect(statusesOf(table)).toEqual(['1 running', '2 paused', '3 pending', '4 failed']);
  });
});

describe('a kind of failure', () => {
  const failures = (): Operation[] =>
    [1, 2, 3].map((id) =>
      operation({
        id,
        status: 'failed',
        sourceQuery: `SELECT ${id}`,
        errorMessage: `value ${id} is too long`,
        workerId: null,
      }),
    );

  it('is skipped as a whole, with a reason', async () => {
    const table = fakeTable([...failures(), operation({ id: 4, status: 'failed', errorMessage: 'out of memory' })]);
    const operator = await open(table);
    await operator.press('3', 's').sees('3 will be skipped', 'is:unresolved');
    await operator.press('3', 'tab', ...'too long', 'enter').seesToast('skipped: 3 operations');
    expect(statusesOf(table)).toEqual(['1 skipped', '2 skipped', '3 skipped', '4 failed']);
    expect(new Set(table.audit.map(({ reason }) => reason))).toEqual(new Set(['too long']));
  });

  it('is retried one first, and then the rest', async () => {
    const table = fakeTable(failures());
    const operator = await open(table);
    await operator.press('3', 'R').sees('1 retries one first').press('1', 'enter');
    await operator.seesToast('queued again: 1 operation');
    const [added] = table.rows.filter(({ operation: name }) => name.startsWith('retry'));
    expect(added?.status).toBe('pending');
    table.rows = table.rows.map((row) => (row === added ? { ...row, status: 'completed', version: '999999' } : row));
    await operator.waits(2).seesToast('the retry has completed: operation 4');
    await operator
      .press('R')
      .sees('2 will be queued again')
      .press('2', 'enter')
      .seesToast('queued again: 2 operations');
    expect(table.rows.filter(({ operation: name }) => name.startsWith('retry'))).toHaveLength(3);
  });
});

describe('an action on one operation', () => {
  it('that waits for a locked row does not hold up the next one', async () => {
    const table = fakeTable(rows('running', 'running'));
    const held = table.hold('act');
    const operator = await open(table);
    await operator.focus('workers').press('p', 'j', 'p');
    expect(table.count('act')).toBe(2);
    await operator.waits(1).press('p').seesToast('cannot pause: the previous action is still running');
    held.end();
    await operator.waits(1);
    expect(statusesOf(table)).toEqual(['1 paused', '2 paused']);
  });
});
