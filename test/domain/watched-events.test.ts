import { describe, expect, it } from 'vitest';
import { observe } from '../../source/domain/observation.ts';
import { stallsOf } from '../../source/domain/stalled-operations.ts';
import { eventsBetween } from '../../source/domain/watched-events.ts';
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
});
