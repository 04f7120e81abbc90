import { describe, expect, it } from 'vitest';
import { type Observation, observe } from '../../source/domain/observation.ts';
import type { Snapshot } from '../../source/domain/snapshot.ts';
import { stallsOf } from '../../source/domain/stalled-operations.ts';
import { eventsBetween, newFailures, type WatchedEvent } from '../../source/domain/watched-events.ts';
import { activityRows } from '../../source/presentation/activity-rows.ts';
import { eventText } from '../../source/presentation/event-text.ts';
import { operation, snapshotOf, takenAt } from '../support/fixtures.ts';

describe('the events of stalls', () => {
  const ancient = operation({ id: 1, startedAt: takenAt - 7200, recordsProcessed: 0 });
  const completedIn = (seconds: number) =>
    [2, 3, 4].map((id) =>
      operation({
        id,
        status: 'completed',
        startedAt: takenAt - 9000,
        completedAt: takenAt - 9000 + seconds,
        recordsProcessed: 1000,
      }),
    );
  const stalledByThen = [ancient, ...completedIn(60)];

  it('leave out a stall that was there at the first poll, and only the counts after it show', () => {
    const first = observe(null, snapshotOf([ancient]));
    const second = observe(first, snapshotOf(stalledByThen, takenAt + 2));
    expect([first, second].map((one) => stallsOf(one).size)).toEqual([0, 1]);
    expect(eventsBetween(first, second).map(({ what }) => what.kind)).not.toContain('stalled');
  });

  it('do not say that an operation progresses again if only its usual time has changed', () => {
    const first = observe(null, snapshotOf(stalledByThen));
    const second = observe(first, snapshotOf([ancient, ...completedIn(8000)], takenAt + 2));
    expect([first, second].map((one) => stallsOf(one).size)).toEqual([1, 0]);
    expect(eventsBetween(first, second).map(({ what }) => what.kind)).not.toContain('moving again');
  });

  it('say that a stalled operation was put back into the queue and claimed, not that it progresses', () => {
    const rows = [
      { status: 'running', workerId: 7, startedAt: takenAt - 7200 },
      { status: 'pending', workerId: null, startedAt: null },
      { status: 'running', workerId: 7, startedAt: takenAt + 10 },
      { status: 'paused', workerId: 7, startedAt: takenAt + 10 },
      { status: 'pending', workerId: null, startedAt: null },
      { status: 'running', workerId: 4, startedAt: takenAt + 25 },
    ] as const;
    const texts = (own: readonly (typeof rows)[number][]): readonly string[] => {
      let before: Observation | null = null;
      const events: WatchedEvent[] = [];
      own.forEach((row, index) => {
        const polled = { ...ancient, ...row, recordsProcessed: 40, version: String(index) };
        const all = snapshotOf([polled, ...completedIn(60)], takenAt + 5 * index);
        const latest = observe(before, { ...all, operations: [polled] });
        events.push(...eventsBetween(before, latest));
        before = latest;
      });
      return events.map(({ what }) => `${eventText(what).word}: ${eventText(what).text}`);
    };
    const again = 'claimed: claimed again by worker 7, no new record yet';
    expect(texts([...rows])).toEqual([
      'requeued: put back into the queue',
      again,
      'requeued: put back into the queue',
      'claimed: claimed by worker 4',
    ]);
    // Between two polls.
    expect(texts([rows[0], rows[2]])).toEqual([again]);
    expect(texts([rows[0], rows[5]])).toEqual(['claimed: claimed by worker 4']);
  });

  it('report a stall once, also if the operation is paused and resumed, and for how long it had lasted then, in Activity too', () => {
    const row = operation({ id: 1, startedAt: takenAt - 5, recordsProcessed: 10 });
    const at = (seconds: number, status: 'running' | 'paused'): Snapshot => ({
      ...snapshotOf([{ ...row, status }, ...completedIn(10)], takenAt + seconds),
    });
    const polls = [at(0, 'running'), at(60, 'running'), at(70, 'paused'), at(80, 'running'), at(90, 'paused')];
    let before: Observation | null = null;
    const events: WatchedEvent[] = [];
    for (const poll of polls) {
      const latest = observe(before, poll);
      events.push(...eventsBetween(before, latest));
      before = latest;
    }
    const stalls = events.filter(({ what }) => what.kind === 'stalled');
    expect(stalls).toHaveLength(1);
    const [event] = stalls;
    if (event === undefined || before === null) return expect.fail('no stall');
    const [shown] = activityRows({ activity: [], actions: [], observation: before, events });
    expect(shown?.event).toBe(event);
    expect(event.what.kind === 'stalled' && event.what.stall.seconds).toBeLessThan(70);
  });
});

it('an operation that failed long ago has not failed again because the skip of it was undone', () => {
  const failure = operation({ id: 1, status: 'failed', startedAt: takenAt - 1900, completedAt: takenAt - 1800 });
  const skipped = observe(null, snapshotOf([{ ...failure, status: 'skipped' }]));
  const undone = observe(skipped, snapshotOf([failure], takenAt + 2));
  expect(newFailures(skipped, undone)).toEqual([]);
  // A worker whose clock is half an hour behind: the operation was running before.
  const running = observe(null, snapshotOf([{ ...failure, status: 'running', completedAt: null }]));
  expect(newFailures(running, observe(running, snapshotOf([failure], takenAt + 2)))).toHaveLength(1);
});

it('an operation that is inserted as failed with an old time has failed now; one without a time has not failed again by the undo of its skip', () => {
  const running = operation({ id: 1, startedAt: takenAt - 5, recordsProcessed: 10 });
  const old = operation({ id: 2, status: 'failed', startedAt: takenAt - 10_800, completedAt: null });
  const none = { ...old, startedAt: null };
  const before = observe(null, snapshotOf([running]));
  for (const failure of [old, { ...old, completedAt: takenAt - 9000 }, none]) {
    const after = observe(before, snapshotOf([running, failure], takenAt + 2, [], [running]));
    expect(newFailures(before, after)).toEqual([failure]);
    expect(eventsBetween(before, after)).toMatchObject([{ at: takenAt + 2, what: { kind: 'failed' } }]);
    const skipped = observe(after, snapshotOf([running, { ...failure, status: 'skipped' }], takenAt + 4));
    const rows = [running, { ...failure, status: 'skipped' as const }];
    const undone = observe(skipped, snapshotOf([running, failure], takenAt + 6, [], rows));
    expect(newFailures(skipped, undone)).toEqual([]);
  }
});

it('a table that is counted again is an event, and when it is whole again another', () => {
  const polled = (seconds: number, isWhole: boolean): Snapshot => {
    const snapshot = snapshotOf([operation({ id: 1 })], takenAt + seconds);
    return { ...snapshot, coverage: { ...snapshot.coverage, countedAt: isWhole ? takenAt : null } };
  };
  const [first, second, third] = [polled(0, true), polled(2, false), polled(4, true)];
  const whole = observe(null, first);
  const partly = observe(whole, second);
  const texts = (before: Observation, latest: Observation): readonly string[] =>
    eventsBetween(before, latest).map(({ what }) => `${eventText(what).word}: ${eventText(what).text}`);
  expect(texts(whole, partly)).toContain('counts: the table is counted again from the start');
  expect(texts(partly, observe(partly, third))).toContain('counts: the whole table is counted');
});
