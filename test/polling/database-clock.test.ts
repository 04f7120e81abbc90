import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createDatabaseClock } from '../../source/polling/database-clock.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

it('goes on from the last reading for a minute', () => {
  const clock = createDatabaseClock();
  expect(clock.now()).toBeNull();
  clock.read(1000, performance.now());
  vi.advanceTimersByTime(59_000);
  expect(clock.now()).toBeCloseTo(1059);
  vi.advanceTimersByTime(1000);
  expect(clock.now()).toBeNull();
});

it('does not take an answer that was long on its way for the time of now', () => {
  const clock = createDatabaseClock();
  clock.read(1000, performance.now());
  const askedMs = performance.now();
  vi.advanceTimersByTime(9000);
  // The database showed this some time after it was asked, up to nine seconds ago.
  clock.read(1000, askedMs);
  expect(clock.now()).toBeCloseTo(1009);
});
