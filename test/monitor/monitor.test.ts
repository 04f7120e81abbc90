import { describe, expect, it, vi } from 'vitest';
import { rowsOf } from '../../source/monitor/views.ts';
import { fakeTable, lostConnection } from '../support/fake-table.ts';
import { nowMs, operation, takenAt } from '../support/fixtures.ts';
import { flush, monitorsUnderTest, second } from '../support/operator.ts';

const watching = monitorsUnderTest();

describe('polling', () => {
  it('shows an operation that was live at the last poll once more, whatever its status', async () => {
    const table = fakeTable([operation({ id: 4 }), operation({ id: 9, status: 'paused' })]);
    const { state } = await watching(table);
    expect(state().latest?.snapshot.operations.map(({ id }) => id)).toEqual([9, 4]);
    table.rows = table.rows.map((row) => ({ ...row, status: 'completed', completedAt: takenAt + 1 }));
    await second(table);
    expect(state().latest?.snapshot.operations.map(({ status }) => status)).toEqual(['completed', 'completed']);
  });

  it('reads the operations that were acted on and the one that is open', async () => {
    const table = fakeTable([operation({ id: 4 }), operation({ id: 9 })]);
    const { monitor } = await watching(table);
    monitor.press(['p', 'enter']);
    await flush();
    await second(table);
    const asked = table.asked.filter(({ question }) => question === 'poll').at(-1)?.argument as number[];
    expect(new Set(asked)).toEqual(new Set([4]));
  });

  it('never runs two polls at a time, however often ctrl-r is pressed', async () => {
    const table = fakeTable([operation()]);
    const { monitor } = await watching(table);
    const held = table.hold('poll');
    for (let press = 0; press < 20; press++) monitor.press(['ctrl-r', 'ctrl-r']);
    await flush();
    expect([table.underWay.poll, held.waiting]).toEqual([1, 1]);
    held.end();
    await flush();
    expect(table.mostAtOnce.poll).toBe(1);
    // The first poll, the running one, and one for all requests since.
    expect(table.count('poll')).toBe(3);
  });

  it('stretches the interval on a slow database so that polling takes a tenth of the time', async () => {
    const table = fakeTable([operation()]);
    const held = table.hold('poll');
    const { state } = await watching(table);
    await vi.advanceTimersByTimeAsync(3000);
    held.release();
    await flush();
    // One slow poll may have waited for a lock, or for the line: it says nothing of the database's load.
    expect(state().interval).toEqual({ wantedSeconds: 1, actualSeconds: 1 });
    await vi.advanceTimersByTimeAsync(4000);
    held.end();
    await flush();
    expect(state().interval).toEqual({ wantedSeconds: 1, actualSeconds: 30 });
    expect(table.count('poll')).toBe(2);
    await vi.advanceTimersByTimeAsync(25_999);
    expect(table.count('poll')).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(table.count('poll')).toBe(3);
    expect(state().interval.actualSeconds).toBe(1);
  });

  it('never stretches it beyond a minute', async () => {
    const table = fakeTable([operation()]);
    const held = table.hold('poll');
    const { state } = await watching(table);
    for (let poll = 0; poll < 2; poll++) {
      await vi.advanceTimersByTimeAsync(50_000);
      held.release();
      await flush();
    }
    expect(state().interval.actualSeconds).toBe(60);
    held.end();
  });

  it('includes the read of an open page in the interval', async () => {
    const table = fakeTable([operation()]);
    const { monitor } = await watching(table, { intervalSeconds: 2 });
    monitor.press(['5']);
    await flush();
    const held = table.hold('page');
    await vi.advanceTimersByTimeAsync(2000);
    expect(table.count('poll')).toBe(2);
    await vi.advanceTimersByTimeAsync(1500);
    held.end();
    await vi.advanceTimersByTimeAsync(500);
    expect(table.count('poll')).toBe(3);
  });

  it('polls at once and with the new interval after + and -, within the limits', async () => {
    const table = fakeTable([operation()]);
    const { monitor, state } = await watching(table);
    monitor.press(['-']);
    await flush();
    expect(table.count('poll')).toBe(2);
    expect([state().interval.wantedSeconds, state().toast?.text]).toEqual([2, 'polling every 2 s']);
    await vi.advanceTimersByTimeAsync(1999);
    expect(table.count('poll')).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(table.count('poll')).toBe(3);
    monitor.press(Array.from({ length: 20 }, () => '-'));
    expect(state().interval.wantedSeconds).toBe(60);
    monitor.press(Array.from({ length: 20 }, () => '+'));
    expect(state().interval.wantedSeconds).toBe(0.2);
    await flush();
    expect(table.mostAtOnce.poll).toBe(1);
  });

  it('counts between the polls, pauses as required, and polls at once when the totals are complete', async () => {
    const table = fakeTable([operation()]);
    table.works.push({ restSeconds: 0.3, isWhole: false }, { restSeconds: 0.3, isWhole: true });
    await watching(table);
    await vi.advanceTimersByTimeAsync(1);
    expect([table.count('work'), table.count('poll')]).toEqual([1, 1]);
    await vi.advanceTimersByTimeAsync(290);
    expect(table.count('work')).toBe(1);
    await vi.advanceTimersByTimeAsync(20);
    expect([table.count('work'), table.count('poll')]).toEqual([2, 2]);
  });

  it('continues to poll when counting fails, and counts again later', async () => {
    const table = fakeTable([operation()]);
    const held = table.hold('work');
    const { state } = await watching(table);
    await vi.advanceTimersByTimeAsync(1);
    table.gone = new Error('canceling statement due to statement timeout');
    held.end();
    await flush();
    table.gone = null;
    await second(table, 10);
    expect(state().connection.kind).toBe('live');
    expect(table.count('work')).toBeGreaterThan(1);
    expect(table.count('poll')).toBeGreaterThan(3);
  });

  it('closes the table and reads nothing after it was stopped', async () => {
    const table = fakeTable([operation()]);
    const { monitor } = await watching(table);
    await monitor.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([table.closed, table.count('poll'), vi.getTimerCount()]).toEqual([1, 1, 0]);
  });
});

describe('a lost connection', () => {
  it('keeps the last frame, and shows the attempts and the reason', async () => {
    const table = fakeTable([operation({ id: 7 })]);
    const { state } = await watching(table);
    table.gone = lostConnection;
    await vi.advanceTimersByTimeAsync(1000);
    expect(state().connection).toEqual({
      kind: 'lost',
      sinceMs: nowMs + 1000,
      attempt: 1,
      problem: lostConnection.message,
    });
    await vi.advanceTimersByTimeAsync(500 + 1000 + 2000);
    expect(state().connection).toMatchObject({ sinceMs: nowMs + 1000, attempt: 4 });
    expect(rowsOf(state()).map(({ key }) => key)).toEqual(['7']);
    expect(state().receivedAtMs).toBe(nowMs);
    expect(state().nowMs).toBe(nowMs + 4500);
  });

  it('continues when the database is back, and shows how long it was away', async () => {
    const table = fakeTable([operation({ id: 7, recordsProcessed: 10 })]);
    const { state } = await watching(table);
    table.gone = lostConnection;
    await vi.advanceTimersByTimeAsync(3000);
    table.gone = null;
    table.rows = [operation({ id: 7, recordsProcessed: 500, version: '701' })];
    await second(table, 3);
    expect(state().connection.kind).toBe('live');
    expect(state().toast).toMatchObject({ tone: 'good', text: 'connected again after 5s' });
    expect(state().latest?.snapshot.operations[0]?.recordsProcessed).toBe(500);
  });

  it('shows after three seconds that a poll is not answered and why, whatever the poll interval', async () => {
    const table = fakeTable([operation({ id: 7 })]);
    table.silence = 'query slow';
    const { state } = await watching(table, { intervalSeconds: 1 });
    const held = table.hold('poll');
    await vi.advanceTimersByTimeAsync(3900);
    expect(state().connection.kind).toBe('live');
    await vi.advanceTimersByTimeAsync(1100);
    expect(state().connection).toEqual({ kind: 'waiting', sinceMs: nowMs + 1000, why: 'query slow' });
    held.end();
    await flush();
    expect(state().connection).toEqual({ kind: 'live' });
    expect(state().toast).toBeNull();
  });

  it('is tried again at once with ctrl-r', async () => {
    const table = fakeTable([operation()]);
    const { monitor, state } = await watching(table);
    table.gone = lostConnection;
    await vi.advanceTimersByTimeAsync(1000 + 500 + 1000 + 2000 + 4000);
    table.gone = null;
    monitor.press(['ctrl-r']);
    await flush();
    expect(state().connection.kind).toBe('live');
  });

  it('allows navigation, but no action', async () => {
    const table = fakeTable([operation({ id: 1 }), operation({ id: 2, workerId: 2 })]);
    const { monitor, state } = await watching(table);
    table.gone = lostConnection;
    await vi.advanceTimersByTimeAsync(1000);
    monitor.press(['j']);
    expect(state().cursors.overview.key).toBe('2');
    monitor.press(['p']);
    expect(state().toast).toMatchObject({ tone: 'bad', text: 'cannot pause: not connected' });
    expect(table.count('act')).toBe(0);
  });

  it('takes away that a key did nothing without a connection as soon as that is there again', async () => {
    const table = fakeTable([operation()]);
    const { monitor, state } = await watching(table);
    table.gone = lostConnection;
    await vi.advanceTimersByTimeAsync(1000);
    monitor.press(['p']);
    expect(state().toast?.text).toBe('cannot pause: not connected');
    table.gone = null;
    monitor.press(['ctrl-r']);
    await flush();
    expect(state().connection.kind).toBe('live');
    expect(state().toast?.text ?? '').not.toContain('not connected');
  });

  it('does not replace the result of an action that was refused by a note that the refusal has found', async () => {
    const table = fakeTable([operation()]);
    const { monitor, state } = await watching(table);
    table.outcomes.push({ kind: 'refused', reason: 'no' });
    table.target = { ...table.target, notes: ['row-level security'] };
    monitor.press(['p']);
    await second(table, 2);
    const refusal = state().toast?.text;
    expect(refusal).toContain('no');
    expect(state().target.notes).toEqual(['row-level security']);
    await second(table, 60);
    expect(state().toast?.text).not.toBe(refusal);
    monitor.press(['z', 'z']);
    const after = state().toast?.text;
    await second(table, 3);
    expect(state().toast?.text).toBe(after);
  });

  it('is inspected again as soon as a poll shows that it takes writes, or takes none any more', async () => {
    const table = fakeTable([operation()]);
    const primary = table.target;
    const standby = { ...primary, readOnly: 'this server is a standby' };
    table.target = standby;
    table.takesWrites = false;
    const { monitor, state } = await watching(table);
    expect(state().readOnly).toBe('this server is a standby');
    table.target = primary;
    table.takesWrites = true;
    await second(table, 2);
    expect([table.count('inspect'), state().readOnly]).toEqual([1, null]);
    monitor.press(['p']);
    await second(table, 2);
    expect(table.count('act')).toBe(1);
    table.target = standby;
    table.takesWrites = false;
    await second(table, 2);
    expect([table.count('inspect'), state().readOnly]).toEqual([2, 'this server is a standby']);
    await second(table, 10);
    expect(table.count('inspect')).toBe(2);
  });

  it('causes a new inspection when it is back, which can make the table read-only', async () => {
    const table = fakeTable([operation()]);
    const { monitor, state } = await watching(table);
    expect([table.count('inspect'), state().readOnly]).toEqual([0, null]);
    table.gone = lostConnection;
    await vi.advanceTimersByTimeAsync(1000);
    table.gone = null;
    table.target = { ...table.target, host: 'db2', readOnly: 'this server is a standby' };
    await second(table);
    expect([table.count('inspect'), state().readOnly, state().target.host]).toEqual([
      1,
      'this server is a standby',
      'db2',
    ]);
    monitor.press(['p']);
    expect(state().toast?.text).toBe('cannot pause: read-only: this server is a standby');
    await second(table, 10);
    expect(table.count('inspect')).toBe(1);
    expect(table.count('act')).toBe(0);
  });

  it('stays read-only with --read-only, whatever the privileges are', async () => {
    const table = fakeTable([operation()]);
    const { state } = await watching(table, { readOnly: true });
    expect(state().readOnly).toBe('--read-only is set');
    table.gone = lostConnection;
    await vi.advanceTimersByTimeAsync(1000);
    table.gone = null;
    await second(table);
    expect(state().connection.kind).toBe('live');
    expect(state().readOnly).toBe('--read-only is set');
  });

  it('shows data as soon as a first read succeeds', async () => {
    const table = fakeTable([operation({ id: 3 })]);
    table.gone = lostConnection;
    const { monitor, state } = await watching(table);
    expect([state().latest, state().connection.kind]).toEqual([null, 'lost']);
    monitor.press(['j', 'G', 'p', 'enter', 'o', '2', 'z']);
    table.gone = null;
    await second(table);
    expect(state().cursors.workers.key).toBe('3');
  });

  it('accepts the clock of another server', async () => {
    const table = fakeTable([operation({ id: 3, recordsProcessed: 100 })]);
    const { state } = await watching(table);
    table.takenAt -= 7200;
    table.rows = [operation({ id: 3, recordsProcessed: 900, version: '999' })];
    await vi.advanceTimersByTimeAsync(1000);
    expect(state().latest?.snapshot.takenAt).toBe(takenAt - 7200);
    expect(state().latest?.tracks.get(3)?.lastProgressAt).toBeNull();
  });
});

describe('a frozen display', () => {
  it('stays while polling continues, and then shows the newest data', async () => {
    const table = fakeTable([operation({ id: 1, recordsProcessed: 100 })]);
    const { monitor, state } = await watching(table);
    monitor.press(['z']);
    table.rows = [operation({ id: 2, recordsProcessed: 900 })];
    await second(table, 3);
    expect(table.count('poll')).toBe(4);
    expect(rowsOf(state()).map(({ key }) => key)).toEqual(['1']);
    expect(state().latest?.snapshot.operations.map(({ id }) => id)).toEqual([2]);
    monitor.press(['z']);
    expect(rowsOf(state()).map(({ key }) => key)).toEqual(['2']);
  });

  it('allows navigation and actions, and the row decides, not the display', async () => {
    const table = fakeTable([operation({ id: 1 }), operation({ id: 2, workerId: 2 })]);
    const { monitor, state } = await watching(table);
    monitor.press(['z', 'j']);
    table.rows = table.rows.map((row) => ({ ...row, status: 'completed', completedAt: takenAt }));
    await second(table);
    monitor.press(['p']);
    await flush();
    expect(state().toast?.text).toContain('cannot pause operation 2 · brackets: worker 2 changed it to completed');
    expect(table.rows.map(({ status }) => status)).toEqual(['completed', 'completed']);
  });

  it('does not read the page of the Operations view again', async () => {
    const table = fakeTable([operation({ id: 1 })]);
    const { monitor } = await watching(table);
    monitor.press(['5']);
    await flush();
    const before = table.count('page');
    monitor.press(['z']);
    await second(table, 5);
    expect(table.count('page')).toBe(before);
    monitor.press(['z']);
    await second(table);
    expect(table.count('page')).toBe(before + 1);
  });
});

describe('the detail', () => {
  it('is read when it is opened, and again when its row has changed', async () => {
    const table = fakeTable([operation({ id: 5, recordsProcessed: 100 })]);
    const { monitor, state } = await watching(table);
    monitor.press(['enter']);
    expect(state().overlay).toMatchObject({ kind: 'detail', id: 5, detail: null });
    await flush();
    expect(state().overlay).toMatchObject({ detail: { operation: { recordsProcessed: 100 } } });
    await second(table);
    expect(table.count('detail')).toBe(1);
    table.rows = [operation({ id: 5, recordsProcessed: 200, version: '701' })];
    await second(table);
    expect(table.count('detail')).toBe(2);
    expect(state().overlay).toMatchObject({ detail: { operation: { recordsProcessed: 200 } } });
  });

  it('reports that its operation is gone, and keeps the data', async () => {
    const table = fakeTable([operation({ id: 5 })]);
    const { monitor, state } = await watching(table);
    monitor.press(['enter']);
    await flush();
    table.rows = [];
    monitor.press(['ctrl-r']);
    await flush();
    expect(state().overlay).toMatchObject({
      kind: 'detail',
      problem: 'operation 5 is no longer in the table',
      detail: { operation: { id: 5 } },
    });
  });

  it('reports after the next poll that its operation was deleted, also of one that no poll lists', async () => {
    for (const status of ['pending', 'running'] as const) {
      const table = fakeTable([operation({ id: 5, status }), operation({ id: 6 })]);
      const { monitor, state } = await watching(table);
      monitor.press(['5']);
      await flush();
      monitor.press(['j', 'enter']);
      await flush();
      expect(state().overlay).toMatchObject({ kind: 'detail', detail: { operation: { id: 5 } } });
      await second(table);
      expect(state().overlay).toMatchObject({ problem: null });
      const reads = table.count('detail');
      table.rows = [operation({ id: 6 })];
      await second(table);
      await flush();
      expect(state().overlay).toMatchObject({ id: 5, problem: 'operation 5 is no longer in the table' });
      await second(table);
      expect(table.count('detail')).toBe(reads + 1);
    }
  });

  it('ignores an answer that arrives after it was closed, or for another operation', async () => {
    const table = fakeTable([operation({ id: 5 }), operation({ id: 6, workerId: 2 })]);
    const { monitor, state } = await watching(table);
    const held = table.hold('detail');
    monitor.press(['enter', 'escape', 'j', 'enter']);
    await flush();
    held.release();
    await flush();
    expect(state().overlay).toMatchObject({ kind: 'detail', id: 6, detail: null });
    monitor.press(['escape']);
    held.end();
    await flush();
    expect(state().overlay).toEqual({ kind: 'none' });
  });

  it('shows why it cannot be read, and reads it once it can', async () => {
    const table = fakeTable([operation({ id: 5 })]);
    const { monitor, state } = await watching(table);
    table.gone = lostConnection;
    monitor.press(['enter']);
    await flush();
    expect(state().overlay).toMatchObject({ detail: null, problem: lostConnection.message });
    table.gone = null;
    await second(table);
    expect(state().overlay).toMatchObject({ detail: { operation: { id: 5 } }, problem: null });
  });
});

describe('keys', () => {
  it('quits and suspends, in every scope', async () => {
    const { monitor, left, suspended } = await watching(fakeTable([operation()]));
    for (const [opening, quits] of [
      [[], true],
      [['enter'], true],
      [['?'], true],
      [['/'], false],
    ] as const) {
      const before = [left(), suspended()] as const;
      monitor.press([...opening, 'ctrl-z']);
      monitor.press(['ctrl-c']);
      expect([left(), suspended()]).toEqual([before[0] + 1, before[1] + 1]);
      monitor.press(['q']);
      expect(left()).toBe(before[0] + (quits ? 2 : 1));
      monitor.press(['escape']);
    }
  });

  it('shows the greeting first', async () => {
    expect((await watching(fakeTable(), { greeting: 'hello' })).state().toast?.text).toBe('hello');
    expect((await watching(fakeTable(), { readOnly: true })).state().toast?.text).toContain('read-only');
  });

  it('shows the notes about the table first, and new notes later', async () => {
    const table = fakeTable();
    table.target = { ...table.target, notes: ['there are two'] };
    const { state } = await watching(table, { greeting: 'hello' });
    expect(state().toast?.text).toBe('there are two; hello');
    table.gone = lostConnection;
    await vi.advanceTimersByTimeAsync(1000);
    table.gone = null;
    table.target = { ...table.target, notes: ['there are two', 'a trigger is new'] };
    await second(table);
    expect(state().toast?.text).toBe('a trigger is new');
  });

  it('shows no toast without a note', async () => {
    expect((await watching(fakeTable())).state().toast).toBeNull();
  });

  it('removes a toast after twenty seconds', async () => {
    const table = fakeTable([operation()]);
    const { monitor, state } = await watching(table, { intervalSeconds: 60 });
    monitor.press(['r']);
    expect(state().toast?.text).toBe('cannot resume: already running');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(state().toast).not.toBeNull();
    await vi.advanceTimersByTimeAsync(1000);
    expect(state().toast).toBeNull();
  });

  it('never acts on pasted text', async () => {
    const table = fakeTable([operation({ status: 'paused' })]);
    const { monitor, state, left } = await watching(table);
    for (const opening of [[], ['enter'], ['?'], ['s']]) {
      monitor.press(opening);
      await flush();
      const before = state();
      monitor.take([{ kind: 'paste', text: 'y\rpsruq\u0003 12345 y', whole: true }]);
      await flush();
      expect(state()).toEqual({ ...before, toast: expect.objectContaining({ tone: 'bad' }) });
      expect(state().toast?.text).toMatch(/^ignored 16 pasted characters/);
      monitor.press(['escape']);
    }
    expect([table.count('act'), left()]).toEqual([0, 0]);
  });
});
