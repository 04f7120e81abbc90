import { describe, expect, it, vi } from 'vitest';
import type { Transition } from '../../source/domain/transitions.ts';
import { type FakeTable, fakeTable, lostConnection } from '../support/fake-table.ts';
import { auditEntry, nowMs, operation } from '../support/fixtures.ts';
import { flush, monitorsUnderTest, second } from '../support/operator.ts';

const watching = monitorsUnderTest();

function moves(table: FakeTable): readonly Transition[] {
  return table.asked.filter(({ question }) => question === 'act').map(({ argument }) => argument as Transition);
}

describe('an action', () => {
  it('pauses at once, polls at once, and names the key that undoes it', async () => {
    const table = fakeTable([operation({ id: 4, tableName: 'cases' })]);
    const { monitor, state } = await watching(table);
    monitor.press(['p']);
    await flush();
    expect(moves(table)).toEqual([
      { id: 4, from: 'running', to: 'paused', completedAt: 'keep', version: null, identity: operation().identity },
    ]);
    expect(state().toast).toMatchObject({ tone: 'good', text: 'paused: operation 4 · cases  (u undoes it)' });
    expect(table.count('poll')).toBe(2);
    expect(state().latest?.snapshot.operations[0]?.status).toBe('paused');
  });

  it('is not shown as overwritten because of a poll that was answered before its commit and arrives after it', async () => {
    const table = fakeTable([operation({ id: 4, tableName: 'cases' })]);
    const { monitor, state } = await watching(table);
    const before = table.rows;
    const polls = table.hold('poll');
    await second(table);
    await vi.advanceTimersByTimeAsync(1);
    monitor.press(['p']);
    await flush();
    const paused = table.rows;
    table.rows = before;
    // The action was dated before the poll, and committed after it.
    table.takenAt += 0.01;
    polls.release();
    await flush();
    expect(state().latest?.snapshot.operations[0]?.status).toBe('running');
    expect(state().toast?.text).toBe('paused: operation 4 · cases  (u undoes it)');
    table.rows = paused;
    polls.end();
    await second(table);
    expect(state().latest?.snapshot.operations[0]?.status).toBe('paused');
    expect(state().trackedActions.map(({ result: { kind } }) => kind)).toEqual(['requested']);
  });

  it('does not call an operation stopped before a usual batch of it has passed', async () => {
    // 400 records of a batch of 1,000 took a minute.
    const table = fakeTable([operation({ id: 4, tableName: 'cases' })]);
    const { monitor, state } = await watching(table);
    monitor.press(['p']);
    await flush();
    const kind = () => state().trackedActions.at(-1)?.result.kind;
    for (let seconds = 0; seconds < 60; seconds++) await second(table);
    expect(kind()).toBe('requested');
    for (let seconds = 0; seconds < 20; seconds++) await second(table);
    expect(kind()).toBe('acknowledged');
  });

  it('does not call an operation stopped while its session still waits for a lock', async () => {
    const table = fakeTable([operation({ id: 4, tableName: 'cases' })]);
    const session = { operationId: 4, workerId: 1, paused: false, run: '-', pid: 42, blockedBy: [17391] };
    table.sessions = [session];
    const { monitor, state } = await watching(table);
    monitor.press(['p']);
    await flush();
    // Another session of the worker has the pause in its name.
    table.sessions = [session, { ...session, pid: 43, paused: true, blockedBy: [] }];
    const kind = () => state().trackedActions.at(-1)?.result.kind;
    for (let seconds = 0; seconds < 80; seconds++) await second(table);
    expect(kind()).toBe('requested');
    table.sessions = [{ ...session, paused: true, blockedBy: [] }];
    await second(table);
    expect(kind()).toBe('acknowledged');
  });

  it('resumes a started operation to running, and another one to pending', async () => {
    const table = fakeTable([
      operation({ id: 1, status: 'paused' }),
      operation({ id: 2, status: 'paused', startedAt: null, workerId: null }),
    ]);
    const { monitor, state } = await watching(table);
    monitor.press(['r']);
    await flush();
    monitor.press(['j', 'r']);
    await flush();
    expect(moves(table).map(({ id, to }) => [id, to])).toEqual([
      [1, 'running'],
      [2, 'pending'],
    ]);
    expect(state().toast?.text).toBe('resumed: operation 2 · brackets  (u undoes it)');
  });

  it('resumes to pending what was paused while pending, although the row has an earlier start', async () => {
    const table = fakeTable([operation({ id: 4, status: 'pending', startedAt: 5, workerId: 3 })]);
    const { monitor } = await watching(table);
    monitor.press(['5']);
    await flush();
    monitor.press(['p']);
    await flush();
    monitor.press(['r']);
    await flush();
    expect(moves(table).map(({ from, to }) => [from, to])).toEqual([
      ['pending', 'paused'],
      ['paused', 'pending'],
    ]);
  });

  it('resumes to pending what another session paused while pending, as the audit records', async () => {
    const table = fakeTable([4, 5].map((id) => operation({ id, status: 'paused', startedAt: 5, workerId: 3 })));
    const paused = {
      key: null,
      at: nowMs / 1000,
      databaseRole: 'dba',
      osUser: 'ann',
      host: 'desk',
      client: 'migtop',
      action: 'pause',
      fromStatus: 'pending',
      toStatus: 'paused',
      reason: null,
      outcome: 'applied',
    };
    table.audit = [
      { ...paused, operationId: 5, action: 'resume', fromStatus: 'paused', toStatus: 'running' },
      { ...paused, operationId: 4, outcome: 'stale' },
      { ...paused, operationId: 4 },
      { ...paused, operationId: 5 },
    ];
    const { monitor } = await watching(table);
    monitor.press(['6', '2']);
    await flush();
    monitor.press(['r']);
    await flush();
    monitor.press(['j', 'r']);
    await flush();
    expect(moves(table).map(({ id, to }) => [id, to])).toEqual([
      [4, 'pending'],
      [5, 'running'],
    ]);
  });

  it('is refused with the reason, and sends nothing to the database', async () => {
    const table = fakeTable([operation({ id: 1 }), operation({ id: 2, status: 'paused', workerId: 2 })]);
    const { monitor, state } = await watching(table);
    const answers: string[] = [];
    for (const key of ['r', 's', 'u', 'j', 'p']) {
      monitor.press([key]);
      answers.push(state().toast?.text ?? '');
    }
    expect(answers).toEqual([
      'cannot resume: already running',
      'cannot skip: pause it first',
      'nothing to undo',
      // The cursor is on another row.
      '',
      'cannot pause: already paused',
    ]);
    expect(moves(table)).toEqual([]);
  });

  it('waits for the previous one: a held p does not write twice', async () => {
    const table = fakeTable([operation({ id: 4 })]);
    const { monitor, state } = await watching(table);
    const held = table.hold('act');
    monitor.press(['p', 'p', 'p']);
    await flush();
    expect(held.waiting).toBe(1);
    expect(state().toast).toBeNull();
    // Another action is refused until then, with the reason.
    monitor.press(['u']);
    held.end();
    await flush();
    expect(moves(table)).toHaveLength(1);
    expect(state().writing).toBe(0);
  });

  it('runs once when its key is pressed twice within a moment, however fast the database is', async () => {
    const table = fakeTable([operation({ id: 4, tableName: 'cases' }), operation({ id: 5, workerId: 2 })]);
    const { monitor, state } = await watching(table);
    monitor.press(['p']);
    await flush();
    await vi.advanceTimersByTimeAsync(300);
    monitor.press(['p']);
    await flush();
    expect(state().toast?.text).toBe('paused: operation 4 · cases  (u undoes it)');
    // Another operation is another press, and so is the same key later.
    monitor.press(['j', 'p']);
    await flush();
    expect(moves(table).map(({ id }) => id)).toEqual([4, 5]);
    await vi.advanceTimersByTimeAsync(700);
    monitor.press(['p']);
    expect(state().toast?.text).toBe('cannot pause: already paused');
  });

  it('is known to the next key before a poll has seen it', async () => {
    const table = fakeTable([operation({ id: 4, tableName: 'cases' })]);
    const { monitor, state } = await watching(table);
    const held = table.hold('poll');
    table.takenAt += 1;
    monitor.press(['p']);
    await flush();
    expect(state().latest?.snapshot.operations[0]?.status).toBe('running');
    await vi.advanceTimersByTimeAsync(700);
    monitor.press(['p']);
    expect(state().toast?.text).toBe('cannot pause: already paused');
    monitor.press(['r']);
    await flush();
    expect(moves(table).map(({ from, to }) => [from, to])).toEqual([
      ['running', 'paused'],
      ['paused', 'running'],
    ]);
    expect(state().toast?.text).toBe('resumed: operation 4 · cases  (u undoes it)');
    held.end();
  });

  it('is known on a frozen display too', async () => {
    const table = fakeTable([operation({ id: 4 })]);
    const { monitor, state } = await watching(table);
    monitor.press(['z']);
    table.takenAt += 1;
    monitor.press(['p']);
    await flush();
    await vi.advanceTimersByTimeAsync(1000);
    monitor.press(['p']);
    expect(state().toast?.text).toBe('cannot pause: already paused');
  });

  it('may be tried again at once if it was not applied', async () => {
    const table = fakeTable([operation({ id: 4 })]);
    const { monitor } = await watching(table);
    table.outcomes.push({ kind: 'locked', pid: 411, application: null });
    monitor.press(['p']);
    await flush();
    monitor.press(['p']);
    await flush();
    expect(moves(table)).toHaveLength(2);
    expect(table.rows[0]?.status).toBe('paused');
  });

  it('shows its outcome, whatever that is', async () => {
    const table = fakeTable([operation({ id: 4, tableName: 'cases' })]);
    const { monitor, state } = await watching(table);
    const told: [string | undefined, string | undefined][] = [];
    for (const outcome of [
      { kind: 'stale', actual: 'completed' },
      { kind: 'gone' },
      { kind: 'locked', pid: null, application: null },
      { kind: 'locked', pid: 411, application: null },
      { kind: 'locked', pid: 411, application: 'worker-2' },
      { kind: 'locked', pid: 0, application: null },
      { kind: 'refused', reason: 'a trigger says no' },
      { kind: 'changed', now: 'execution payments copy' },
      { kind: 'not sent', reason: 'No PostgreSQL answers' },
      new Error('The audit cannot be written'),
      { kind: 'unknown', reason: 'Connection terminated' },
    ] as const) {
      table.outcomes.push(outcome);
      monitor.press(['p']);
      await flush();
      told.push([state().toast?.tone, state().toast?.text]);
      expect([state().undoable, state().writing]).toEqual([null, 0]);
    }
    expect(told).toEqual([
      ['bad', 'cannot pause operation 4 · cases: another session changed it to completed'],
      ['bad', 'cannot pause operation 4 · cases: no longer in the table'],
      ['bad', 'not paused, another transaction holds its row: operation 4 · cases. Try again'],
      ['bad', 'not paused, pid 411 holds its row: operation 4 · cases. Try again'],
      ['bad', 'not paused, pid 411 worker-2 holds its row: operation 4 · cases. Try again'],
      [
        'bad',
        'not paused, a prepared transaction holds its row: operation 4 · cases. End that first (pg_prepared_xacts)',
      ],
      ['bad', 'cannot pause operation 4 · cases: a trigger says no'],
      ['bad', 'cannot pause operation 4 · cases: this id is another operation now (execution payments copy)'],
      ['bad', 'cannot pause operation 4 · cases: nothing was sent. No PostgreSQL answers'],
      ['bad', 'cannot pause operation 4 · cases: The audit cannot be written'],
      ['bad', 'connection lost: the pause may have been applied: operation 4 · cases. Connection terminated'],
    ]);
    // After every outcome the operator wants to see the current row.
    expect(table.count('poll')).toBe(12);
  });

  it('keeps showing that its outcome is unknown while the connection is lost, and when it is back', async () => {
    const table = fakeTable([operation({ id: 4 })]);
    const { monitor, state } = await watching(table);
    const held = table.hold('act');
    table.outcomes.push({ kind: 'unknown', reason: 'Connection terminated' });
    monitor.press(['p']);
    await flush();
    held.end();
    await flush();
    table.gone = lostConnection;
    await vi.advanceTimersByTimeAsync(2000);
    expect(state().connection.kind).toBe('lost');
    expect(state().toast?.text).toContain('the pause may have been applied');
    table.gone = null;
    await vi.advanceTimersByTimeAsync(3000);
    expect(state().connection.kind).toBe('live');
    expect(state().toast?.text).toContain('the pause may have been applied');
  });

  it('acts from the detail on the operation that is open there', async () => {
    const table = fakeTable([operation({ id: 1 }), operation({ id: 2, workerId: 2 })]);
    const { monitor } = await watching(table);
    monitor.press(['j', 'enter']);
    await flush();
    table.rows = [operation({ id: 0, workerId: 0 }), ...table.rows];
    await vi.advanceTimersByTimeAsync(1000);
    monitor.press(['p']);
    await flush();
    expect(moves(table).map(({ id }) => id)).toEqual([2]);
    expect(table.count('detail')).toBeGreaterThan(1);
  });

  it('does nothing from a detail that has not been read yet', async () => {
    const table = fakeTable([operation({ id: 1 })]);
    const { monitor, state } = await watching(table);
    const held = table.hold('detail');
    monitor.press(['enter', 'p']);
    await flush();
    expect(state().toast?.text).toBe('cannot pause: no operation selected');
    held.end();
    expect(moves(table)).toEqual([]);
  });
});

describe('undo', () => {
  it('restores the old status', async () => {
    const table = fakeTable([operation({ id: 4, tableName: 'cases' })]);
    const { monitor, state } = await watching(table);
    monitor.press(['p']);
    await flush();
    monitor.press(['u']);
    await flush();
    expect(moves(table)[1]).toEqual({
      id: 4,
      from: 'paused',
      to: 'running',
      completedAt: 'keep',
      version: null,
      identity: operation().identity,
    });
    expect(state().toast).toMatchObject({ tone: 'good', text: 'undone: operation 4 is running again' });
    expect(table.rows[0]?.status).toBe('running');
  });

  it('clears the timestamp that a skip set, and keeps an earlier one', async () => {
    for (const [completedAt, expected] of [
      [null, 'clear'],
      [1000, 'keep'],
    ] as const) {
      const table = fakeTable([operation({ id: 4, status: 'paused', completedAt })]);
      const { monitor } = await watching(table);
      monitor.press(['s']);
      monitor.press(['y']);
      await flush();
      expect(table.rows[0]?.status).toBe('skipped');
      monitor.press(['u']);
      await flush();
      expect(moves(table)[1]).toMatchObject({ from: 'skipped', to: 'paused', completedAt: expected });
      expect(table.rows[0]).toMatchObject({ status: 'paused', completedAt });
    }
  });

  it('is offered once: a second u undoes nothing, and reports that', async () => {
    const table = fakeTable([operation({ id: 4 })]);
    const { monitor, state } = await watching(table);
    monitor.press(['p']);
    await flush();
    monitor.press(['u']);
    await flush();
    monitor.press(['u']);
    await flush();
    expect(state().toast?.text).toBe('nothing to undo');
    expect(moves(table)).toHaveLength(2);
  });

  it('changes nothing if a worker has changed the row since, and is not offered again', async () => {
    const table = fakeTable([operation({ id: 4, tableName: 'cases' })]);
    const { monitor, state } = await watching(table);
    monitor.press(['p']);
    await flush();
    table.rows = table.rows.map((row) => ({ ...row, status: 'running', version: '999999' }));
    monitor.press(['u']);
    await flush();
    expect(state().toast).toMatchObject({ tone: 'info' });
    expect(state().toast?.text).toBe(
      'the pause of operation 4 · cases is no longer asked for: worker 1 changed it to running',
    );
    expect(state().undoable).toBeNull();
  });

  it('takes a resume back although the worker has reported since', async () => {
    const table = fakeTable([operation({ id: 4, status: 'paused', tableName: 'cases' })]);
    const { monitor, state } = await watching(table);
    monitor.press(['r']);
    await flush();
    table.rows = table.rows.map((row) => ({ ...row, recordsProcessed: 450, version: '999999' }));
    await second(table);
    monitor.press(['u']);
    await flush();
    expect(state().toast?.text).toBe('undone: operation 4 is paused again');
    expect(table.rows[0]?.status).toBe('paused');
  });

  it('changes nothing if another operator has acted since, although the status is the same, and names the operator', async () => {
    const table = fakeTable([operation({ id: 4, tableName: 'cases' })]);
    const { monitor, state } = await watching(table);
    monitor.press(['p']);
    await flush();
    const ops2 = { databaseRole: 'ops2', osUser: 'ops2', host: 'bastion', operationId: 4 };
    table.audit = [auditEntry({ ...ops2, fromStatus: 'running', toStatus: 'paused' })];
    monitor.press(['u']);
    await flush();
    expect(moves(table)).toHaveLength(1);
    expect(state().toast?.text).toBe(
      'cannot undo the pause of operation 4 · cases: ops2@bastion has acted on it since',
    );
    expect(state().undoable).toBeNull();
  });

  it('does not let an operation run that was put back into the queue and paused again since', async () => {
    const table = fakeTable([operation({ id: 4, tableName: 'cases' })]);
    const { monitor, state } = await watching(table);
    monitor.press(['p']);
    await flush();
    table.rows = table.rows.map((row) => ({ ...row, startedAt: null, workerId: null, version: '999999' }));
    await second(table);
    monitor.press(['u']);
    await flush();
    expect(moves(table)).toHaveLength(1);
    expect(state().toast?.text).toContain('it was put back into the queue since');
  });

  it('names the operator who has changed the status', async () => {
    const table = fakeTable([operation({ id: 4, tableName: 'cases' })]);
    const { monitor, state } = await watching(table);
    monitor.press(['p']);
    await flush();
    table.rows = table.rows.map((row) => ({ ...row, status: 'skipped', version: '999999' }));
    const ops2 = { databaseRole: 'ops2', osUser: 'ops2', host: 'bastion', operationId: 4 };
    table.audit = [auditEntry({ ...ops2, action: 'skip', fromStatus: 'paused', toStatus: 'skipped' })];
    monitor.press(['u']);
    await flush();
    expect(state().toast?.text).toBe(
      'cannot undo the pause of operation 4 · cases: ops2@bastion changed it to skipped',
    );
  });

  it('leaves no mark of a pause that a worker has overwritten', async () => {
    const table = fakeTable([operation({ id: 4, tableName: 'cases' })]);
    const { monitor, state } = await watching(table);
    monitor.press(['p']);
    await flush();
    table.rows = table.rows.map((row) => ({ ...row, status: 'running', version: '999999' }));
    await second(table);
    expect(state().trackedActions.map(({ result }) => result.kind)).toEqual(['overwritten']);
    monitor.press(['u']);
    await flush();
    expect(state().trackedActions.map(({ result }) => result.kind)).toEqual(['superseded']);
  });

  it('is still offered if the row was only locked', async () => {
    const table = fakeTable([operation({ id: 4 })]);
    const { monitor, state } = await watching(table);
    monitor.press(['p']);
    await flush();
    table.outcomes.push({ kind: 'locked', pid: 1, application: null });
    monitor.press(['u']);
    await flush();
    expect(state().undoable).not.toBeNull();
    monitor.press(['u']);
    await flush();
    expect(table.rows[0]?.status).toBe('running');
  });

  it('undoes the last applied action, not a later one that failed', async () => {
    const table = fakeTable([operation({ id: 1 }), operation({ id: 2, workerId: 2 })]);
    const { monitor } = await watching(table);
    monitor.press(['p']);
    await flush();
    table.outcomes.push({ kind: 'stale', actual: 'completed' });
    monitor.press(['j', 'p']);
    await flush();
    monitor.press(['u']);
    await flush();
    expect(moves(table).map(({ id, to }) => [id, to])).toEqual([
      [1, 'paused'],
      [2, 'paused'],
      [1, 'running'],
    ]);
  });
});

describe('the dialog before a skip', () => {
  const rows = [
    operation({ id: 1, status: 'paused', tableName: 'cases' }),
    operation({ id: 2, status: 'paused', tableName: 'documents', workerId: 2 }),
  ];

  it('skips with y', async () => {
    const table = fakeTable(rows);
    const operator = await watching(table);
    await operator.press('s').seesDialog('Skip operation 1 · cases?').press('y').seesNoDialog();
    await operator.seesToast(/^skipped: operation 1 · cases {2}\(u undoes it\)$/);
    expect(moves(table)).toEqual([
      { id: 1, from: 'paused', to: 'skipped', completedAt: 'set', version: null, identity: operation().identity },
    ]);
  });

  it('accepts no other key, not even the one that opened it, or Enter', async () => {
    const table = fakeTable(rows);
    const operator = await watching(table);
    await operator.press('s', 's', 'enter', ' ', 'Y', 'n', 'j', 'p', 'r', 'u', 'q', '1').seesDialog('operation 1');
    await operator.press('escape').seesNoDialog();
    expect(moves(table)).toEqual([]);
  });

  it('ignores the keys of the chunk that opened it', async () => {
    const table = fakeTable(rows);
    await (await watching(table)).hold('s', 'y', 'y', 'escape').seesDialog('operation 1');
    expect(moves(table)).toEqual([]);
  });

  it('ignores the rest of a chunk that moved the cursor before it opened', async () => {
    const table = fakeTable(rows);
    await (await watching(table)).hold('j', 's', 'y').seesDialog('operation 2');
    expect(moves(table)).toEqual([]);
  });

  it('skips the operation that it shows, although the rows have been reordered since', async () => {
    const table = fakeTable(rows);
    const operator = await watching(table);
    await operator.focus('workers').press('s').seesDialog('operation 1');
    table.rows = [operation({ id: 0, status: 'paused', workerId: 0 }), ...rows];
    await operator.waits(1).seesDialog('operation 1').press('y');
    await operator.seesToast(/^skipped: operation 1 · cases /);
    expect(moves(table).map(({ id }) => id)).toEqual([1]);
  });

  it('says that the row was deleted as soon as a poll has found that, and takes no y then', async () => {
    const table = fakeTable(rows);
    const operator = await watching(table);
    await operator.focus('workers').press('s').seesDialog('operation 1').waits(1).sees('y skips it');
    table.rows = rows.slice(1);
    await operator
      .waits(1)
      .seesDialog(/now +gone: its row was deleted/)
      .sees('Esc closes this.');
    await operator.press('y').seesToast('cannot skip operation 1 · cases: its row was deleted').press('escape');
    await operator.seesNoDialog();
    expect(moves(table)).toEqual([]);
  });

  it('skips nothing that was resumed while it was open', async () => {
    const table = fakeTable(rows);
    const operator = await watching(table);
    await operator.press('s').seesDialog('operation 1');
    table.rows = table.rows.map((row) => ({ ...row, status: 'running' }));
    await operator.waits(1).press('y').seesToast('worker 1 changed it to running');
    expect(table.rows.map(({ status }) => status)).toEqual(['running', 'running']);
  });

  it('skips nothing while the connection is lost, and shows the reason', async () => {
    const table = fakeTable(rows);
    const operator = await watching(table);
    await operator.press('s').seesDialog('operation 1');
    table.gone = lostConnection;
    await operator
      .waits(1)
      .press('y')
      .seesToast(/^cannot skip: not connected$/)
      .seesDialog('operation 1')
      .sees('LOST');
    expect(moves(table)).toEqual([]);
  });

  it('opens from the detail too', async () => {
    const table = fakeTable(rows);
    const { monitor, state } = await watching(table);
    monitor.press(['enter']);
    await flush();
    monitor.press(['s']);
    expect(state().overlay).toMatchObject({ kind: 'confirm', operation: { id: 1 } });
  });
});
