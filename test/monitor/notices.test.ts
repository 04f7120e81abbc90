import { describe, expect, it } from 'vitest';
import { failureOf } from '../../source/domain/held-failures.ts';
import { kindsAfter, noKinds } from '../../source/domain/new-kinds.ts';
import { keptNotices, type Notice, noNotices, withNotices } from '../../source/domain/notices.ts';
import type { Observation } from '../../source/domain/observation.ts';
import type { Operation } from '../../source/domain/operation.ts';
import type { JudgedFailure } from '../../source/domain/triage.ts';
import { triageOf } from '../../source/domain/triage-tally.ts';
import { followNotices } from '../../source/monitor/notice-followers.ts';
import { noticeDocument } from '../../source/presentation/notice-document.ts';
import { noticeText } from '../../source/presentation/notice-text.ts';
import { type FakeTable, fakeTable, lostConnection } from '../support/fake-table.ts';
import { operation, takenAt, target } from '../support/fixtures.ts';
import { monitorsUnderTest, type Operator, second } from '../support/operator.ts';

const open = monitorsUnderTest();

/** The notices of a session, each as `new kind 7`: the event and its operation. */
async function told(table: FakeTable): Promise<{ operator: Operator; all: Notice[]; names: () => string[] }> {
  const operator = await open(table);
  const all: Notice[] = [];
  followNotices(operator.monitor.store, (notices) => all.push(...notices));
  const names = () =>
    all.splice(0).map((notice) => {
      const { event, operationId } = noticeDocument(notice, target);
      return operationId === null ? event : `${event} ${operationId}`;
    });
  return { operator, all, names };
}

const running = (id: number, given: Partial<Operation> = {}) =>
  operation({ id, recordsProcessed: 0, startedAt: takenAt - 1, ...given });
const failed = (id: number, errorMessage: string, given: Partial<Operation> = {}) =>
  running(id, {
    status: 'failed',
    completedAt: takenAt - 1,
    errorMessage,
    sourceQuery: `SELECT ${id}`,
    validationQuery: null,
    ...given,
  });

describe('a new kind of failure', () => {
  it('is reported once, not for what was there at the start, and again after all of it was resolved', async () => {
    const table = fakeTable([failed(1, 'deadlock detected'), running(2), running(3), running(4), running(5)]);
    const { operator, names } = await told(table);
    await operator.waits(3);
    expect(names()).toEqual([]);
    const fail = async (id: number, errorMessage: string) => {
      const failure = failed(id, errorMessage, { completedAt: table.takenAt + 0.5, version: `${id}00` });
      table.rows = table.rows.map((row) => (row.id === id ? failure : row));
      await operator.waits(1);
    };
    await fail(2, 'deadlock detected');
    expect(names()).toEqual([]);
    await fail(3, 'ERROR: 22001: value too long for id 4711');
    await operator.waits(2);
    expect(names()).toEqual(['new-kind 3']);
    await fail(4, 'ERROR: 22001: value too long for id 4712');
    expect(names()).toEqual([]);
    await operator
      .press('3', 'g')
      .press('x', ...'known', 'enter')
      .waits(1);
    // The kind that was accepted stays under the cursor.
    await operator
      .press('j')
      .press('x', ...'known', 'enter')
      .waits(1);
    expect(operator.state().latest?.triage.unresolved).toBe(0);
    expect(names()).toEqual([]);
    await fail(5, 'ERROR: 22001: value too long for id 4713');
    expect(names()).toEqual(['new-kind 5']);
  });

  it('is reported if a burst had more failures than a poll lists, once they are read', () => {
    const judged = (id: number, error: string) => failureOf(failed(id, error), { kind: 'unresolved' });
    const [first, second] = [judged(1, 'deadlock detected'), judged(2, 'disk full')];
    const poll = (failures: readonly JudgedFailure[], isWhole: boolean) =>
      ({
        triage: triageOf(failures, isWhole),
        snapshot: { takenAt },
        migration: { statuses: { failed: failures.length, skipped: 0 } },
      }) as Observation;
    const all = [poll([first], false), poll([first], true), poll([first], false)];
    all.push(poll([first, second], false), poll([first, second], true), poll([first, second], true));
    let kinds = noKinds;
    const added = all.map((latest, index) => {
      const after = kindsAfter(kinds, all[index - 1] ?? null, latest, []);
      kinds = after.kinds;
      return after.added.map(({ failureKind }) => failureKind).join();
    });
    expect(added).toEqual(['', '', '', '', 'disk full', '']);
  });

  it.each([
    ['', { completedAt: takenAt - 600 }],
    [', also of failures without timestamps', { startedAt: null, completedAt: null }],
  ])('is not reported if a skip of all its failures is undone%s', (_, times) => {
    const old = (id: number) => failureOf(failed(id, 'disk full', times), { kind: 'unresolved' });
    const deadlock = failureOf(failed(9, 'deadlock detected', { completedAt: takenAt + 15 }), { kind: 'unresolved' });
    const poll = (failures: readonly JudgedFailure[], seconds: number) =>
      ({
        triage: triageOf(failures, true),
        snapshot: { takenAt: takenAt + seconds },
        migration: { statuses: { failed: failures.length, skipped: 2 - failures.length } },
      }) as Observation;
    const all = [poll([old(1), old(2)], 0), poll([], 10), poll([old(1), old(2)], 20), poll([old(1), deadlock], 30)];
    let kinds = noKinds;
    const added = all.map((latest, index) => {
      const after = kindsAfter(kinds, all[index - 1] ?? null, latest, []);
      kinds = after.kinds;
      return after.added.map(({ failureKind }) => failureKind).join();
    });
    expect(added).toEqual(['', '', '', 'deadlock detected']);
  });

  it('is reported whatever the screen shows: frozen, filtered, another view; and not twice after a reconnection', async () => {
    const table = fakeTable([running(1)]);
    const { operator, names } = await told(table);
    await operator.waits(2);
    await operator.press('z').press('/', ...'table:nothing', 'enter');
    table.rows = [failed(1, 'disk full', { completedAt: table.takenAt + 0.5, version: '9' })];
    await operator.waits(1);
    expect(names()).toEqual(['new-kind 1']);
    await operator.press('z', '/', 'enter');
    table.gone = lostConnection;
    await second(table, 30);
    table.gone = null;
    await second(table, 12);
    expect(names()).toEqual(['lost', 'connected', 'phase-done', 'table-done', 'ended']);
  });
});

describe('an operation without progress', () => {
  it('is reported at half the time, when it has stalled, and when it progresses again, each once', async () => {
    const table = fakeTable([running(1), running(2)]);
    const { operator, names } = await told(table);
    // Both report every ten seconds: after 30 seconds without a report one has stalled.
    let version = 0;
    const report = async (ids: readonly number[], seconds: number) => {
      for (let waited = 0; waited < seconds; waited += 10) {
        version += 1;
        table.rows = table.rows.map((row) =>
          ids.includes(row.id)
            ? { ...row, recordsProcessed: (row.recordsProcessed ?? 0) + 100, version: `${row.id}0${version}` }
            : row,
        );
        await operator.waits(1);
        for (let rest = 1; rest < 10; rest++) await operator.waits(1);
      }
    };
    await report([1, 2], 30);
    expect(names()).toEqual([]);
    await report([1], 10);
    expect(names()).toEqual(['slow 2']);
    await report([1], 20);
    expect(names()).toEqual(['stalled 2']);
    await report([1], 60);
    expect(names()).toEqual([]);
    await report([1, 2], 10);
    expect(names()).toEqual(['progressing 2']);
    await report([1], 320);
    expect(names()).toEqual(['slow 2', 'stalled 2']);
    // Another server with a clock that is an hour behind.
    table.takenAt -= 3600;
    await report([1], 10);
    await report([1, 2], 10);
    expect(names()).toEqual(['progressing 2']);
  });

  it('is reported also if more have stalled in one poll than notices are kept', () => {
    const many = Array.from({ length: keptNotices + 1 }, () => ({
      at: 1,
      what: { kind: 'connected', afterSeconds: 1 } as const,
    }));
    const noticing = withNotices(noNotices, many);
    expect(noticing.notices).toHaveLength(keptNotices + 1);
    expect(withNotices(noticing, many.slice(0, 1)).notices).toHaveLength(keptNotices);
  });
});

describe('the end of a phase and a table', () => {
  it('is reported once, and not for the moment between two batches of a worker', async () => {
    const table = fakeTable([running(1)]);
    const { operator, names } = await told(table);
    const complete = (): void => {
      table.rows = table.rows.map((row) =>
        row.status === 'running'
          ? { ...row, status: 'completed', completedAt: table.takenAt, version: `${row.id}9` }
          : row,
      );
    };
    for (let batch = 2; batch <= 5; batch++) {
      await operator.waits(2);
      complete();
      await operator.waits(2);
      table.rows = [...table.rows, running(batch, { startedAt: table.takenAt, version: `${batch}` })];
    }
    await operator.waits(1);
    expect(names()).toEqual([]);
    complete();
    for (let times = 0; times < 30; times++) await operator.waits(1);
    expect(names()).toEqual(['phase-done', 'table-done', 'done']);
  });
});

describe('the end of the migration', () => {
  it('is reported once, with the failures that are left, and not of a migration that was done at the start', async () => {
    const done = (id: number) => running(id, { status: 'completed', completedAt: takenAt, recordsProcessed: 10_000 });
    const table = fakeTable([done(1)]);
    const { operator, names } = await told(table);
    await operator.waits(30);
    expect(names()).toEqual([]);
    table.rows = [done(1), running(2, { version: '2', startedAt: table.takenAt })];
    await operator.waits(2);
    table.rows = [done(1), failed(2, 'disk full', { version: '3', completedAt: table.takenAt })];
    for (let times = 0; times < 15; times++) await operator.waits(1);
    expect(names()).toEqual(['new-kind 2', 'phase-done', 'table-done', 'ended']);
    table.rows = [done(1), { ...done(2), version: '4' }];
    for (let times = 0; times < 15; times++) await operator.waits(1);
    expect(names()).toEqual(['done']);
    for (let times = 0; times < 5; times++) await operator.waits(1);
    expect(names()).toEqual([]);
    await operator.focus('activity').sees('the migration is done', /ended .*nothing is open, 1 unresolved/);
  });
});

describe('an overwritten pause', () => {
  it('is reported once', async () => {
    const table = fakeTable([running(31, { tableName: 'cases' })]);
    const { operator, all, names } = await told(table);
    await operator.focus('workers').press('p');
    await operator.waits(1);
    expect(names()).toEqual([]);
    table.rows = table.rows.map((row) => ({ ...row, status: 'running' as const, version: '77', workerId: 4 }));
    await operator.waits(2);
    expect(all.map(({ what }) => noticeText(what))).toEqual([
      expect.stringMatching(/^operation 31 · cases: pause overwritten by worker 4 after .*s, running again$/),
    ]);
  });

  it('of another session is reported, and shown as a toast, also if it was overwritten before this session read of it', async () => {
    const table = fakeTable([running(31, { tableName: 'cases', workerId: 4 })]);
    const { operator, names } = await told(table);
    await operator.focus('workers').press('p');
    await operator.waits(1);
    const [own] = table.audit;
    if (own === undefined) throw new Error('the pause is not in the audit');
    const other = fakeTable([running(31, { tableName: 'cases', workerId: 4 })]);
    const { operator: watching, names: toldTo } = await told(other);
    await watching.focus('activity').waits(1);
    other.audit = [{ ...own, osUser: 'bob', at: other.takenAt + 0.2, row: { status: 'running', workerId: 4 } }];
    await watching.waits(2);
    await watching.seesToast(/^worker 4 overwrote the pause by bob\S* of operation 31 · cases/);
    expect(toldTo()).toEqual(['overwritten 31']);
    expect(names()).toEqual([]);
  });

  it('is not reported if an operator of another session has resumed the operation', async () => {
    const table = fakeTable([running(31, { tableName: 'cases' })]);
    const { operator, names } = await told(table);
    await operator.focus('workers').press('p');
    await operator.waits(1);
    table.rows = table.rows.map((row) => ({ ...row, status: 'running' as const, version: '77', workerId: 4 }));
    const [own] = table.audit;
    if (own === undefined) throw new Error('the pause is not in the audit');
    const resumed = { ...own, key: 'other', osUser: 'bob', at: table.takenAt + 0.5, action: 'resume' };
    table.audit = [{ ...resumed, fromStatus: 'paused', toStatus: 'running' }, ...table.audit];
    await operator.waits(2);
    await operator.sees('operation 31 · cases: resume by bob');
    for (let times = 0; times < 20; times++) await operator.waits(1);
    expect(names()).toEqual([]);
  });

  it('is reported also if the audit cannot be read', async () => {
    const table = fakeTable([running(31, { tableName: 'cases' })]);
    const { operator, names } = await told(table);
    await operator.focus('workers').press('p');
    await operator.waits(1);
    table.activity = () => Promise.reject(new Error('permission denied for table migtop_audit'));
    table.rows = table.rows.map((row) => ({ ...row, status: 'running' as const, version: '77', workerId: 4 }));
    for (let times = 0; times < 20; times++) await operator.waits(1);
    expect(names()).toContain('overwritten 31');
  });
});

describe('a lost connection', () => {
  it('is reported after ten seconds, not before', async () => {
    const table = fakeTable([running(1)]);
    const { names } = await told(table);
    table.gone = lostConnection;
    for (let times = 0; times < 6; times++) await second(table, 1);
    table.gone = null;
    for (let times = 0; times < 3; times++) await second(table, 1);
    expect(names()).toEqual([]);
    table.gone = lostConnection;
    for (let times = 0; times < 15; times++) await second(table, 1);
    expect(names()).toEqual(['lost']);
  });
});
