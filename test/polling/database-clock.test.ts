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

it.each([
  ['a second more than has passed', 61, false],
  ['two minutes less than has passed', -60, true],
  ['an hour more than has passed', 3660, true],
  ['as much as has passed', 60, false],
])('reports whether it was changed: it shows %s', (_, shown, isChanged) => {
  const clock = createDatabaseClock();
  expect(clock.read(1000, performance.now())).toBe(false);
  vi.advanceTimersByTime(60_000);
  expect(clock.read(1000 + shown, performance.now())).toBe(isChanged);
  expect(clock.now()).toBeCloseTo(1000 + shown);
});
