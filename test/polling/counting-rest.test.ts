import { describe, expect, it } from 'vitest';
import { createCountingRest } from '../../source/polling/counting-rest.ts';
import { createCountingTurns } from '../../source/polling/counting-turns.ts';
import { mayBeWrong } from '../../source/polling/counting-work.ts';
import { emptyRange } from '../../source/polling/id-range.ts';

/** Which share of the time routine checks of `seconds` each use from one minute on, until another one. */
function shareBetween(
  [fromMinute, toMinute]: readonly [number, number],
  {
    seconds,
    sessions = 1,
    found = 'same',
  }: { readonly seconds: number; readonly sessions?: number; readonly found?: 'same' | 'different' },
): number {
  const rest = createCountingRest();
  rest.setSessions(sessions);
  let clock = 0;
  let counting = 0;
  while (clock < toMinute * 60) {
    clock += seconds;
    if (clock >= fromMinute * 60) counting += seconds;
    rest.checked(found);
    clock += rest.after(seconds, 20_000, 'calm');
  }
  return counting / ((toMinute - fromMinute) * 60);
}

describe('routine checks', () => {
  it('use a quarter of a per cent or less after ten minutes, also of ranges of 50,000 rows', () => {
    expect(shareBetween([10, 20], { seconds: 0.17 })).toBeLessThan(0.0026);
  });

  it('begin with a wait, as if one had just been made, which is longer with more sessions', () => {
    const rest = createCountingRest();
    expect(rest.beforeFirst('check')).toBeCloseTo(9.8);
    rest.setSessions(50);
    expect(rest.beforeFirst('check')).toBeCloseTo(1999.8);
  });

  it('of ranges that were counted in brief show whether polls miss changes, as those of others do', () => {
    const range = { ...emptyRange(1n, 50_000n, 1), isBrief: true };
    const work = { kind: 'range', range, limit: null, urgency: 'calm' } as const;
    expect(mayBeWrong(work)).toBe(false);
    expect(mayBeWrong({ ...work, range: { ...range, isStale: true } })).toBe(true);
    expect(mayBeWrong({ ...work, range: { ...range, countedAt: null } })).toBe(true);
  });

  it('use two per cent of the time at first, and a thousandth ten minutes later if they find nothing', () => {
    expect(createCountingRest().after(0.02, 20_000, 'calm')).toBeCloseTo(0.98);
    expect(shareBetween([10, 60], { seconds: 0.06 })).toBeLessThan(0.0015);
    expect(shareBetween([10, 60], { seconds: 0.02 })).toBeLessThan(0.0015);
    expect(shareBetween([60, 600], { seconds: 0.06 })).toBeGreaterThan(0.0009);
  });

  it('use two per cent again as soon as one finds a difference', () => {
    const rest = createCountingRest();
    for (let check = 0; check < 200; check++) rest.checked('same');
    expect(rest.after(0.02, 20_000, 'calm')).toBeCloseTo(19.98);
    rest.checked('different');
    expect(rest.after(0.02, 20_000, 'calm')).toBeCloseTo(0.98);
    expect(shareBetween([10, 60], { seconds: 0.06, found: 'different' })).toBeCloseTo(0.02, 3);
  });

  it('of fifty sessions use half a per cent of the time together', () => {
    for (const minutes of [
      [0, 10],
      [10, 60],
    ] as const)
      expect(50 * shareBetween(minutes, { seconds: 0.02, sessions: 50 })).toBeLessThan(0.0061);
    expect(50 * shareBetween([60, 600], { seconds: 0.3, sessions: 50 })).toBeLessThan(0.008);
  });
});

it('counts of a table that is not counted yet use half of the time, however many sessions there are', () => {
  const rest = createCountingRest();
  rest.setSessions(50);
  expect(rest.after(0.02, 20_000, 'hurried')).toBeCloseTo(0.02);
});

it('the first count of a guessed range waits if there are other sessions, which may have been opened at the same time', () => {
  const rest = createCountingRest();
  expect(rest.beforeFirst('guess')).toBe(0);
  rest.setSessions(50);
  expect(rest.beforeFirst('guess')).toBeCloseTo(1999.8);
});

it('counts of guessed ranges do not become rarer with routine checks, and those of many sessions share the time', () => {
  const rest = createCountingRest();
  for (let check = 0; check < 200; check++) rest.checked('same');
  expect(rest.after(0.02, 20_000, 'guessed')).toBeCloseTo(0.98);
  expect(rest.after(4, 20_000, 'guessed')).toBe(30);
  rest.setSessions(50);
  expect((50 * 0.02) / rest.after(0.02, 20_000, 'guessed')).toBeLessThan(0.0051);
  // One count in a minute of all together.
  expect(rest.after(4, 20_000, 'guessed')).toBe(50 * 60);
});

it('counts without turns for a long time after another session had sixty turns in a row', () => {
  const turns = createCountingTurns();
  for (let wait = 0; wait < 59; wait++) turns.take(false);
  expect(turns.key('1')).not.toBeNull();
  turns.take(true);
  for (let wait = 0; wait < 60; wait++) {
    expect(turns.key('1')).not.toBeNull();
    turns.take(false);
  }
  for (let count = 0; count < 1000; count++) {
    expect(turns.key('1')).toBeNull();
    turns.take(true);
  }
  expect(turns.key('1')).not.toBeNull();
  expect(turns.key('1')).not.toBe(turns.key('2'));
});
