import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backoffMs, createPoller } from '../../source/monitor/poller.ts';

/** Polls that come back when the test says so. */
function scripted() {
  const open: PromiseWithResolvers<number>[] = [];
  const lost: [unknown, number][] = [];
  let started = 0;
  const poller = createPoller({
    poll() {
      started++;
      const one = Promise.withResolvers<number>();
      open.push(one);
      return one.promise;
    },
    onLost: (error, attempt) => lost.push([error, attempt]),
  });
  const take = () => {
    const one = open.shift();
    if (one === undefined) throw new Error('no poll is under way');
    return one;
  };
  return {
    poller,
    lost,
    started: () => started,
    underWay: () => open.length,
    async answer(seconds: number) {
      take().resolve(seconds);
      await vi.advanceTimersByTimeAsync(0);
    },
    async fail(error: unknown) {
      take().reject(error);
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the poller', () => {
  it('waits for the seconds that the poll returned, from its end', async () => {
    const { poller, started, answer } = scripted();
    poller.start();
    expect(started()).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(started()).toBe(1);
    await answer(2);
    await vi.advanceTimersByTimeAsync(1999);
    expect(started()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(started()).toBe(2);
    poller.stop();
  });

  it('polls at once on request, and only once', async () => {
    const { poller, started, answer } = scripted();
    poller.start();
    await answer(60);
    poller.now();
    expect(started()).toBe(2);
    await answer(60);
    await vi.advanceTimersByTimeAsync(59_999);
    expect(started()).toBe(2);
    poller.stop();
  });

  it('never runs two polls at a time, and polls once more after any number of requests', async () => {
    const { poller, started, underWay, answer } = scripted();
    poller.start();
    for (let press = 0; press < 50; press++) poller.now();
    expect([started(), underWay()]).toEqual([1, 1]);
    await answer(60);
    expect([started(), underWay()]).toEqual([2, 1]);
    await answer(60);
    await vi.advanceTimersByTimeAsync(59_999);
    expect(started()).toBe(2);
    poller.stop();
  });

  it('reports every failed attempt and waits longer after each, up to ten seconds', async () => {
    const { poller, started, lost, fail } = scripted();
    poller.start();
    for (const [attempt, waitMs] of [500, 1000, 2000, 4000, 8000, 10_000, 10_000].entries()) {
      const error = new Error(`attempt ${attempt + 1}`);
      await fail(error);
      expect(lost.at(-1)).toEqual([error, attempt + 1]);
      await vi.advanceTimersByTimeAsync(waitMs - 1);
      expect(started()).toBe(attempt + 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(started()).toBe(attempt + 2);
    }
    poller.stop();
  });

  it('starts to count attempts again after a success', async () => {
    const { poller, lost, answer, fail } = scripted();
    poller.start();
    await fail(new Error('one'));
    await vi.advanceTimersByTimeAsync(500);
    await fail(new Error('two'));
    await vi.advanceTimersByTimeAsync(1000);
    await answer(1);
    await vi.advanceTimersByTimeAsync(1000);
    await fail(new Error('one again'));
    expect(lost.map(([, attempt]) => attempt)).toEqual([1, 2, 1]);
    poller.stop();
  });

  it('tries again at once if that was requested during an attempt', async () => {
    const { poller, started, fail } = scripted();
    poller.start();
    poller.now();
    await fail(new Error('gone'));
    expect(started()).toBe(2);
    poller.stop();
  });

  it('does nothing after it was stopped', async () => {
    const { poller, started, lost, fail } = scripted();
    poller.start();
    poller.stop();
    await fail(new Error('closed'));
    poller.now();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(started()).toBe(1);
    expect(lost).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the wait before another attempt', () => {
  it('doubles up to ten seconds', () => {
    expect([1, 2, 3, 4, 5, 6, 1e6].map(backoffMs)).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });
});
