import { describe, expect, it } from 'vitest';
import type { Settled } from '../../source/database/settle.ts';
import type { Operation, Status } from '../../source/domain/operation.ts';
import { type FakeTable, fakeTable } from '../support/fake-table.ts';
import { operation } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const open = monitorsUnderTest();

function rows(...statuses: readonly Status[]): Operation[] {
  return statuses.map((status, index) => operation({ id: index + 1, status, workerId: index + 1 }));
}

const statusesOf = (table: { rows: readonly Operation[] }) => table.rows.map(({ id, status }) => `${id} ${status}`);

/** The next writes: those of the first operations are made, those of the others have no answer. */
function loses(table: FakeTable, ...ids: readonly number[]): void {
  const unknown = { kind: 'unknown', reason: 'Connection terminated' } as const;
  const act = table.act;
  table.act = async (transition, intent, onWaiting) => {
    if (ids.includes(transition.id)) table.outcomes.push(unknown);
    return act(transition, intent, onWaiting);
  };
  lost.set(table, () => {
    table.act = act;
  });
}

const lost = new WeakMap<FakeTable, () => void>();

/** The connection is back: what is found out of the operations whose outcome was not known. */
function finds(table: FakeTable, result: Settled['result'], ...ids: readonly number[]): void {
  lost.get(table)?.();
  for (const id of ids) {
    const entry = table.audit.find((one) => one.operationId === id && one.outcome === 'unknown');
    if (entry === undefined) throw new Error(`no action on ${id} has an unknown outcome`);
    const [from, to] = [entry.fromStatus as Status, entry.toStatus as Status];
    if (result === 'applied') table.rows = table.rows.map((row) => (row.id === id ? { ...row, status: to } : row));
    const row = table.rows.find((one) => one.id === id);
    table.settled.push({
      action: {
        entry: { ...entry, key: entry.key ?? '' },
        transition: { id, from, to, completedAt: 'keep', version: null, identity: row?.identity ?? null },
        seenVersion: null,
        transaction: null,
        isPossible: true,
        validUntil: null,
        lostMs: 0,
      },
      result,
      status: row?.status ?? null,
      version: row?.version ?? null,
      at: table.takenAt,
    });
  }
}

describe('an undo of many during which the connection was lost', () => {
  it('is offered again for the operations that it did not change after all', async () => {
    const table = fakeTable(rows('running', 'pending', 'running', 'running'));
    const operator = await open(table);
    await operator.press('P').seesToast('paused: 4 operations');
    loses(table, 2, 3);
    await operator
      .waits(1)
      .press('u')
      .seesToast('undone: 2 of 4 operations (2 not known: the connection was lost)')
      .seesToast('(u undoes the rest)');
    finds(table, 'not applied', 2, 3);
    await operator.waits(1).seesToast('the undo of 2 operations was not applied  (u undoes the rest)').sees('u undo');
    expect(statusesOf(table)).toEqual(['1 running', '2 paused', '3 paused', '4 running']);
    await operator.press('u').seesToast('undone: 2 operations');
    expect(statusesOf(table)).toEqual(['1 running', '2 pending', '3 running', '4 running']);
    await operator.waits(1).press('u').seesToast('nothing to undo');
    // Nothing is left that P would resume.
    await operator.waits(1).press('P').seesToast('paused: 4 operations');
  });

  it('is over for the operations that it changed after all', async () => {
    const table = fakeTable(rows('running', 'pending', 'running'));
    const operator = await open(table);
    await operator.press('P').seesToast('paused: 3 operations');
    loses(table, 2, 3);
    await operator.waits(1).press('u');
    finds(table, 'applied', 2);
    finds(table, 'not applied', 3);
    await operator.waits(1).seesToast('the undo of 2 operations: 1 applied, 1 not applied  (u undoes the rest)');
    await operator
      .press('u')
      .seesToast(/^undone: operation \d+ · brackets/)
      .waits(1)
      .press('u')
      .seesToast('nothing to undo');
    expect(statusesOf(table)).toEqual(['1 running', '2 pending', '3 running']);
  });

  it('looks up what it has done before a second one, and does not blame another session for it', async () => {
    const table = fakeTable(rows('running', 'pending', 'running'));
    const operator = await open(table);
    await operator.press('P').seesToast('paused: 3 operations');
    loses(table, 2, 3);
    await operator.waits(1).press('u');
    finds(table, 'applied', 2);
    finds(table, 'not applied', 3);
    await operator.press('u').seesToast(/^undone: operation \d+ · brackets/);
    expect(statusesOf(table)).toEqual(['1 running', '2 pending', '3 running']);
  });

  it('takes back the action that follows only where that is asked for', async () => {
    const table = fakeTable(rows('running', 'pending', 'failed'));
    const operator = await open(table);
    await operator.press('P').seesToast('paused: 2 operations');
    loses(table, 1, 2);
    await operator.waits(1).press('u');
    finds(table, 'applied', 1, 2);
    // All of it was undone: this u finds that, and undoes nothing else.
    await operator.press('u').seesToast('the undo of 2 operations was applied');
    expect(statusesOf(table)).toEqual(['1 running', '2 pending', '3 failed']);
    await operator.waits(1).press('u').seesToast('nothing to undo');
  });
});

describe('an action on many during which the connection was lost', () => {
  it('is undone as a whole with the operations that it changed after all, and P resumes them too', async () => {
    const table = fakeTable(rows('running', 'pending', 'running', 'running'));
    const operator = await open(table);
    loses(table, 2, 3);
    await operator.press('P').seesToast('paused: 2 of 4 operations (2 not known: the connection was lost)');
    finds(table, 'applied', 2, 3);
    await operator.waits(1).seesToast('the pause of 2 operations was applied  (u undoes it)');
    await operator.press('e', ...'lag', 'enter').seesToast('recorded why');
    const told = table.audit.filter(({ action }) => action === 'reason').map(({ operationId }) => operationId);
    expect(told.toSorted()).toEqual([1, 2, 3, 4]);
    await operator.press('P').seesToast('resumed: 4 operations');
    expect(statusesOf(table)).toEqual(['1 running', '2 pending', '3 running', '4 running']);
    await operator.waits(1).press('u').seesToast('undone: 4 operations');
    await operator.waits(1).press('u').waits(1).press('y').seesToast('undone: 4 operations');
    expect(statusesOf(table)).toEqual(['1 running', '2 pending', '3 running', '4 running']);
    await operator.waits(1).press('u').seesToast('nothing to undo');
  });

  it('says how many it did not change, and what u undoes', async () => {
    const table = fakeTable(rows('running', 'pending', 'running', 'running'));
    const operator = await open(table);
    loses(table, 2, 3);
    await operator.press('P');
    finds(table, 'not applied', 2, 3);
    await operator.waits(1).seesToast('the pause of 2 operations was not applied  (u undoes the other 2)');
    await operator.press('v').sees('not applied: the connection was lost').press('escape');
    await operator.waits(1).press('u').seesToast('undone: 2 operations');
    expect(statusesOf(table)).toEqual(['1 running', '2 pending', '3 running', '4 running']);
  });

  it('offers the undo of a skip or a retry only of what it knows', async () => {
    const table = fakeTable(rows('failed', 'failed', 'failed'));
    const operator = await open(table);
    await operator.focus('operations').press('a', 's');
    loses(table, 2);
    await operator.press('3').press('enter').seesToast('skipped: 2 of 3 operations');
    finds(table, 'applied', 2);
    const [settled] = table.settled;
    if (settled !== undefined)
      table.settled[0] = {
        ...settled,
        action: { ...settled.action, transition: { ...settled.action.transition, completedAt: 'set' } },
      };
    await operator.waits(1).seesToast('the skip of operation 2 was applied');
    await operator.press('u').seesToast('undone: 2 operations');
    expect(statusesOf(table)).toEqual(['1 failed', '2 skipped', '3 failed']);
  });
});

it('the undo of one operation that was applied after all is not offered again', async () => {
  const table = fakeTable(rows('running', 'running'));
  const operator = await open(table);
  await operator.focus('operations').press('p').waits(1);
  const id = table.audit[0]?.operationId ?? 0;
  loses(table, id);
  await operator.press('u').seesToast('the undo may have been applied');
  finds(table, 'applied', id);
  await operator.waits(1).seesToast('the undo was applied').waits(1).press('u').seesToast('nothing to undo');
});
