import { describe, expect, it } from 'vitest';
import { type Operation, operationKey, type Status } from '../../source/domain/operation.ts';
import { readMembers } from '../../source/monitor/bulk-members.ts';
import { footerOf } from '../../source/monitor/footer.ts';
import { marksAfter } from '../../source/monitor/marks.ts';
import { ofLast, pendingBeside } from '../../source/monitor/paused-all.ts';
import { whyNoRetry } from '../../source/monitor/reasons.ts';
import { sizeHint } from '../../source/monitor/size-dialog.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { statusActionRows } from '../../source/presentation/status-action-rows.ts';
import { statusActions } from '../../source/presentation/status-actions.ts';
import { keyLine } from '../../source/screen/key-line.tsx';
import { fakeTable, lostConnection } from '../support/fake-table.ts';
import { auditEntry, operation, snapshotOf, takenAt, workerConnection } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const open = monitorsUnderTest();

function rows(...statuses: readonly Status[]): Operation[] {
  return statuses.map((status, index) =>
    operation({ id: index + 1, status, tableName: index % 2 === 0 ? 'cases' : 'judges', workerId: index + 1 }),
  );
}

const statusesOf = (table: { rows: readonly Operation[] }) => table.rows.map(({ id, status }) => `${id} ${status}`);

describe('marks', () => {
  it('are the rows of the next action, which removes them', async () => {
    const table = fakeTable(rows('running', 'running', 'running'));
    const operator = await open(table);
    await operator.focus('workers').press(' ', 'j', ' ').sees('2 marked');
    await operator.press('p').seesToast('paused: 2 operations');
    expect(statusesOf(table)).toEqual(['1 paused', '2 paused', '3 running']);
    expect(operator.state().acting.marks.size).toBe(0);
  });

  it('are removed with those of rows that the action did not change, so that the next key does not act on these', async () => {
    const table = fakeTable(rows('paused', 'running', 'running', 'paused'));
    const operator = await open(table);
    await operator.focus('workers').press('a').sees('4 marked').press('p');
    await operator.seesToast('paused: 2 of 4 operations (2 not possible)  (u undoes it)  (v lists the 2 others)');
    expect(operator.state().acting.marks.size).toBe(0);
    await operator
      .press('v')
      .sees(/RESULT\n ▸ +4 .*\n +1 /)
      .press('escape');
    // The row under the cursor, not the pauses that were there before.
    await operator.press('g', 'r').waits(1);
    expect(table.rows.filter(({ status }) => status === 'paused').length).toBe(3);
  });

  it('stay on all rows if an action changed none, and of one row only its mark is removed', async () => {
    const table = fakeTable(rows('running', 'running', 'failed'));
    const operator = await open(table);
    table.outcomes.push({ kind: 'locked', pid: null, application: null });
    table.outcomes.push({ kind: 'locked', pid: null, application: null });
    await operator.focus('workers').press('a').sees('2 marked').press('p');
    await operator.seesToast('not paused: 2 operations (2 locked by another session)').sees('2 marked');
    await operator.press('p').seesToast('paused: 2 operations');
    expect(operator.state().acting.marks.size).toBe(0);
    const marks = new Map(table.rows.map((row) => [operationKey(row), row]));
    const [first, ...others] = marks.keys();
    expect([...marksAfter(marks, new Set([first ?? '']), false).keys()]).toEqual(others);
    expect(marksAfter(marks, new Set(), true)).toEqual(marks);
  });

  it('are removed by an acceptance too', async () => {
    const table = fakeTable(rows('failed', 'failed', 'completed'));
    const operator = await open(table);
    await operator.focus('operations').press('a').sees('3 marked');
    await operator.press('x', ...'known', 'enter').seesToast('accepted: 2 failures');
    expect(operator.state().acting.marks.size).toBe(0);
  });

  it('are kept if an action was refused, and Esc removes them', async () => {
    const table = fakeTable(rows('running', 'paused', 'completed'));
    const operator = await open(table);
    // On the Overview too, the operations of the list: not those that have ended.
    await operator.focus('overview').press('a').sees('2 marked').press('A');
    expect(operator.state().toast).toBeNull();
    await operator.focus('workers').press('a').sees('2 marked').press('R');
    await operator.seesToast('cannot').sees('2 marked');
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

  it('of rows that were deleted are removed by the poll that finds fewer rows', async () => {
    const table = fakeTable([
      ...rows('failed', 'failed', 'failed'),
      ...Array.from({ length: 9 }, (_, index) => operation({ id: index + 10, status: 'completed' })),
    ]);
    const operator = await open(table);
    await operator
      .focus('operations')
      .press('/', ...'status:failed', 'enter', 'a')
      .sees('3 marked');
    table.rows = table.rows.filter(({ id }) => id !== 2);
    await operator.waits(1).sees('2 marked');
    table.rows = table.rows.filter(({ id }) => id !== 12);
    await operator.waits(1).sees('2 marked');
  });

  it('of rows that were all deleted let the next key act on no other row before it is pressed again', async () => {
    const table = fakeTable(rows('running', 'running', 'running', 'running'));
    const operator = await open(table);
    await operator.focus('operations').press(' ', 'j', ' ', 'j').sees('2 marked');
    table.rows = table.rows.filter(({ id }) => id !== 4);
    await operator.waits(1).sees('1 marked').seesToast('1 of 2 marked operations was deleted');
    table.rows = table.rows.filter(({ id }) => id !== 3);
    await operator.waits(1).seesToast('the marked operation was deleted');
    await operator
      .press('p')
      .seesToast('nothing was done: the marked row is gone; press p again for the row under the cursor');
    expect(statusesOf(table)).toEqual(['1 running', '2 running']);
    await operator.press('p').seesToast(/paused: operation 2 · judges/);
  });

  it('of rows that were all deleted while the note of x was typed hold the next key back too, also in the palette', async () => {
    const table = fakeTable([
      ...rows('running', 'running'),
      ...rows('failed', 'failed').map((row) => ({ ...row, id: row.id + 10 })),
    ]);
    const operator = await open(table);
    await operator.focus('operations').press(' ', 'j', ' ').sees('2 marked').press('x').sees('accepts 2 failures');
    table.rows = table.rows.filter(({ id }) => id < 10);
    await operator
      .waits(1)
      .press('escape', 'g')
      .press(':', ...'pause a running', 'enter');
    await operator.seesToast(
      'nothing was done: all 2 marked rows are gone; choose it again for the row under the cursor',
    );
    expect(statusesOf(table)).toEqual(['1 running', '2 running']);
    await operator
      .press('p')
      .seesToast(/paused: operation 2 · judges/)
      .press('r')
      .seesToast(/resumed|running again/);
  });

  it('of which an action says that all are gone hold no key back', async () => {
    const table = fakeTable(rows('running', 'running', 'running'));
    const operator = await open(table);
    await operator.focus('operations').press(' ', 'j', ' ', 'j').sees('2 marked');
    table.rows = table.rows.filter(({ id }) => id === 1);
    await operator
      .press('p')
      .seesToast('2 are gone')
      .waits(1)
      .press('p')
      .seesToast(/paused: operation 1 · cases/);
  });

  it('of rows that were deleted while others are marked again hold no key back', async () => {
    const table = fakeTable(rows('running', 'running', 'running'));
    const operator = await open(table);
    await operator.focus('operations').press(' ', 'j').sees('1 marked');
    table.rows = table.rows.filter(({ id }) => id !== 3);
    await operator.waits(1).seesToast('the marked operation was deleted').press(' ').sees('1 marked');
    await operator.press('p').seesToast(/paused: operation 2 · judges/);
  });

  it('are read again before the question, which says how many rows are gone and acts on the others', async () => {
    const table = fakeTable(rows('failed', 'failed', 'failed'));
    const operator = await open(table);
    await operator.focus('operations').press('a').sees('3 marked');
    table.rows = table.rows.filter(({ id }) => id !== 2);
    await operator.press('s').sees('2 operations will be skipped. 1 will not: it is gone', 'migtop skip 3 1 ');
    expect(operator.state().acting.marks.size).toBe(2);
    await operator.press('2', 'enter').seesToast('skipped: 2 of 3 operations (1 gone)');
    expect(statusesOf(table)).toEqual(['1 skipped', '3 skipped']);
    await operator.press('v').sees(/RESULT\n ▸ +2 .* gone: its row was deleted/);
    await operator.press('u');
    expect(operator.state().toast?.text).toContain('undone: 2 operations');
    expect(operator.state().toast?.text).not.toContain('lists');
    await operator.press('escape', '6').sees('skipped 2 of 3, 1 gone');
  });

  it('are read again before a pause and before a batch size', async () => {
    const table = fakeTable(rows('running', 'running', 'pending'));
    const operator = await open(table);
    await operator.focus('operations').press('a').sees('3 marked');
    table.rows = table.rows.flatMap((row) =>
      row.id === 2 ? [] : row.id === 1 ? { ...row, status: 'completed' } : row,
    );
    await operator.press('b').sees('1 gone').press('escape');
    await operator.press('a', 'p').seesToast('paused: 1 of 2 operations (1 not possible)');
    expect(statusesOf(table)).toEqual(['1 completed', '3 paused']);
  });

  it('of rows that are all gone leave nothing to act on', async () => {
    const table = fakeTable(rows('failed', 'failed'));
    const operator = await open(table);
    await operator.focus('operations').press('a').sees('2 marked');
    table.rows = [];
    await operator.press('s').seesToast('cannot skip 2 marked operations: 2 are gone');
    expect(operator.state().acting.marks.size).toBe(0);
  });

  it('of a row whose id another operation has now are of a row that is gone', async () => {
    const table = fakeTable(rows('failed', 'failed', 'failed'));
    const operator = await open(table);
    await operator.focus('operations').press('a').sees('3 marked');
    table.rows = table.rows.map((row) =>
      row.id === 2 ? { ...row, tableName: 'laws', identity: 'execution laws batch_migration' } : row,
    );
    await operator.press('s').sees('2 operations will be skipped. 1 will not: it is gone', 'migtop skip 3 1 ');
    await operator.press('2', 'enter').seesToast('skipped: 2 of 3 operations (1 gone)');
    expect(statusesOf(table)).toEqual(['1 skipped', '2 failed', '3 skipped']);
  });

  it('leave the open question when they are deleted, which says so', async () => {
    const table = fakeTable(rows('failed', 'failed', 'failed'));
    const operator = await open(table);
    const remove = (...ids: number[]): void => {
      table.rows = table.rows.filter(({ id }) => !ids.includes(id));
    };
    await operator.focus('operations').press('a', 's').sees('3 operations will be skipped', 'migtop skip 3 2 1 ');
    remove(2);
    await operator.waits(1).sees('2 operations will be skipped. 1 will not: it is gone', 'type 2', 'migtop skip 3 1 ');
    expect(operator.state().acting.marks.size).toBe(2);
    remove(1, 3);
    await operator.waits(1).sees('no operation will be skipped: 3 are gone', 'Esc closes this.');
    await operator.press('0', 'enter').seesToast('cannot skip 3 marked operations: 3 are gone');
    await operator.press('escape');
    expect(operator.state().overlay.kind).toBe('none');
  });

  it('are not changed by the number from before when only one of them is left, nor by the key alone', async () => {
    const table = fakeTable(rows('failed', 'failed'));
    const operator = await open(table);
    await operator.focus('operations').press('a', 's').sees('2 operations will be skipped', 'type 2').press('2');
    table.rows = table.rows.filter(({ id }) => id !== 2);
    await operator.waits(1).sees('type 1', 'Enter skips it after the number');
    await operator.press('enter').seesToast('type 1 to skip');
    await operator.press('backspace', 'enter').seesToast('type 1 to skip');
    expect(statusesOf(table)).toEqual(['1 failed']);
    await operator.press('1', 'enter').waits(1);
    expect(statusesOf(table)).toEqual(['1 skipped']);
  });

  it('that are all deleted while a reason is typed close its field, and take no other', async () => {
    const table = fakeTable(rows('failed', 'failed'));
    const operator = await open(table);
    await operator
      .focus('operations')
      .press('a', 's', 'e', ...'known')
      .sees('known');
    table.rows = [];
    await operator.waits(1).sees('no operation will be skipped', 'Esc closes this.');
    expect(operator.state().overlay).toMatchObject({ kind: 'bulk', part: 'number' });
    await operator.press('tab').seesToast('2 are gone').press('escape');
    expect(operator.state().overlay.kind).toBe('none');
  });

  it('leave the field of a batch size when they are deleted', async () => {
    const table = fakeTable(rows('running', 'running'));
    const operator = await open(table);
    await operator.focus('operations').press('a', 'b');
    table.rows = table.rows.filter(({ id }) => id !== 2);
    await operator.waits(1).sees('2 marked operations, 1 gone since: ');
    table.rows = [];
    await operator
      .waits(1)
      .sees('2 marked operations: all are gone', 'Esc close')
      .press(...'70', 'enter');
    expect(operator.state().overlay.kind).toBe('size');
    expect(table.count('act')).toBe(0);
  });

  it('that cannot be read close the question', async () => {
    const table = fakeTable(rows('failed', 'failed'));
    const operator = await open(table);
    await operator.focus('operations').press('a').sees('2 marked');
    table.gone = lostConnection;
    await operator.press('s').seesToast('cannot skip 2 marked operations: ');
    expect(operator.state().overlay.kind).toBe('none');
    expect(operator.state().acting.marks.size).toBe(2);
  });

  it('are none if no operation matches', async () => {
    const operator = await open(fakeTable(rows('running', 'running')));
    await operator
      .focus('operations')
      .press('/', ...'status:failed', 'enter', 'a')
      .seesToast('no operations match');
  });

  it('are shown before their rows', async () => {
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
    table.rows = table.rows.map((row) => (row.id === 1 ? { ...row, status: 'completed', version: '999999' } : row));
    await operator.waits(1).press('u').seesToast('undone: 1 of 2 operations (1 changed by worker 1 first)');
    expect(statusesOf(table)[2]).toBe('3 pending');
    await operator.press('u').seesToast('nothing to undo');
  });

  it('is undone once more for a row that another session had locked', async () => {
    const table = fakeTable(rows('running', 'running', 'running'));
    const operator = await open(table);
    await operator.focus('tables').press('p').seesToast('paused: 2 operations');
    table.outcomes.push({ kind: 'locked', pid: null, application: null });
    await operator
      .waits(1)
      .press('u')
      .seesToast('undone: 1 of 2 operations (1 locked by another session)  (u undoes the rest)');
    expect(statusesOf(table)).toEqual(['1 paused', '2 running', '3 running']);
    await operator.waits(1).press('u').seesToast('undone: operation 1 · cases');
    expect(statusesOf(table)).toEqual(['1 running', '2 running', '3 running']);
    await operator.press('u').seesToast('nothing to undo');
  });

  it('that skips asks first, and is confirmed by typing the number', async () => {
    const table = fakeTable(rows('failed', 'running', 'failed', 'running', 'running'));
    const operator = await open(table);
    await operator.focus('tables').press('s').sees('Skip table cases?', '2 operations will be skipped');
    await operator.press('y', 'enter').seesToast('type 2 to skip that many operations');
    expect(statusesOf(table)[0]).toBe('1 failed');
    // Once the number is typed, the key that confirms the reason does it too, and says so.
    await operator.sees('Enter skips them after the number, e or Tab gives a reason, Esc cancels.');
    await operator
      .press('tab')
      .sees('Enter confirms the reason and goes to the number, Esc', 'Enter confirm the reason');
    await operator.press('tab', 'ctrl-u', '2').sees('Enter skips them, e or Tab');
    await operator.press('tab').sees('Enter skips them with this reason, Esc cancels.', 'Enter skip  Esc back');
    await operator.press(...'no parents', 'enter').seesToast('skipped: 2 operations');
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
    await operator.press('backspace', '2').sees(/type 2 +2 *$/m, 'e or Tab gives a reason');
    expect(operator.state().toast).toBeNull();
  });

  it('shows the same action as a command', async () => {
    const operator = await open(fakeTable(rows('failed', 'running', 'failed')));
    await operator
      .focus('tables')
      .press('s')
      .sees(
        /migtop skip \\\n +'host=db1 port=5432 user=ops dbname=dispatch' --where \\\n +'table:=cases status:pending,paused,failed/,
        "-is:resolved'",
      );
  });
});

describe('a retry', () => {
  it('of one is confirmed with Enter too; a skip is not, and its dialog says which key confirms it', async () => {
    const table = fakeTable(rows('failed', 'failed'));
    const operator = await open(table);
    await operator.focus('operations').press('s', 'enter').seesToast('not confirmed: y skips it').press('escape');
    await operator
      .press('R')
      .sees('y or Enter retries it')
      .press('enter')
      .seesToast('retrying operation 2 as 3, watching it');
    expect(statusesOf(table)).toEqual(['1 failed', '2 failed', '3 pending']);
  });

  it('of one says that its row was deleted as soon as a poll has found that', async () => {
    const table = fakeTable(rows('failed', 'failed'));
    const operator = await open(table);
    await operator.focus('operations').press('R').sees('Retry operation 2');
    table.rows = table.rows.filter(({ id }) => id !== 2);
    await operator.waits(1).sees('operation 2 will not be retried: it is gone', 'Esc closes this.');
    await operator.press('enter').seesToast('cannot retry operation 2 · judges: it is gone').press('y');
    await operator.seesToast('cannot retry operation 2 · judges: it is gone');
    expect(statusesOf(table)).toEqual(['1 failed']);
  });

  it('takes the keys of views, and says so', async () => {
    const operator = await open(fakeTable(rows('failed', 'failed')));
    await operator.focus('operations').press('R', '2').seesToast('2 does nothing here: Esc closes this first');
    expect(operator.state()).toMatchObject({ view: 'operations', overlay: { kind: 'bulk' } });
    await operator.press('escape', 's', '2').seesToast('2 does nothing here: Esc closes this first');
    expect(operator.state()).toMatchObject({ view: 'operations', overlay: { kind: 'confirm' } });
  });

  it('is confirmed with y, and takes the last reason with Up', async () => {
    const table = fakeTable(rows('failed', 'failed'));
    const operator = await open(table);
    await operator
      .focus('operations')
      .press('R')
      .sees('Retry operation 2 · judges?', /no worker is seen that can claim it/);
    await operator
      .press('e', ...'the parents are there', 'enter', 'y')
      .seesToast('retrying operation 2 as 3, watching it');
    expect(statusesOf(table)).toEqual(['1 failed', '2 failed', '3 pending']);
    await operator.press('j', 'R', 'e', 'up').sees('reason              the parents are there');
  });

  it.each([7, -7])(
    'is not offered for a failure that has the open attempt %i, or whose work that has done',
    async (id) => {
      const [failed] = rows('failed');
      if (failed === undefined) throw new Error('no row');
      const table = fakeTable([failed]);
      const operator = await open(table);
      await operator.focus('failures').sees(/R retry(?!:)/);
      const retry = { ...failed, id, operation: 'retry_batch_1', status: 'running', errorMessage: null } as const;
      table.rows = [failed, { ...retry, identity: 'retry 1', completedAt: null }];
      await operator.waits(1).sees(`R retry: already has attempt ${id}`);
      await operator.press('R').seesToast(`cannot retry: already has attempt ${id}`);
      expect(operator.state().overlay.kind).toBe('none');
      // The reason is long: the keys that work come first.
      await operator
        .focus('tables')
        .sees(/Enter .* views/)
        .press('R')
        .seesToast(/cannot retry: (its failure has|all \d+ failures have) another attempt already/);
      operator.focus('failures');
      const completed = { ...retry, status: 'completed', identity: 'retry 1', version: '99' } as const;
      table.rows = [failed, { ...completed, completedAt: table.takenAt + 1 }];
      await operator.waits(1).press('h', 'R').seesToast(`cannot retry: already completed by operation ${id}`);
    },
  );

  it('is refused for an operation that has not failed', async () => {
    const operator = await open(fakeTable(rows('running')));
    await operator.focus('workers').press('R').seesToast('cannot retry a running operation');
  });
});

describe('the undo of an action whose rows have all changed since', () => {
  const offered = ({ state }: { state: () => MonitorState }) =>
    footerOf(state()).entries.map(({ command }) => command.id);
  const changed = (row: Operation, given: Partial<Operation>): Operation => ({
    ...row,
    ...given,
    version: String(Number(row.version) + 900_000),
  });

  it('of a retry is not offered, and says who changed it', async () => {
    const table = fakeTable(rows('failed', 'failed'));
    const operator = await open(table);
    await operator.focus('operations').press('R', 'enter').seesToast('retrying operation 2 as 3, watching it').waits(1);
    expect(offered(operator)).toContain('undo');
    table.rows = table.rows.map((row) => (row.id === 3 ? changed(row, { status: 'completed', workerId: 20 }) : row));
    await operator.waits(2);
    expect(offered(operator)).not.toContain('undo');
    await operator.press('u').seesToast('cannot undo the retry as operation 3: worker 20 changed it to completed');
  });
});

describe('P', () => {
  it('has its note whole in Overview at 80x24, also beside a row that has ended', async () => {
    const table = fakeTable(rows(...Array.from({ length: 90 }, () => 'running' as const)));
    const operator = await open(table);
    await operator.focus('overview').press('P').seesToast('paused: 90 operations');
    const end = (row: Operation): Operation =>
      row.id === 1 ? { ...row, status: 'completed', completedAt: takenAt } : row;
    table.rows = [...table.rows.map(end), ...[91, 92].map((id) => operation({ id, status: 'pending' }))];
    await operator.waits(1).sees('1-7 of 90  selected: completed  2 came later: 5 /status:pending Enter a p');
    table.rows = table.rows.filter(({ status }) => status !== 'pending');
    await operator.waits(1).sees('1-7 of 90  selected: completed  89 of 90 paused by P');
  });

  it('does not hold what comes after it: the title says how many these are, and what holds them', async () => {
    const table = fakeTable(rows('running', 'running'));
    const operator = await open(table);
    await operator.press('P').seesToast('paused: 2 operations');
    table.rows = [...table.rows, operation({ id: 3, status: 'pending' }), operation({ id: 4, status: 'pending' })];
    await operator.waits(1).sees('paused by P; 2 came later: 5 /status:pending Enter a p');
    // While all are resumed, those that are pending again have not come later.
    const state = operator.state();
    const running = { action: 'resume', what: ofLast, total: 2, done: 1 } as const;
    expect(pendingBeside({ ...state, acting: { ...state.acting, running } })).toBeNull();
    await operator
      .press('5', '/', ...'status:pending', 'enter', 'a')
      .sees('2 marked')
      .press('p');
    await operator.seesToast('paused: 2 operations');
    expect(statusesOf(table)).toEqual(['1 paused', '2 paused', '3 paused', '4 paused']);
  });

  it('says under a filter that it reaches operations outside of it', async () => {
    const table = fakeTable(rows('running', 'running', 'pending'));
    const operator = await open(table);
    await operator
      .press('/', ...'id:2', 'enter')
      .press('P')
      .seesToast('paused: 3 operations, also outside the filter');
    // At 80 columns too, beside what may be cut.
    await operator.sees('paused: 3 operations, also outside the filter');
    await operator.waits(1).press('P').seesToast('resumed: 3 operations, also outside the filter');
    await operator
      .press('/', 'ctrl-u', 'enter')
      .waits(1)
      .press('P')
      .seesToast(/^paused: 3 operations(?!.*outside)/);
  });

  it('pauses all running and pending operations, and resumes exactly these', async () => {
    const table = fakeTable(rows('running', 'paused', 'pending', 'failed'));
    const operator = await open(table);
    await operator.press('P').seesToast('paused: 2 operations');
    expect(statusesOf(table)).toEqual(['1 paused', '2 paused', '3 paused', '4 failed']);
    await operator.waits(1).press('P').seesToast('resumed: 2 operations');
    expect(statusesOf(table)).toEqual(['1 running', '2 paused', '3 pending', '4 failed']);
    // The undo of that pauses them again, and P resumes them once more.
    await operator.press('u').seesToast('undone: 2 operations').press('P').seesToast('resumed: 2 operations');
    expect(statusesOf(table)).toEqual(['1 running', '2 paused', '3 pending', '4 failed']);
    expect(table.audit.map(({ reason }) => reason)).toContain('all running and pending operations (P)');
  });

  it('is on the key line as long as one of the operations that it resumes is paused', async () => {
    const table = fakeTable(rows('running', 'paused', 'pending', 'failed'));
    const operator = await open(table);
    const keys = (): string =>
      keyLine(operator.state())
        .map(({ text }) => text)
        .join('');
    await operator.waits(1);
    expect(keys()).not.toContain('P ');
    await operator.press('P').seesToast('paused: 2 operations').waits(1);
    expect(keys()).toContain('P resume all');
    await operator.press('P').seesToast('resumed: 2 operations').waits(1);
    expect(keys()).not.toContain('P ');
    await operator.press('P').waits(1);
    expect(keys()).toContain('P resume all');
    // Another session resumes them.
    table.rows = table.rows.map((row) => (row.id === 2 ? row : { ...row, status: 'running', version: '999999' }));
    await operator.waits(1);
    expect(keys()).not.toContain('P ');
  });

  it('leaves no mark of a worker that has overwritten the pause, once it has resumed all', async () => {
    const table = fakeTable(rows('running', 'running'));
    const operator = await open(table);
    await operator.press('P').seesToast('paused: 2 operations');
    table.rows = table.rows.map((row) => (row.id === 1 ? { ...row, status: 'running', version: '999999' } : row));
    await operator.waits(1).press('2').sees('OVERWRITTEN');
    await operator.press('P').seesToast(/^resumed: 1 of 2 operations/);
    await operator.sees(/^(?![\s\S]*OVERWRITTEN)/);
  });

  it('pauses all again after its undo, also where workers had overwritten the pause', async () => {
    const table = fakeTable(rows('running', 'running', 'pending'));
    const operator = await open(table);
    await operator.press('P').seesToast('paused: 3 operations');
    table.rows = table.rows.map((row) => (row.id === 1 ? { ...row, status: 'running', version: '999999' } : row));
    await operator.waits(1).press('u').seesToast('undone: 2 of 3 operations (1 changed by worker 1 first)');
    expect(operator.state().acting.pausedAll).toBeNull();
    await operator.waits(1).press('P').seesToast('paused: 3 operations');
    expect(statusesOf(table)).toEqual(['1 paused', '2 paused', '3 paused']);
  });

  it('pauses all again after its undo was refused for what another session has changed', async () => {
    const table = fakeTable(rows('running', 'running'));
    const operator = await open(table);
    await operator.press('P').seesToast('paused: 2 operations');
    const ops2 = { databaseRole: 'ops2', osUser: 'ops2', host: 'bastion', toStatus: 'paused' };
    table.audit = [1, 2].map((operationId) => auditEntry({ ...ops2, operationId, at: table.takenAt }));
    await operator.waits(1).press('u').seesToast('cannot undo');
    table.rows = [...table.rows, operation({ id: 3, status: 'running' })];
    await operator.waits(1).press('P').seesToast('paused: operation 3');
    expect(statusesOf(table)).toEqual(['1 paused', '2 paused', '3 paused']);
  });

  it.each(['another session has undone its pause', 'workers have resumed all'])(
    'pauses all again after %s',
    async (how) => {
      const table = fakeTable(rows('running', 'running', 'pending'));
      const operator = await open(table);
      await operator.press('P').seesToast('paused: 3 operations').waits(1);
      if (how === 'workers have resumed all') table.rows = table.rows.map((row) => ({ ...row, status: 'running' }));
      else await (await open(table)).press('P').seesToast('resumed: 3 operations');
      await operator.waits(1).press('P').seesToast('paused: 3 operations').waits(1);
      expect(statusesOf(table)).toEqual(['1 paused', '2 paused', '3 paused']);
      await operator.press('P').seesToast('resumed: 3 operations');
    },
  );

  it('says how many are paused again if the undo of its resume leaves operations that have gone on', async () => {
    const table = fakeTable(rows('running', 'running', 'pending'));
    const operator = await open(table);
    await operator.press('P').seesToast('paused: 3 operations').waits(1).press('P').seesToast('resumed: 3 operations');
    const change = (id: number, given: Partial<Operation>): void => {
      table.rows = table.rows.map((row) => (row.id === id ? { ...row, ...given } : row));
    };
    change(1, { status: 'completed', version: '900001', completedAt: takenAt });
    // That a worker has reported prevents nothing.
    change(2, { recordsProcessed: 450, version: '900002' });
    await operator
      .waits(1)
      .press('u')
      .seesToast('undone: 2 of 3 operations (1 changed by worker 1 first)  (2 are paused again: P resumes them)');
    expect(statusesOf(table)).toEqual(['1 completed', '2 paused', '3 paused']);
    // The key works in the detail too: the message is shown there.
    await operator.waits(1).focus('operations').press('enter', 'P').seesToast('resumed: 2 operations');
    expect(statusesOf(table)).toEqual(['1 completed', '2 running', '3 pending']);
  });

  it('is undone although workers have reported since, but not where another operator has acted', async () => {
    const table = fakeTable(rows('running', 'running', 'pending'));
    const operator = await open(table);
    await operator.press('P').seesToast('paused: 3 operations');
    table.rows = table.rows.map((row) => (row.id === 1 ? { ...row, version: '900001' } : row));
    const ops2 = { databaseRole: 'ops2', osUser: 'ops2', host: 'bastion', toStatus: 'paused' };
    table.audit = [auditEntry({ ...ops2, operationId: 2, fromStatus: 'running', at: table.takenAt }), ...table.audit];
    await operator.waits(1).press('u').seesToast('undone: 2 of 3 operations (1 not possible)');
    expect(statusesOf(table)).toEqual(['1 running', '2 paused', '3 pending']);
    await operator.press('v').sees('ops2@bastion has acted on it since');
  });

  it('is not undone where the same operator has acted in another session', async () => {
    const table = fakeTable(rows('running', 'running', 'running'));
    const operator = await open(table);
    await operator.press('P').seesToast('paused: 3 operations');
    const ana = { osUser: 'ana', host: 'bastion', databaseRole: table.target.user, operationId: 2 };
    const elsewhere = {
      ...ana,
      key: '7d9f4a2e-5c1b-4e8a-9b3d-1f2e3d4c5b6a',
      fromStatus: 'running',
      toStatus: 'paused',
    };
    table.audit = [auditEntry(elsewhere), ...table.audit];
    await operator.waits(1).press('u').seesToast('undone: 2 of 3 operations (1 not possible)');
    expect(statusesOf(table)).toEqual(['1 running', '2 paused', '3 running']);
    await operator.press('v').sees('ana@bastion has acted on it since');
  });

  it('is not undone where another operator has acted on all', async () => {
    const table = fakeTable(rows('running', 'pending'));
    const operator = await open(table);
    await operator.press('P').seesToast('paused: 2 operations');
    const ops2 = { databaseRole: 'ops2', osUser: 'ops2', host: 'bastion', toStatus: 'paused' };
    table.audit = [1, 2].map((operationId) => auditEntry({ ...ops2, operationId, at: table.takenAt }));
    await operator
      .waits(1)
      .press('u')
      .seesToast(/^cannot undo the pause of .*: 2 were changed by ops2@bastion since$/);
    expect(statusesOf(table)).toEqual(['1 paused', '2 paused']);
    await operator.press('u').seesToast('nothing to undo');
  });

  it('is undone after a later action on one of the operations is', async () => {
    const table = fakeTable(rows('running', 'running', 'pending'));
    const operator = await open(table);
    await operator.press('P').seesToast('paused: 3 operations  (u undoes it)');
    // A worker overwrites the pause of operation 1, and the operator pauses it again.
    const overwrite = (version: string): void => {
      table.rows = table.rows.map((row) => (row.id === 1 ? { ...row, status: 'running', version } : row));
    };
    overwrite('900001');
    await operator.focus('workers').waits(2);
    await operator.press('p').seesToast('paused: operation 1');
    overwrite('900002');
    await operator.waits(2).press('u').seesToast('the pause of operation 1 · cases is no longer asked for');
    expect(operator.state().toast?.text).toMatch(/ {2}\(u undoes the pause of 3 operations\)$/);
    await operator.press('u').sees('Undo the pause of 3 operations?').waits(1).press('y');
    await operator.seesToast('undone: 2 of 3 operations (1 changed by worker 1 first)');
    expect(operator.state().toast?.tone).toBe('info');
    expect(statusesOf(table)).toEqual(['1 running', '2 running', '3 pending']);
    await operator.waits(1).press('u').seesToast('nothing to undo');
  });

  it('and no earlier action on a row that has changed since is offered', async () => {
    const table = fakeTable(rows('running', 'running'));
    const operator = await open(table);
    await operator.focus('workers').press('p').waits(1).press('s', 'y').seesToast('skipped: operation 1');
    // The worker reports.
    table.rows = table.rows.map((row) => (row.id === 1 ? { ...row, version: '900001' } : row));
    await operator
      .waits(2)
      .press('u')
      .seesToast(/cannot undo the skip of operation 1 .*: worker 1 has changed it since/);
    expect(operator.state().toast?.text).not.toContain('undoes');
    await operator.waits(1).press('u').seesToast('nothing to undo');
  });

  it('and other actions are undone one after the other, the last one first', async () => {
    const table = fakeTable(rows('running', 'running', 'running'));
    const operator = await open(table);
    await operator.focus('workers').press('p', 'j').waits(1).press('p').waits(1);
    await operator.press('u').seesToast('undone: operation 2 is running again  (u undoes the pause of operation 1)');
    await operator.waits(1).press('u').seesToast('undone: operation 1 is running again');
    expect(statusesOf(table)).toEqual(['1 running', '2 running', '3 running']);
    await operator.waits(1).press('u').seesToast('nothing to undo');
  });

  it('and actions on one operation are undone one after the other, as long as no other session changes it', async () => {
    const table = fakeTable(rows('running', 'running'));
    const operator = await open(table);
    await operator.press('P').seesToast('paused: 2 operations').waits(1);
    await operator.focus('workers').press('r').seesToast('resumed: operation 1').waits(1).press('p').waits(1);
    await operator.press('u').seesToast('undone: operation 1 is running again').waits(1);
    await operator.press('u').seesToast('undone: operation 1 is paused again').waits(1);
    await operator.press('u').waits(1).press('y').seesToast('undone: 2 operations');
    expect(statusesOf(table)).toEqual(['1 running', '2 running']);
    // Also if a worker has written between the two.
    await operator.waits(1).press('p').waits(1);
    table.rows = table.rows.map((row) => (row.id === 1 ? { ...row, version: '900001' } : row));
    await operator.waits(1).press('r').waits(1).press('u').waits(1).press('u').seesToast('running again');
    expect(statusesOf(table)).toEqual(['1 running', '2 running']);
  });

  it('resumes what an earlier session paused by it, except what somebody has changed since', async () => {
    const table = fakeTable(rows('running', 'paused', 'pending', 'pending'));
    await (await open(table)).press('P').seesToast('paused: 3 operations');
    const later = await open(table);
    await later
      .focus('operations')
      .press('g', 'r')
      .seesToast(/resumed/);
    const resumed = table.rows.find(({ status }) => status === 'pending')?.id;
    // It runs or waits: first it is paused too.
    await later.waits(1).press('P').seesToast('paused: operation 4 · judges');
    const third = await open(table);
    await third.sees('P resume all').press('P').seesToast('resumed: 3 operations');
    expect(resumed).toBe(4);
    expect(statusesOf(table)).toEqual(['1 running', '2 paused', '3 pending', '4 pending']);
    await third.press('P').seesToast('paused: 3 operations').press('u').seesToast('undone: 3 operations');
    await third.press('P').seesToast('paused: 3 operations');
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
    await operator.press('3', 's').sees('3 operations will be skipped', 'is:unresolved');
    await operator.press('3', 'tab', ...'too long', 'enter').seesToast('skipped: 3 operations');
    expect(statusesOf(table)).toEqual(['1 skipped', '2 skipped', '3 skipped', '4 failed']);
    expect(new Set(table.audit.map(({ reason }) => reason))).toEqual(new Set(['too long']));
    // The cursor goes on to the kind that is left; in a list of failures it stays on the one that was skipped, until it is moved.
    await operator.waits(1).sees(/▸ +1 +1 +out of memory/);
    await operator
      .press('enter', 's', 'y')
      .waits(1)
      .sees(/▸ » +4/);
  });

  it.each([
    ['of a kind', ['3', 'R']],
    ['of marked operations', ['3', 'enter', 'a', 'R']],
  ])('counts the failures of one work once in the dialog of a retry: %s', async (_, keys) => {
    const table = fakeTable(failures());
    let asked: readonly number[] = [];
    table.retryRefusals = async (changes) => {
      asked = changes.map(({ transition }) => transition.id);
      return new Map([[3, 'is the same work as operation 1']]);
    };
    const operator = await open(table);
    await operator.press(...keys).sees('2 operations will be retried');
    expect(asked.toSorted()).toEqual([1, 2, 3]);
    await operator.press('2', 'enter').seesToast(/^queued again: 2 .*1 refused|^queued again: 2 of 3/);
    const retries = table.rows.filter(({ operation: name }) => name.startsWith('retry'));
    expect(retries.map(({ operation: name }) => name).toSorted()).toEqual(['retry_batch_1', 'retry_batch_2']);
  });

  it('is retried one first, and then the rest', async () => {
    const table = fakeTable(failures());
    const operator = await open(table);
    await operator.press('3', 'R').sees('Retry 3 unresolved', 'type 1: it retries operation 3 first, and watches it');
    await operator.press('7', 'enter').seesToast('type 3 to retry that many operations, or 1 to retry one first');
    await operator.press('backspace');
    // The whole dialog follows the number that is typed.
    await operator
      .press('1')
      .sees(
        'Retry operation 3 · brackets first, of 3 unresolved failures',
        '1 operation will be retried, the other 2 not yet',
        /a pending operation with the same work is added, and\s+migtop watches it/,
        /migtop retry 3 \\\n +'host=db1/,
        'or type 3: it retries all',
        'Enter retries it',
      );
    await operator.press('backspace').sees('3 operations will be retried', '--where').press('1', 'enter');
    await operator.seesToast('retrying operation 3 as 4, watching it');
    const [added] = table.rows.filter(({ operation: name }) => name.startsWith('retry'));
    expect(added?.status).toBe('pending');
    table.rows = table.rows.map((row) => (row === added ? { ...row, status: 'completed', version: '999999' } : row));
    await operator.waits(2).seesToast('retry completed: operation 4');
    await operator
      .press('R')
      .sees('2 operations will be retried')
      .press('2', 'enter')
      .seesToast('queued again: 2 operations');
    expect(table.rows.filter(({ operation: name }) => name.startsWith('retry'))).toHaveLength(3);
    // Until the retries have ended, the kind says so, in its row and below the list.
    await operator
      .waits(2)
      .sees(
        /▸ +2 +3 .*all retrying/,
        /^ +all 2 are retrying/m,
        / 2 unresolved \(all retrying\) of 3 failed /,
        /FAILURES +2 unresolved \(all retrying\) in 1 kind/,
      );
    await operator
      .press('P')
      .waits(2)
      .sees(
        /▸ +2 +3 .*all retries paused/,
        /^ +the retries of all 2 are paused/m,
        / 2 unresolved \(all retries paused\) of 3 failed /,
      );
  });
});

it.each(['overview', 'failures'] as const)(
  'leaves the cursor in the %s on the kind below the one that it skipped',
  async (view) => {
    const errors = ['a', 'a', 'a', 'b', 'b', 'c'];
    const failures = errors.map((letter, index) =>
      operation({ id: index + 2, status: 'failed', errorMessage: `column ${letter} is too long`, workerId: null }),
    );
    const table = fakeTable([operation({ id: 1 }), ...failures]);
    const operator = await open(table);
    await operator.press(view === 'overview' ? '1' : '3', 'G', 'k').sees(/▸ +2 .*column b is too long/);
    // An operation that begins meanwhile moves the kinds of the Overview down.
    table.rows = [...table.rows, operation({ id: 9, workerId: 2 })];
    await operator
      .press('s', '2', 'enter')
      .seesToast('skipped: 2 operations')
      .sees(/▸ +1 .*column c is too long/);
    await operator.waits(1).sees(/▸ +1 .*column c is too long/);
  },
);

it('leaves the cursor on the last kind of the Overview while operations that begin take the room of kinds', async () => {
  const failures = [...'abcdefg'].map((letter, index) =>
    operation({ id: index + 2, status: 'failed', errorMessage: `column ${letter} is too long`, workerId: null }),
  );
  const table = fakeTable([operation({ id: 1 }), ...failures]);
  const operator = await open(table);
  await operator.press('1', 'G').sees(/▸ +1 .*column g is too long/);
  table.rows = [
    ...table.rows,
    ...Array.from({ length: 60 }, (_, index) => operation({ id: index + 50, workerId: index })),
  ];
  await operator.waits(2).sees(/ of 7 kinds shown[\s\S]*▸ +1 .*column g is too long/);
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

describe('a take over', () => {
  const mark = 'SELECT 1 /* migtop run=dispatch counts=own from=0 */';
  const lost = (id: number, given: Partial<Operation> = {}): Operation =>
    operation({ id, startedAt: takenAt - 1800, validationQuery: mark, workerId: id, ...given });

  it('of a dead worker is confirmed with y, clears the row, and is undone', async () => {
    const table = fakeTable([lost(1)]);
    const operator = await open(table);
    await operator.focus('workers').sees('t take over').press('t');
    await operator.sees(
      'Take over operation 1 · brackets?',
      'worker 1 is dead',
      'its reports are refused',
      'migtop takeover 1',
    );
    await operator.press('y').seesToast('taken over: operation 1 · brackets  (u undoes it)');
    expect(table.rows[0]).toMatchObject({ status: 'pending', workerId: null, startedAt: null, recordsProcessed: 400 });
    expect(table.audit[0]).toMatchObject({ action: 'takeover', fromStatus: 'running', toStatus: 'pending' });
    await operator.waits(1).press('u').seesToast('undone: operation 1 · brackets');
    expect(table.rows[0]).toMatchObject({ status: 'running', workerId: 1, startedAt: takenAt - 1800 });
  });

  it('of an operation that is deleted while it is asked says so', async () => {
    const table = fakeTable([lost(1)]);
    const operator = await open(table);
    await operator.focus('workers').press('t').sees('Take over operation 1');
    table.rows = [];
    await operator.waits(1).sees('operation 1 will not be taken over: it is gone').press('y');
    await operator.seesToast('cannot take over operation 1 · brackets: it is gone');
  });

  it('names no key that undoes it, after a worker has claimed the operation', async () => {
    const table = fakeTable([lost(1)]);
    const operator = await open(table);
    await operator.focus('workers').press('t', 'y').seesToast('(u undoes it)');
    table.rows = table.rows.map((row) => ({ ...row, status: 'running', workerId: 7, version: '900001' }));
    await operator.waits(2);
    expect(operator.state().toast?.text).toMatch(/^taken over: /);
    expect(operator.state().toast?.text).not.toContain('undoes');
  });

  it('of a worker that may be alive says what is not known, and requires the id', async () => {
    const table = fakeTable([lost(31, { validationQuery: null })]);
    const operator = await open(table);
    await operator.focus('workers').press('t').sees('does not name its connections', 'may go on writing', '--unproven');
    await operator.press('y', '1', 'enter').seesToast('type the id 31 to take it over');
    expect(table.rows[0]?.status).toBe('running');
    await operator.press('ctrl-u', '3', '1', 'enter').seesToast('taken over: operation 31 · brackets');
    expect(table.rows[0]?.status).toBe('pending');
  });

  it('warns of a worker of another program, also if a worker of migtop/worker has its number', async () => {
    const other = operation({ id: 7, workerId: 31, startedAt: takenAt - 10, validationQuery: mark });
    const operator = await open(fakeTable([lost(31, { validationQuery: null }), other]));
    await operator.focus('workers');
    const at = operator.state().listed.workers?.rows.findIndex(({ key }) => key === '31') ?? 0;
    await operator
      .press('g', ...Array.from({ length: at }, () => 'j'), 't')
      .sees('Take over operation 31', 'may go on writing');
  });

  it('is offered of an operation that has stalled, also where nothing proves that its worker is dead', async () => {
    const done = [1, 2, 3].map((id) =>
      operation({ id, status: 'completed', startedAt: takenAt - 60, completedAt: takenAt - 30 }),
    );
    const operator = await open(fakeTable([...done, lost(31, { validationQuery: null, startedAt: takenAt - 60 })]));
    for (let seconds = 0; seconds < 150; seconds += 10) await operator.waits(10);
    await operator.focus('workers').sees('STALLED', 't take over');
  });

  it('of a worker that reports is refused with the reason, also while the dialog is open', async () => {
    const table = fakeTable([lost(1, { validationQuery: null })]);
    const operator = await open(table);
    const report = (version: string) => {
      table.rows = table.rows.map((row) => ({ ...row, version, recordsProcessed: (row.recordsProcessed ?? 0) + 100 }));
    };
    await operator.focus('workers').press('t');
    report('701');
    await operator
      .press('1', 'enter')
      .seesToast('not taken over: operation 1 · brackets (worker 1 has changed it since)');
    await operator.waits(1).press('t').seesToast('cannot take over operation 1: it made progress 1s ago');
  });

  it('of many takes the dead ones only, and lists the result of each row', async () => {
    const table = fakeTable([lost(1), lost(2), lost(3, { validationQuery: null })]);
    const operator = await open(table);
    await operator
      .focus('workers')
      .press('a', 't')
      .sees('2 operations will be taken over. 1 will not', /not\s+proven dead/);
    await operator
      .press('2', 'enter')
      .seesToast('taken over: 2 of 3 operations (1 not possible)  (u undoes it)  (v lists the other one)');
    await operator
      .press('v')
      .sees('RESULTS  taken over 2 of 3', /3 +brackets +✗ not proven dead/, /1 +brackets +✓ pending again/);
    await operator.press('v').sees(/3 +brackets/);
    expect(operator.state().overlay).toMatchObject({ kind: 'results', isFiltered: true });
    await operator.press('enter').sees('OPERATION 3').press('escape');
  });
});

describe('b', () => {
  const sized = (id: number, given: Partial<Operation> = {}): Operation =>
    operation({ id, batchSize: 500, recordsProcessed: 100, workerId: id, ...given });

  it('shows the present size, changes it at once, and is undone', async () => {
    const table = fakeTable([sized(1)]);
    const operator = await open(table);
    await operator
      .focus('workers')
      .press('b')
      .sees('batch size 500', '500 now', 'not of migtop/worker: may be ignored');
    await operator
      .press('ctrl-u', '2', 'x', '5', '0', 'enter')
      .seesToast('batch size of operation 1: 500 to 250  (u undoes it)');
    expect(table.rows[0]).toMatchObject({ batchSize: 250, status: 'running' });
    expect(table.audit[0]?.action).toBe('batch size 500 to 250');
    await operator.waits(1).press('u').seesToast('undone: operation 1 · brackets');
    expect(table.rows[0]?.batchSize).toBe(500);
    expect(table.audit[0]?.action).toBe('undo batch size 250 to 500');
    await operator
      .waits(1)
      .focus('activity')
      .sees(/undo +1 .*250 to 500/, /batch +1 .*500 to 250/);
  });

  it("goes by the name of the worker's connection too, as the dialog of a retry does", async () => {
    const table = fakeTable([sized(1), sized(2, { status: 'failed', tableName: 'laws' })]);
    table.sessions = [workerConnection(1)];
    const operator = await open(table);
    await operator.focus('workers').press('b').sees('500 now; its worker uses it from its next batch on');
    await operator
      .press('escape')
      .focus('operations')
      .press('g', '/', ...'id:2', 'enter', 'R');
    await operator.sees('1 worker can claim it');
  });

  it('says that the present size is the present one, and asks before one that is far from it', async () => {
    const table = fakeTable([sized(1, { batchSize: 2000 })]);
    const operator = await open(table);
    await operator.focus('workers').press('b', 'enter').sees('cannot be 2000: its batch size is already 2,000');
    await operator.press('ctrl-u', 'enter').sees('a number is needed');
    await operator.press(...'200023', 'enter').sees('200,023 is 100 times as large as 2,000: set it all the same?');
    // It is a question, and no error.
    await operator.sees(' ! 200,023');
    const { overlay } = operator.state();
    expect(overlay.kind === 'size' && sizeHint(overlay, snapshotOf([])).tone).toBe('warn');
    // Neither Enter nor a digit confirms it.
    await operator.press('enter', '4').sees('batch size 200023', 'y set  Esc back');
    expect(table.rows[0]?.batchSize).toBe(2000);
    await operator
      .press('escape')
      .sees('2,000 now')
      .press('ctrl-u', ...'200', 'enter');
    await operator.sees('200 is 10 times smaller than 2,000: set it all the same?').press('y');
    await operator.seesToast('batch size of operation 1: 2,000 to 200  (u undoes it)');
    expect(table.rows[0]?.batchSize).toBe(200);
    await operator.press('b', 'ctrl-u', ...'1999', 'enter').seesToast('batch size of operation 1: 200 to 1,999');
  });

  it('leaves a row that is paused among those that P resumes, also if it is undone', async () => {
    const table = fakeTable([sized(1), sized(2)]);
    const operator = await open(table);
    await operator.press('P').seesToast('paused: 2 operations');
    await operator
      .focus('operations')
      .press('b', 'ctrl-u', ...'250', 'enter')
      .seesToast('500 to 250');
    await operator.waits(1).press('u').seesToast('undone');
    await operator.waits(1).press('P').seesToast('resumed: 2 operations');
    expect(statusesOf(table)).toEqual(['1 running', '2 running']);
  });

  it('refuses a size that is none, and says why a row cannot have one', async () => {
    const table = fakeTable([sized(1)]);
    const operator = await open(table);
    await operator.focus('workers').press('b', 'ctrl-u', '0').sees('a batch size is a number from 1 to 1,000,000');
    await operator
      .press('ctrl-u', '5', '0', 'enter')
      .sees('cannot be 50: at least 100 (its records): it has no mark of migtop/worker');
    await operator.press('0').sees('500 now');
    expect(table.rows[0]?.batchSize).toBe(500);
    await operator.press('escape').seesNoDialog();
  });

  it('resizes marked rows of different sizes, each by its own', async () => {
    const table = fakeTable([sized(1), sized(2, { batchSize: 800 }), sized(3, { status: 'failed' })]);
    const operator = await open(table);
    await operator.focus('workers').press('a', 'b').sees('500 to 800 now').press('2', '0', '0', 'enter');
    await operator.seesToast('resized: 2 operations');
    expect(table.rows.map(({ batchSize }) => batchSize)).toEqual([200, 200, 500]);
    expect(table.audit.map(({ action }) => action).sort()).toEqual(['batch size 500 to 200', 'batch size 800 to 200']);
    // `status` names the sizes of none for all.
    const [row] = statusActionRows(statusActions(await table.report(), table.target));
    expect(row).toMatchObject({ action: { action: 'batch size' }, id: '2 ops', result: 'resized 2 operations' });
  });

  it('does not make a paused operation forget what it was paused from', async () => {
    const table = fakeTable([sized(1)]);
    const operator = await open(table);
    await operator
      .focus('workers')
      .press('p')
      .waits(1)
      .press('b', 'ctrl-u', '2', '0', '0', 'enter')
      .waits(1)
      .press('r');
    expect(table.rows[0]).toMatchObject({ status: 'running', batchSize: 200 });
  });
});

describe('a retry of one failure of a kind', () => {
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
  const ended = (table: { rows: Operation[] }, status: Status, errorMessage: string | null): void => {
    table.rows = table.rows.map((row) => (row.id === 4 ? { ...row, status, errorMessage, version: '999999' } : row));
  };

  it('offers the others when it has completed', async () => {
    const table = fakeTable(failures());
    const operator = await open(table);
    await operator.focus('failures').press('R', 'y').seesToast('retrying operation 3 as 4, watching it');
    const kind = 'value … is too long';
    await operator
      .press('1')
      .sees(`${kind} · retry 4 pending for 0.0s`)
      .waits(12)
      .sees(/too long? *….*· retry waits: start a worker|too long · retry waits: start a worker/);
    await operator
      .focus('failures')
      .sees('retry 4 pending for 12s (start a worker): once it completes, R retries', 'Esc shows the kinds');
    await operator
      .press('3')
      .sees(/once it completes, R retries the\s+other 2/)
      .press('enter');
    ended(table, 'completed', null);
    await operator.waits(1).seesToast('retry completed: operation 4 · brackets  (R retries the other 2)');
    // The failure that was retried stays under the cursor.
    await operator.sees('retry 4 completed, 2 left: R retries the other 2', /▸ ⊗ +3 /);
    await operator.press('1').sees(`${kind} · retry 4 completed, 2 left`);
    await operator.focus('failures');
    await operator.press('j', ' ', 'R').sees('a pending operation with the same work is added').press('escape', 'A');
    await operator
      .press('R')
      .sees('2 operations will be retried')
      .press('2', 'enter')
      .seesToast('queued again: 2 operations');
  });

  it('does not offer those that were skipped since', async () => {
    const table = fakeTable(failures());
    const operator = await open(table);
    await operator.focus('failures').press('R', 'y').waits(1);
    ended(table, 'completed', null);
    table.rows = table.rows.map((row) => (row.id === 1 ? { ...row, status: 'skipped', version: '999998' } : row));
    await operator.waits(2).press('3').sees('retry 4 completed, 1 left: R retries the other');
  });

  it('names the kind on which the rest is retried, where the cursor is on another one', async () => {
    const other = operation({ id: 0, status: 'failed', errorMessage: 'disk full', workerId: null });
    const table = fakeTable([...failures(), other]);
    const operator = await open(table);
    await operator.focus('failures').press('R', 'y').seesToast('retrying operation 3 as 4, watching it');
    await operator.press('escape', 'G').sees(/▸.*disk full/);
    ended(table, 'completed', null);
    await operator.waits(1).seesToast('(R on "value … is too long" retries the other 2)');
  });

  it('offers the others on rows of their kind, and in its list, only', async () => {
    const table = fakeTable([...failures(), operation({ id: 0, status: 'running' })]);
    const operator = await open(table);
    await operator
      .focus('failures')
      .press('R', 'y')
      .seesToast('retrying operation 3 as 4, watching it')
      .press('escape');
    ended(table, 'completed', null);
    await operator.press('1').focus('workers').waits(1);
    await operator.seesToast('operation 4 · brackets  (R on "value … is too long" in Failures retries the other 2)');
    expect(whyNoRetry(operator.state())?.text).toBe('cannot retry a running operation');
    await operator.press('R').seesToast('cannot retry a running operation');
    await operator.focus('failures').press('R').sees('2 operations will be retried');
    await operator.press('escape', 'escape', '/', ...'nothing', 'enter');
    expect(whyNoRetry(operator.state())?.text).toBe('cannot retry: no operation selected');
  });

  it('keeps the place and the name of its kind while the cursor is on that', async () => {
    const other = failures().map((row) => ({ ...row, id: row.id + 10, errorMessage: `no room ${row.id}` }));
    const table = fakeTable([...failures(), ...other.map((row) => ({ ...row, completedAt: takenAt - 9 }))]);
    const operator = await open(table);
    await operator.press('3').sees(/▸ +3 +3 +no room[\s\S]* 3 +3 +value/);
    await operator.press('R', '1', 'enter').seesToast(/retrying operation \d+ as \d+, watching it/);
    table.rows = table.rows.map((row) => (row.operation.startsWith('retry') ? { ...row, status: 'completed' } : row));
    await operator.waits(2).sees(/▸ +2 +3 +no room … · retry \d+ completed[\s\S]* 3 +3 +value/);
    // Without the cursor it has the place of its number.
    await operator
      .press('j')
      .waits(1)
      .sees(/▸ +3 +3 +value[\s\S]* 2 +3 +no room/);
  });

  it('names in the dialog the watched retry that is at work', async () => {
    const table = fakeTable(failures());
    const operator = await open(table);
    await operator.focus('failures').press('R', 'y').seesToast('retrying operation 3 as 4, watching it');
    const startedAt = takenAt;
    table.rows = table.rows.map((row) =>
      row.id === 4 ? { ...row, status: 'running', startedAt, version: '99' } : row,
    );
    await operator
      .waits(5)
      .press('j', 'R')
      .sees(/watched +retry 4 running for 5\.0s: it has not shown yet whether a\s+retry helps/);
  });

  it('says of a paused one not for how long: it was paused later than it was added', async () => {
    const table = fakeTable(failures());
    const operator = await open(table);
    await operator.focus('failures').press('R', 'y').seesToast('retrying operation 3 as 4, watching it');
    await operator.waits(20);
    table.rows = table.rows.map((row) => (row.id === 4 ? { ...row, status: 'paused', version: '99' } : row));
    await operator.waits(2).sees(/retry 4 paused(?! for)/);
  });

  it('ends with its undo, which says so itself, and with a skip by somebody else', async () => {
    const table = fakeTable(failures());
    const operator = await open(table);
    await operator.focus('failures').press('R', 'y').seesToast('retrying operation 3 as 4, watching it');
    await operator
      .press('u')
      .seesToast('undone: operation 4 · brackets')
      .waits(3)
      .seesToast('undone: operation 4 · brackets');
    expect(operator.state().acting.canary).toBeNull();
    const other = fakeTable(failures());
    const second = await open(other);
    await second.focus('failures').press('R', 'y').seesToast('retrying operation 3 as 4, watching it');
    ended(other, 'skipped', null);
    await second.waits(1).seesToast('retry skipped: operation 4 · brackets');
  });

  it('is watched whatever is closed, opened or done meanwhile, and its end is reported', async () => {
    const table = fakeTable([...failures(), operation({ id: 9, status: 'failed', errorMessage: 'no room' })]);
    const operator = await open(table);
    await operator.focus('failures');
    await operator.press('R', 'y').seesToast('retrying operation 3 as 10, watching it');
    await operator.press('escape', 'escape', 'escape').sees('once it completes, R retries the other 2');
    // The skip of another failure ends no watch.
    await operator
      .press('4', '5', '/', ...'id:9', 'enter')
      .waits(1)
      .press('s', 'y')
      .waits(1);
    await operator.press('escape', '6');
    table.rows = table.rows.map((row) => (row.id === 10 ? { ...row, status: 'completed', version: '999999' } : row));
    await operator.waits(1).seesToast('retry completed: operation 10');
  });

  it('ends when it is deleted', async () => {
    const table = fakeTable(failures());
    const operator = await open(table);
    await operator.focus('failures').press('R', 'y').seesToast('retrying operation 3 as 4, watching it');
    await operator.sees('once it completes, R retries', 'undo retry as 4');
    table.rows = table.rows.filter(({ id }) => id !== 4);
    await operator.waits(1).seesToast('retry 4 is no longer in the table');
    // Nothing is left to undo.
    await operator.sees(/^(?![\s\S]*undo retry)/);
    await operator.press('u').seesToast('cannot undo the retry as operation 4: it is no longer in the table');
    expect(operator.state().acting.canary).toBeNull();
    await operator.sees(/^(?![\s\S]*once it completes)/);
    await operator.press('j', 'R').sees('Retry', /^(?![\s\S]*has not shown yet)/);
  });

  it('says which retry it watches no more, where another one is watched', async () => {
    const table = fakeTable(failures());
    const operator = await open(table);
    await operator.focus('failures').press('R', 'y').seesToast('retrying operation 3 as 4, watching it');
    await operator.press('j', 'R', 'y').seesToast('retrying operation 2 as 5, watching it and not 4');
  });

  it('still reports its end after the others were retried too, and offers nothing then', async () => {
    const table = fakeTable(failures());
    const operator = await open(table);
    await operator.focus('failures').press('R', 'y').seesToast('retrying operation 3 as 4, watching it');
    await operator.press('escape', 'R', '2', 'enter').waits(1);
    ended(table, 'completed', null);
    await operator.waits(1).seesToast(/^retry completed: operation 4 · brackets$/);
    expect(operator.state().acting.canary).toBeNull();
  });

  it('says that it has failed again, and offers nothing', async () => {
    const table = fakeTable(failures());
    const operator = await open(table);
    await operator.focus('failures').press('R', 'y');
    ended(table, 'failed', 'value 3 is too long');
    await operator.waits(1).seesToast('retry failed: operation 4: value 3 is too long');
    expect(operator.state().acting.canary).toBeNull();
  });
});

describe('a skip of many', () => {
  it('shows what it costs, added up', async () => {
    const table = fakeTable([
      operation({ id: 1, status: 'failed', errorMessage: 'no' }),
      operation({ id: 2, status: 'failed', errorMessage: 'no', recordsProcessed: 100 }),
      operation({ id: 3, status: 'running' }),
      operation({ id: 4, status: 'completed', phase: 'validation' }),
    ]);
    const operator = await open(table, { window: { columns: 100, rows: 30 } });
    await operator
      .focus('tables')
      .press('s')
      .sees(
        /records +1,500 will not be migrated by them/,
        // As Tables shows it: it has checked a part of the records.
        'has completed for this table, but its result is not valid now either',
        '1 in this table is open',
      );
  });

  it('leaves out failures whose records a later attempt has migrated, also in its cost and its command line', async () => {
    const failed = { status: 'failed', errorMessage: 'no' } as const;
    const table = fakeTable([
      operation({ id: 1, ...failed }),
      operation({ id: 2, status: 'completed' }),
      operation({ id: 3, ...failed }),
    ]);
    table.resolved.set(1, 2);
    const operator = await open(table, { window: { columns: 180, rows: 30 } });
    await operator.focus('tables').press('s');
    await operator.sees(
      'operation 3 will be skipped. 1 will not: it is resolved by operation 2',
      /records +600 will not be migrated by it/,
      "--where 'table:=brackets status:pending,paused,failed -is:resolved'",
    );
    await operator.press('escape', '5').waits(1).press('a', 's');
    await operator.sees('600 will not be migrated', /command +migtop skip 3 /);
    await operator.press('escape', 'A', 'G', 's').seesToast('cannot skip: resolved by operation 2');
    table.resolved.set(3, 4);
    await operator.waits(1).press('4', 's');
    await operator.seesToast('cannot skip table brackets: 2 are resolved by later attempts');
    expect(table.audit).toEqual([]);
  });

  it('says of validations what they will not check', async () => {
    const table = fakeTable(rows('pending', 'pending').map((row) => ({ ...row, phase: 'validation' as const })));
    const operator = await open(table, { window: { columns: 120, rows: 30 } });
    await operator
      .focus('operations')
      .press('a', 's')
      .sees('2 are validations: what they check stays unproven', /^(?![\s\S]*will not be)/);
  });
});

describe('e after an action on many', () => {
  it('adds the reason to each of its rows', async () => {
    const table = fakeTable(rows('running', 'running', 'pending'));
    const operator = await open(table);
    await operator.focus('workers').press('a', 'p').waits(1);
    await operator
      .press('e')
      .sees('the reason of this pause: 2 marked operations')
      .press(...'replica lag', 'enter');
    await operator.seesToast('recorded why: the pause of 2 marked operations: replica lag');
    expect((await table.activity()).map(({ action, reason }) => [action, reason])).toEqual([
      ['pause', 'replica lag'],
      ['pause', 'replica lag'],
    ]);
  });
});

describe('what a colleague has paused', () => {
  it('is resumed with by:, a and r, and nothing else; P takes back only its own', async () => {
    const table = fakeTable(rows('paused', 'paused', 'paused', 'running'));
    const by = (operationId: number, osUser: string) =>
      auditEntry({ at: table.takenAt - 60, databaseRole: osUser, osUser, operationId });
    table.audit = [by(1, 'ops2'), by(2, 'ana'), by(3, 'ops2')];
    const operator = await open(table);
    await operator.press('5', '/', ...'by:ops2', 'enter').waits(2);
    await operator.press('a').sees('2 marked').press('r').seesToast('resumed: 2 operations');
    expect(statusesOf(table)).toEqual(['1 running', '2 paused', '3 running', '4 running']);
    // Another session lists the two from the audit.
    const other = await open(table);
    await other
      .press('6')
      .waits(1)
      .press('v')
      .sees('resumed 2 of 2: 2 operations by ana@bastion')
      .press('escape')
      .sees(/resume +2 ops .*resumed 2[\s\S]*resumed 2 operations/)
      .press('enter')
      .sees('resumed 2 of 2: 2 operations by ana@bastion')
      .press('escape');
    // A row about one operation acts on it.
    await other.press('G', 'p').seesToast(/^paused: operation 3 · cases/);
    await other.press('r').seesToast(/^resumed: operation 3 · cases/);
    await operator.press('/', 'ctrl-u', 'enter').waits(1);
    await operator.press('P').seesToast('paused: 3 operations').waits(1).press('P').seesToast('resumed: 3 operations');
    expect(statusesOf(table)).toEqual(['1 running', '2 paused', '3 running', '4 running']);
  });
});

describe('the operations of a filter', () => {
  it.each([
    [100_000, 100_000, true],
    [100_001, 100_000, false],
  ])('of %i are %i, all of them: %s', async (rows, read, isWhole) => {
    const one = operation({});
    const page = async ({ from, limit }: { from: number | null; limit: number }) =>
      Array.from({ length: Math.min(limit, from ?? rows) }, (_, index) => ({ ...one, id: (from ?? rows) - index }));
    const found = await readMembers({ page }, { terms: [] }, () => {}, new AbortController().signal);
    expect([found.operations.length, found.isWhole]).toEqual([read, isWhole]);
  });
});
