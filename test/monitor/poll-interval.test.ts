import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDueRead, createPollInterval, createRest } from '../../source/monitor/poll-interval.ts';
import { watchNote } from '../../source/presentation/polling-note.ts';
import { target } from '../support/fixtures.ts';

it('stretches the interval to ten times the shorter of the last two polls, up to a minute', () => {
  const interval = createPollInterval();
  const next = (tookSeconds: number) => interval(tookSeconds, { gained: null }, 1).nextSeconds;
  expect(next(3)).toBe(1);
  expect(next(2)).toBe(20);
  expect(next(0.05)).toBe(1);
  expect(next(30)).toBe(1);
  expect(next(30)).toBe(60);
});

it('stretches the interval while more than a thousand operations change each second, to at most 5000 a poll', () => {
  const interval = createPollInterval();
  const changed = (operations: number) => ({ gained: new Map(Array.from({ length: operations }, (_, id) => [id, 1])) });
  expect(interval(0.01, changed(2000), 1)).toEqual({ nextSeconds: 1, isBusy: false });
  expect(interval(0.01, changed(2000), 1)).toEqual({ nextSeconds: 2, isBusy: true });
  expect(interval(0.01, changed(4000), 1)).toEqual({ nextSeconds: 2, isBusy: true });
  expect(interval(0.01, changed(1800), 1)).toEqual({ nextSeconds: 1, isBusy: false });
  expect(interval(0.01, changed(4000), 1)).toEqual({ nextSeconds: 1, isBusy: false });
  expect(interval(0.01, changed(4000), 1)).toEqual({ nextSeconds: 1.25, isBusy: true });
  expect(interval(0.01, changed(9000), 5)).toEqual({ nextSeconds: 5, isBusy: false });
});

it('stretches the interval to a second for each 300 new operations that the server adds up, up to 4 s', () => {
  const interval = createPollInterval();
  const added = (operations: number) => ({
    gained: new Map([[1, 500]]),
    summed: [
      { ...gain, operations },
      { ...gain, workerId: 2, operations: 0 },
    ],
  });
  const gain = {
    phase: 'execution',
    tableName: 'cases',
    workerId: 1,
    records: 500,
    firstEnd: 1,
    lastEnd: 2,
    seconds: 1,
  } as const;
  const seconds = [899, 899, 2697, 9000, 18_000, 18_000, 250].map(
    (operations) => Math.round(10 * interval(0.01, added(operations), 1).nextSeconds) / 10,
  );
  expect(seconds).toEqual([1, 3, 3, 3, 4, 4, 1]);
});

it('reads again only after the last read has ended, and after a pause of ten times its duration', async () => {
  let nowMs = 0;
  let reads = 0;
  const rest = createRest(() => nowMs);
  const takes = (tookMs: number) => async () => {
    reads++;
    nowMs += tookMs;
  };
  await rest(takes(200));
  await rest(takes(200));
  expect(reads).toBe(1);
  nowMs = 1999;
  await rest(takes(1));
  expect(reads).toBe(1);
  nowMs = 2000;
  const slow = Promise.withResolvers<void>();
  const first = rest(async () => {
    reads++;
    await slow.promise;
  });
  await rest(takes(1));
  expect(reads).toBe(2);
  slow.resolve();
  await first;
});

it('continues after a failed read', async () => {
  let nowMs = 0;
  const rest = createRest(() => nowMs);
  await expect(rest(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
  let reads = 0;
  nowMs = 1;
  await rest(async () => void reads++);
  expect(reads).toBe(1);
});

describe('a read that is due while the last one rests', () => {
  /** The numbers of the reads that were made; each takes 200 ms. */
  const slowReads = () => {
    const reads: number[] = [];
    const one = (number: number) => async () => {
      reads.push(number);
      await new Promise((resolve) => setTimeout(resolve, 200));
    };
    return { reads, one };
  };
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is made at the end of its rest, once: the last that was wanted', async () => {
    const { reads, one } = slowReads();
    const read = createDueRead(() => performance.now());
    read.due(one(1));
    read.due(one(2));
    expect(reads).toEqual([1]);
    await vi.advanceTimersByTimeAsync(500);
    read.due(one(3));
    await vi.advanceTimersByTimeAsync(1499);
    expect(reads).toEqual([1]);
    await vi.advanceTimersByTimeAsync(1);
    expect(reads).toEqual([1, 3]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(reads).toEqual([1, 3]);
    read.due(one(4));
    expect(reads).toEqual([1, 3, 4]);
  });

  it('is made although the last one failed', async () => {
    const { reads, one } = slowReads();
    const read = createDueRead(() => performance.now());
    read.due(() => Promise.reject(new Error('gone')));
    await vi.advanceTimersByTimeAsync(0);
    read.due(one(1));
    expect(reads).toEqual([1]);
  });

  it('is not made once they were stopped', async () => {
    const { reads, one } = slowReads();
    const read = createDueRead(() => performance.now());
    read.due(one(1));
    read.due(one(2));
    read.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    read.due(one(3));
    expect(reads).toEqual([1]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('names the poll interval and its reason', () => {
  expect(watchNote(target)).toContain('newer transaction');
  expect(watchNote({ ...target, hasVersions: false })).toContain('no xmin');
  expect(watchNote({ ...target, isFollowable: false })).toContain('counts all of it');
});
