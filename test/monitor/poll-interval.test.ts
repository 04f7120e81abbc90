import { expect, it } from 'vitest';
import { createPollInterval, createRest } from '../../source/monitor/poll-interval.ts';
import { watchNote } from '../../source/presentation/polling-note.ts';
import { target } from '../support/fixtures.ts';

it('stretches the interval to ten times the shorter of the last two polls, up to a minute', () => {
  const next = createPollInterval();
  expect(next(3, 1)).toBe(1);
  expect(next(2, 1)).toBe(20);
  expect(next(0.05, 1)).toBe(1);
  expect(next(30, 1)).toBe(1);
  expect(next(30, 1)).toBe(60);
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

it('names the poll interval and its reason', () => {
  expect(watchNote(target)).toContain('newer transaction');
  expect(watchNote({ ...target, hasVersions: false })).toContain('no xmin');
  expect(watchNote({ ...target, isFollowable: false })).toContain('counts all of it');
});
