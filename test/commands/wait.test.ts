import { describe, expect, it, vi } from 'vitest';
import { createWatchLines } from '../../source/commands/status-watch.ts';
import { withTimeLimit } from '../../source/commands/time-limit.ts';
import { createJudge, isJudged, type WaitEnd } from '../../source/commands/wait.ts';
import type { Goal } from '../../source/domain/choices.ts';
import { parseConditions } from '../../source/domain/condition.ts';
import { parseUntil } from '../../source/domain/deadline.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { barText, waitChange, waitLine } from '../../source/monitor/wait-lines.ts';
import { widthOf } from '../../source/presentation/text-width.ts';
import { type FakeTable, fakeTable, lostConnection } from '../support/fake-table.ts';
import { operation } from '../support/fixtures.ts';
import { monitorsUnderTest, second } from '../support/operator.ts';

const watching = monitorsUnderTest();

const row = (id: number, given: Partial<Operation>) =>
  operation({ id, tableName: 'cases', workerId: id, batchSize: 100, totalRecords: 200, ...given });
const done = (id: number, records = 100) => row(id, { status: 'completed', recordsProcessed: records });
const running = (id: number) => row(id, { status: 'running', recordsProcessed: 10, completedAt: null });

/** Judges each state of a monitor; `end` is the first result. */
async function waiting(table: FakeTable, goal: Goal, failOn = '', until: string | null = null) {
  const conditions = parseConditions(failOn);
  const judge = createJudge({ goal, failOn: conditions.kind === 'ok' ? conditions.conditions : [] }, 0);
  const { monitor, state } = await watching(table, { until: until === null ? null : parseUntil(until) });
  let end: WaitEnd | null = judge(state());
  monitor.store.subscribe(() => {
    end ??= judge(state());
  });
  return { end: () => end, state };
}

describe('waiting until the migration is done', () => {
  it('ends when nothing is open in two polls between which nothing has changed', async () => {
    const table = fakeTable([done(1), running(2)]);
    const { end } = await waiting(table, 'done');
    await second(table, 5);
    expect(end()).toBe(null);
    table.rows = [done(1), done(2)];
    await second(table);
    // Between two batches of a worker nothing is open for a moment.
    expect(end()).toBe(null);
    table.rows = [done(1), done(2), running(3)];
    await second(table, 3);
    expect(end()).toBe(null);
    table.rows = [done(1), done(2), row(3, { status: 'skipped' })];
    await second(table, 2);
    expect(end()).toMatchObject({
      code: 0,
      text: expect.stringMatching(/^done after .*: execution 100.0%, 2 completed/),
    });
  });

  it('gives a worker that has done fewer records than expected time for its next batch', async () => {
    const table = fakeTable([done(1)]);
    const { end } = await waiting(table, 'done');
    await second(table, 5);
    expect(end()).toBe(null);
    await second(table, 8);
    expect(end()).toMatchObject({ code: 0 });
  });

  it('names the newest unresolved failures with which it ends', async () => {
    const failed = (id: number) => row(id, { status: 'failed', errorMessage: 'x', completedAt: 0 });
    const table = fakeTable([running(1), ...[2, 3, 4, 5, 6, 7, 8].map(failed)]);
    const { end } = await waiting(table, 'failed');
    await second(table, 2);
    expect(end()?.text).toMatch(
      /7 unresolved \(all retrying\) of 7 failed\. Unresolved: operations 8 \(cases\), 7 \(cases\), .* and 2 more$/,
    );
    const one = await waiting(fakeTable([done(1), failed(2)]), 'done');
    await second(table, 15);
    expect(one.end()?.text).toMatch(/\. Unresolved: operation 2 \(cases\)\. Retry, skip or accept them\.$/);
  });

  it('ends with 1 if nothing is open, but a failure is unresolved', async () => {
    const table = fakeTable([done(1), row(2, { status: 'failed', errorMessage: 'x', completedAt: 0 })]);
    const { end } = await waiting(table, 'done');
    await second(table, 15);
    expect(end()).toMatchObject({ code: 1, text: expect.stringContaining('1 unresolved of 1 failed') });
  });

  it('continues while the table is empty, and while operations are paused or pending', async () => {
    for (const rows of [[], [done(1), row(2, { status: 'paused' })], [done(1), row(2, { status: 'pending' })]]) {
      const table = fakeTable(rows);
      const { end } = await waiting(table, 'done');
      await second(table, 15);
      expect(end()).toBe(null);
    }
  });
});

describe('waiting for another state', () => {
  it('idle is reached when nothing is running, whatever is pending', async () => {
    const table = fakeTable([running(1), row(2, { status: 'pending' })]);
    const { end } = await waiting(table, 'idle');
    await second(table, 3);
    expect(end()).toBe(null);
    table.rows = [row(1, { status: 'paused' }), row(2, { status: 'pending' })];
    await second(table, 3);
    expect(end()).toMatchObject({ code: 0, text: expect.stringMatching(/^idle after/) });
  });

  it('failed is reached by the first unresolved failure, and missed when all is done without one', async () => {
    const table = fakeTable([running(1)]);
    const { end } = await waiting(table, 'failed');
    await second(table, 2);
    expect(end()).toBe(null);
    table.rows = [row(1, { status: 'failed', errorMessage: 'x', completedAt: 0 })];
    await second(table);
    expect(end()).toMatchObject({ code: 0 });
    const clean = fakeTable([done(1), done(2)]);
    const other = await waiting(clean, 'failed');
    await second(clean, 3);
    expect(other.end()).toMatchObject({ code: 1, text: expect.stringContaining('nothing has failed') });
  });

  it('done is missed, and says why, if a row cannot be read: it may be open', async () => {
    const { state } = await waiting(fakeTable([done(1)]), 'done');
    const { latest } = state();
    if (latest === null) return expect.fail('no poll');
    const judge = createJudge({ goal: 'done', failOn: [] }, 0);
    const unreadable = [{ kind: 'rows', operations: 1, problem: 'status is "RUNNING"' }] as const;
    const judgedAfter = (seconds: number) =>
      judge({
        ...state(),
        latest: { ...latest, snapshot: { ...latest.snapshot, unreadable, takenAt: latest.snapshot.takenAt + seconds } },
      });
    expect(judgedAfter(0)).toBeNull();
    expect(judgedAfter(5)).toBeNull();
    expect(judgedAfter(11)).toMatchObject({
      code: 1,
      text: expect.stringMatching(/but 1 row cannot be read: .*\. migtop doctor names the rows/),
    });
  });

  it('failed is not reached before it is known which failures are resolved', async () => {
    const table = fakeTable([running(1), row(2, { status: 'failed', errorMessage: 'x', completedAt: 0 })]);
    const { state } = await waiting(table, 'failed');
    const { latest } = state();
    if (latest === null) return expect.fail('no poll');
    const judge = createJudge({ goal: 'failed', failOn: [] }, 0);
    expect(judge({ ...state(), latest: { ...latest, triage: { ...latest.triage, isWhole: false } } })).toBeNull();
    expect(judge(state())).toMatchObject({ code: 0, text: expect.stringMatching(/^found a failure after /) });
  });

  it.each([
    ['a deadline that has passed', '1970-01-01', 'done', 8],
    ['idle', null, 'idle', 0],
  ] as const)('%s ends the wait when it is known which failures are unresolved', async (_, until, goal, code) => {
    const rows = [done(1), row(2, { status: 'failed', errorMessage: 'x', completedAt: 0 })];
    const { state } = await waiting(fakeTable(goal === 'idle' ? rows : [...rows, running(3)]), goal, '', until);
    const { latest, nowMs } = state();
    if (latest === null) return expect.fail('no poll');
    const judge = createJudge({ goal, failOn: [] }, nowMs);
    const unknown = { ...latest.triage, isWhole: false };
    expect(judge({ ...state(), latest: { ...latest, triage: unknown } })).toBeNull();
    expect(judge({ ...state(), latest: { ...latest, triage: unknown } })).toBeNull();
    expect(judge(state())).toMatchObject({
      code,
      text: expect.stringMatching(/1 unresolved (\(all retrying\) )?of 1 failed/),
    });
  });
});

describe('a condition of --fail-on', () => {
  it('ends the wait with 1 and its figure', async () => {
    const table = fakeTable([running(1), row(2, { status: 'failed', errorMessage: 'x', completedAt: 0 })]);
    const { end } = await waiting(table, 'done', 'unresolved>10%');
    await second(table);
    expect(end()).toMatchObject({
      code: 1,
      text: expect.stringMatching(/^50.0% unresolved \(1 of 2\) \(unresolved>10%\)/),
    });
  });

  it('waits until it is known which failures are resolved, but for five seconds at most', async () => {
    const table = fakeTable([running(1), row(2, { status: 'failed', errorMessage: 'x', completedAt: 0 })]);
    const { state } = await waiting(table, 'done');
    const { latest, nowMs } = state();
    if (latest === null) return expect.fail('no poll');
    const early = { ...state(), latest: { ...latest, triage: { ...latest.triage, isWhole: false } } };
    const conditions = parseConditions('running>0');
    if (conditions.kind !== 'ok') return expect.fail('no condition');
    const begun = () => createJudge({ goal: 'done', failOn: conditions.conditions }, nowMs);
    expect(begun()(early)).toBeNull();
    expect(begun()(state())).toMatchObject({
      text: expect.stringMatching(/1 unresolved \(all retrying\) of 1 failed/),
    });
    expect(begun()({ ...early, nowMs: nowMs + 5000 })).toMatchObject({ text: expect.stringMatching(/, 1 failed/) });
  });

  it('ends it with 7 if it is about stalled operations', async () => {
    const table = fakeTable([row(1, { status: 'running', recordsProcessed: 10, startedAt: 0, completedAt: null })]);
    const { end } = await waiting(table, 'done', 'stalled>0,unresolved>0');
    await second(table, 700);
    expect(end()).toMatchObject({ code: 7, text: expect.stringMatching(/^1 perhaps stalled \(stalled>0\)/) });
  });

  it('counts the stalled operations among the running ones with which it ends', async () => {
    const table = fakeTable([
      row(1, { status: 'running', recordsProcessed: 10, startedAt: 0, completedAt: null }),
      running(2),
    ]);
    const { end } = await waiting(table, 'done', 'stalled>0');
    await second(table, 700);
    expect(end()?.text).toMatch(/, 2 running \(1 perhaps stalled\)/);
  });

  it('sees how old the data is while the database does not answer', async () => {
    const table = fakeTable([running(1)]);
    const { end, state } = await waiting(table, 'done', 'age>20s');
    table.gone = lostConnection;
    await second(table, 15);
    expect(end()).toBe(null);
    expect(barText(waitLine(state()), 200, true)).toContain('connection lost');
    await second(table, 10);
    expect(end()).toMatchObject({ code: 1, text: expect.stringContaining('(age>20s)') });
  });
});

it('the deadline ends the wait with 8, also while the database does not answer', async () => {
  const table = fakeTable([running(1)]);
  const { end } = await waiting(table, 'done', '', '30s');
  table.gone = lostConnection;
  await second(table, 20);
  expect(end()).toBe(null);
  await second(table, 15);
  expect(end()).toMatchObject({
    code: 8,
    text: expect.stringMatching(/^the deadline (?:\S+ )?\d\d:\d\d has passed: /),
  });
});

describe('the progress', () => {
  it('has its first line when it is known which failures are unresolved', async () => {
    const table = fakeTable([running(1), row(2, { status: 'failed', errorMessage: 'x', completedAt: 0 })]);
    const { state } = await waiting(table, 'done');
    const { latest } = state();
    if (latest === null) return expect.fail('the table was not read');
    expect(isJudged(state())).toBe(true);
    expect(isJudged({ ...state(), latest: { ...latest, triage: { ...latest.triage, isWhole: false } } })).toBe(false);
  });

  it('fits every width, in UTF-8 and in ASCII, and changes where something has happened', async () => {
    const table = fakeTable([done(1), running(2)]);
    const { state } = await waiting(table, 'done');
    const line = waitLine(state());
    for (const columns of [20, 40, 79, 119, 199])
      for (const isUtf8 of [true, false]) {
        const text = barText(line, columns, isUtf8);
        expect(widthOf(text)).toBeLessThanOrEqual(columns);
        if (!isUtf8) expect(text).toMatch(/^[ -~]*$/);
      }
    expect(barText(line, 79, false)).toMatch(/^execution #+\.+ 55\.0% {2}110 of 200 records/);
    // The figures are cut before the bar disappears.
    const long = { ...line, figures: `55.0%  110/200  ${'12 stalled  '.repeat(9)}` };
    expect(barText(long, 79, true)).toMatch(/^execution █{4}░{4} 55\.0% {2}110\/200.*…$/);
    const before = waitChange(state());
    await second(table);
    expect(waitChange(state())).toBe(before);
    table.rows = [done(1), row(2, { status: 'failed', errorMessage: 'x', completedAt: 0 })];
    await second(table);
    expect(waitChange(state())).not.toBe(before);
  });
});

describe('the lines of status --watch', () => {
  it('are one for each poll, with the failures that are new, and say when the connection is lost', async () => {
    const failure = row(2, { status: 'failed', errorMessage: 'Key (id)=(4711) is missing', completedAt: 0 });
    const table = fakeTable([running(1), failure]);
    const { monitor, state } = await watching(table);
    const make = createWatchLines(true, () => 'now');
    const lines = [make(state()), make(state())];
    monitor.store.subscribe(() => lines.push(make(state())));
    await second(table);
    table.rows = [running(1), failure, row(3, { status: 'failed', errorMessage: 'y', completedAt: 0 })];
    await second(table);
    table.gone = lostConnection;
    await second(table, 2);
    table.gone = null;
    await second(table, 10);
    const written = lines.filter((line) => line !== null);
    const kinds = written.map(({ event }) => event).filter((event, index, all) => event !== all[index - 1]);
    expect(kinds).toEqual(['poll', 'lost', 'connected', 'poll']);
    const polls = written.filter((line) => line.event === 'poll');
    // Nothing is written for a state that was written already.
    expect(lines.slice(0, 2).map((line) => line?.event)).toEqual(['poll', undefined]);
    expect(polls.map(({ failures }) => failures.map(({ id }) => id).join()).filter(Boolean)).toEqual(['2', '3']);
    expect(polls[0]).toMatchObject({ schemaVersion: 1, summary: { running: 1, failed: 1 }, coverage: { share: 1 } });
    expect(polls.at(-1)?.summary.failed).toBe(2);
    expect(JSON.stringify(written)).not.toContain('4711');
    expect(written.find(({ event }) => event === 'lost')).toEqual({
      event: 'lost',
      at: 'now',
      attempt: 1,
      problem: lostConnection.message,
    });
  });
});

it('may take longer than a timer of Node', async () => {
  vi.useFakeTimers();
  const { promise, resolve } = Promise.withResolvers<string>();
  const limited = withTimeLimit(promise, 60 * 86_400);
  await vi.advanceTimersByTimeAsync(1000);
  resolve('opened');
  expect(await limited).toEqual({ kind: 'done', value: 'opened' });
  vi.useRealTimers();
});
