import { describe, expect, it } from 'vitest';
import { fakeTable, lostConnection } from '../support/fake-table.ts';
import { auditEntry, operation, takenAt } from '../support/fixtures.ts';
import { monitorsUnderTest, second } from '../support/operator.ts';

const open = monitorsUnderTest();

const running = operation({ id: 31, workerId: 4 });
const entry = auditEntry({
  at: takenAt - 600,
  databaseRole: 'ops2',
  osUser: 'ops2',
  operationId: 31,
  reason: 'replica lag',
});

describe('the log of the Activity view', () => {
  it('has what happened besides what operators did, newest first', async () => {
    const table = fakeTable([running]);
    table.audit = [entry];
    const operator = await open(table);
    table.rows = [
      {
        ...running,
        status: 'failed',
        completedAt: table.takenAt + 1,
        errorMessage: 'deadlock\ndetected',
        version: '9',
      },
    ];
    await operator.waits(1);
    await operator.focus('activity').sees(/failed +31 .*deadlock detected/, /pause +31 .*replica lag/);
    expect(operator.state().events.map(({ what }) => what.kind)).toContain('failed');
    await operator.sees(/failed[\s\S]*pause/);
  });

  it('has the operations that were added to a table, once, and a message says so', async () => {
    const range = (id: number) =>
      operation({
        id,
        recordsProcessed: 0,
        totalRecords: 1000,
        batchSize: 100,
        sourceQuery: `id >= ${id}000 AND id < ${id}999`,
      });
    const own = [
      { ...range(1), status: 'completed' as const, recordsProcessed: 1000, completedAt: takenAt - 1 },
      { ...range(2), recordsProcessed: 500 },
    ];
    const waiting = Array.from({ length: 300 }, (_, index) => range(10 + index)).map((row) => ({
      ...row,
      status: 'pending' as const,
      startedAt: null,
      workerId: null,
    }));
    const table = fakeTable(own);
    const operator = await open(table);
    table.rows = [...own, ...waiting.slice(0, 200)];
    await operator.waits(1);
    table.rows = [...own, ...waiting];
    await operator.waits(3).seesToast('brackets: 300 operations added: its total rose from 2,000 to 302,000 records');
    expect(operator.state().events.map(({ what }) => what.kind)).toEqual(['added']);
    await operator.focus('activity').sees(/added +– +brackets: 300 operations added: its total rose/);
    await operator.focus('overview').sees(/PHASES +300k records added [\d.]+s ago/);
    // It stands apart from the other notes.
    await operator
      .press('/', ...'table:brackets', 'enter')
      .sees(/PHASES +of all operations +300k records added [\d.]+s ago/);
  });

  it('has a lost connection and its return', async () => {
    const table = fakeTable([running]);
    const operator = await open(table);
    table.gone = lostConnection;
    await second(table, 2);
    table.gone = null;
    await second(table, 10);
    await operator.focus('activity').sees(/again .*connected again after/, /lost .*No PostgreSQL answers/);
  });

  it('has a connection that was lost between two polls, and its return', async () => {
    const table = fakeTable([running]);
    const operator = await open(table);
    const problem = 'terminating connection due to administrator command';
    table.losses = [
      { problem, agoSeconds: 0.5 },
      { problem, agoSeconds: 0.4 },
    ];
    await operator.waits(2);
    expect(operator.state().events.map(({ what }) => what.kind)).toEqual(['lost', 'connected']);
    expect(operator.state().noticing.notices).toEqual([]);
    expect(operator.state().toast).toBeNull();
    await operator
      .focus('activity')
      .sees(/again .*connected again after/, /lost .*terminating connection due to administrator/);
  });

  it('has another way of counting once the rows have shown it for half a minute', async () => {
    const batches = (...counters: readonly number[]) =>
      counters.map((recordsProcessed, index) =>
        operation({
          id: index + 1,
          status: 'completed',
          recordsProcessed,
          totalRecords: 9000,
          batchSize: 500,
          startedAt: takenAt - 1000 + 10 * index,
          completedAt: takenAt - 995 + 10 * index,
          sourceQuery: null,
          version: String(recordsProcessed),
        }),
      );
    const table = fakeTable(batches(500, 450, 500));
    const operator = await open(table);
    table.rows = batches(800, 3000);
    await operator.waits(1);
    await operator.waits(20);
    expect(operator.state().countingChanges).toEqual([]);
    await operator.waits(20);
    await operator
      .focus('activity')
      .sees(/counts .*brackets: now unclear/, /^ {3}\d\d:\d\d:\d\d · brackets: now unclear instead of per batch/m);
  });

  it('has a table and a phase that are done', async () => {
    const table = fakeTable([running]);
    const operator = await open(table);
    table.rows = [{ ...running, status: 'completed', completedAt: table.takenAt + 1, version: '9' }];
    await operator.waits(1);
    // The records are fewer than expected: more may come.
    await operator.waits(12);
    await operator.focus('activity').sees(/table .*brackets: /, /phase .*execution is done/);
  });

  it('says of a table and a phase that ended how many failures were unresolved then, also after one is accepted', async () => {
    const ofQuery = (id: number) =>
      operation({
        id,
        status: 'failed',
        completedAt: takenAt - 60,
        errorMessage: 'deadlock',
        sourceQuery: `SELECT ${id}`,
        validationQuery: null,
      });
    const [failed, other] = [ofQuery(7), ofQuery(8)];
    const table = fakeTable([failed, other, running]);
    const operator = await open(table);
    table.rows = [failed, other, { ...running, status: 'completed', completedAt: table.takenAt + 1, version: '9' }];
    await operator.waits(1);
    await operator.waits(12);
    await operator
      .focus('activity')
      .sees(/table .*brackets: ended, 2 unresolved/, /phase .*execution ended, 2 unresolved/);
    expect(operator.state().events.filter(({ what }) => what.kind === 'phase')).toHaveLength(1);
    await operator
      .focus('failures')
      .press('x', ...'known', 'enter')
      .waits(1);
    // That was true when it ended.
    await operator.waits(12);
    await operator.focus('activity').sees(/table .*brackets: ended, 2 unresolved/);
  });

  it('is filtered by time, by operator and by text', async () => {
    const table = fakeTable([running]);
    table.audit = [entry, { ...entry, at: takenAt - 7200, osUser: 'ana', reason: 'disk full' }];
    const operator = await open(table);
    await operator.focus('activity').sees('replica lag', 'disk full');
    await operator.press('/', ...'since:15m', 'enter').sees('replica lag');
    const screen = () => operator.state().listed.activity?.rows.length;
    expect(screen()).toBe(1);
    await operator.press('/', ...'by:ana', 'enter').sees('disk full');
    expect(screen()).toBe(1);
    await operator.press('/', ...'replica', 'enter');
    expect(screen()).toBe(1);
  });

  it('shows the reason at 80 columns, also if the result is long', async () => {
    const table = fakeTable([running]);
    table.audit = [
      { ...entry, outcome: 'stale', reason: 'replica lag' },
      { ...entry, at: takenAt - 700, reason: 'a very long reason that does not fit into the column at all' },
    ];
    const operator = await open(table);
    await operator.focus('activity').sees('replica lag · not applied', /a very long re.*… · overwr/);
  });

  it('keeps the last thousand events', async () => {
    const table = fakeTable([running]);
    const operator = await open(table);
    for (let round = 0; round < 3; round++) {
      const at = table.takenAt + 1;
      table.rows = Array.from({ length: 400 }, (_, index) =>
        operation({
          id: 1000 * (round + 1) + index,
          status: 'failed',
          completedAt: at,
          errorMessage: `error ${round}`,
        }),
      );
      await operator.waits(1);
    }
    expect(operator.state().events).toHaveLength(1000);
    expect(operator.state().events.at(-1)).toMatchObject({
      what: { kind: 'failed', operation: { errorMessage: 'error 2' } },
    });
  });
});

describe('who else watches', () => {
  it('is in the title, with when they last acted', async () => {
    const table = fakeTable([running]);
    table.audit = [entry];
    table.others = [
      { user: 'ops2', client: '10.0.1.4' },
      { user: 'ana', client: null },
    ];
    const operator = await open(table, { window: { columns: 120, rows: 30 } });
    await operator.focus('activity').sees('also watching: ops2@10.0.1.4 (acted 10m 00s ago), ana');
  });
});

describe('the key e', () => {
  const paused = { ...running, id: 32, workerId: 5 };

  it('adds a reason to the last action, which every session then sees', async () => {
    const table = fakeTable([running, paused]);
    const operator = await open(table);
    await operator.press('e').seesToast('cannot add a reason: no action yet');
    await operator.focus('workers').press('p').waits(1);
    await operator.press('e').sees('the reason of this pause: operation', 'reason ');
    await operator
      .press(...'replica lag', 'enter')
      .seesToast(/recorded why: the pause of operation \d+ .*: replica lag/);
    await operator.focus('activity').sees(/pause .*replica lag/);
    // The reason is part of the action: it has no separate row.
    expect(operator.state().listed.activity?.rows.filter(({ entry: one }) => one?.action === 'reason')).toEqual([]);
    const other = await open(table);
    await other.focus('activity').sees(/pause .*replica lag/);
  });

  it('adds it to the action under the cursor in Activity, else to the last own one, which it names with its age', async () => {
    const table = fakeTable([running, paused, { ...running, id: 33, workerId: 6 }]);
    const operator = await open(table);
    await operator.focus('workers').press('g', 'p').waits(70).press('j', 'j', 'p').waits(2);
    await operator
      .press('e')
      .sees(/the reason of this pause: operation 33 · \w+, 2\.0s ago/)
      .press('escape');
    await operator.focus('activity').press('g', 'j').waits(1).press('e');
    await operator.sees(/the reason of this pause: operation 31 · \w+, 1m 13s ago/);
    // Another operator has acted on the operation since: the reason is of the pause nevertheless.
    table.audit.push({
      ...entry,
      at: table.takenAt,
      operationId: 31,
      action: 'resume',
      fromStatus: 'paused',
      toStatus: 'running',
    });
    await operator.press(...'replica lag', 'enter').seesToast(/the pause of operation 31 .*: replica lag/);
    await operator.waits(10).sees(/pause +31 +replica lag/);
  });

  it('returns to the detail, and records nothing if nothing was typed or Esc was pressed', async () => {
    const table = fakeTable([running]);
    const operator = await open(table);
    await operator.focus('workers').press('p').waits(1);
    const entries = table.audit.length;
    await operator.press('enter', 'e', 'x', 'escape').sees('OPERATION 31');
    await operator.press('e', ' ', 'enter').sees('OPERATION 31');
    expect(table.audit).toHaveLength(entries);
  });
});
