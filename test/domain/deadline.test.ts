import { describe, expect, it } from 'vitest';
import { deadlineOf, deadlineVerdict, leftOutOf, parseUntil, untilProblem } from '../../source/domain/deadline.ts';
import { observe } from '../../source/domain/observation.ts';
import { fixedZone, zoneOf } from '../../source/domain/zone.ts';
import { at, operation, snapshot } from './build.ts';

const utcSeconds = (text: string): number => Date.parse(`${text}Z`) / 1000;

describe('a deadline', () => {
  it.each([
    ['06:00', '2024-01-15T22:30', '2024-01-16T06:00'],
    ['06:00', '2024-01-15T05:30', '2024-01-15T06:00'],
    ['06:00', '2024-01-15T06:00', '2024-01-15T06:00'],
    ['06:00', '2024-01-15T06:01', '2024-01-15T06:00'],
    ['06:00', '2024-01-15T11:59', '2024-01-15T06:00'],
    ['06:00', '2024-01-15T12:00', '2024-01-16T06:00'],
    ['23:50', '2024-01-15T00:30', '2024-01-14T23:50'],
    ['23:50', '2024-01-15T05:50', '2024-01-15T23:50'],
    ['00:00', '2024-01-15T23:00', '2024-01-16T00:00'],
    ['06:00:30', '2024-01-15T06:00', '2024-01-15T06:00:30'],
    ['2h', '2024-01-15T22:30', '2024-01-16T00:30'],
    ['1d12h', '2024-01-15T22:30', '2024-01-17T10:30'],
    ['2024-01-16 06:00', '2024-01-15T22:30', '2024-01-16T06:00'],
    ['2024-01-16', '2024-01-15T22:30', '2024-01-16T00:00'],
  ])('%s that is given at %s is %s', (text, now, expected) => {
    const until = parseUntil(text);
    expect(until && deadlineOf(until, utcSeconds(now))).toMatchObject({ text, at: utcSeconds(expected) });
  });

  it('that is given as a duration is called by the time of the day, on another day by the timestamp', () => {
    const given = (text: string, now: string) => {
      const until = parseUntil(text);
      return until && deadlineOf(until, utcSeconds(now)).name;
    };
    expect(given('2h', '2024-01-15T20:30')).toBe('22:30');
    expect(given('2h', '2024-01-15T22:30')).toBe('2024-01-16 00:30');
    // No timestamp has that instant.
    const never = '999999w'.repeat(20);
    expect(given(never, '2024-01-15T22:30')).toBe(never);
  });

  it.each(['', '25:00', '4711', 'tomorrow', '6:00', '2024-02-30 06:00'])('is not %j', (text) => {
    expect(parseUntil(text)).toBeNull();
  });

  it('is a time on the clock of the table, also across a change of summer time', () => {
    const until = parseUntil('06:00');
    if (until === null) throw new Error('not parsed');
    // In New York it is 22:30 on the 9th of March; the clocks are set forward at 02:00.
    const newYork = zoneOf('America/New_York', -5 * 3600);
    expect(deadlineOf(until, utcSeconds('2024-03-10T03:30'), newYork).at).toBe(utcSeconds('2024-03-10T10:00'));
    expect(deadlineOf(until, utcSeconds('2024-03-09T03:30'), newYork).at).toBe(utcSeconds('2024-03-09T11:00'));
    expect(deadlineOf(until, utcSeconds('2024-01-15T14:30'), fixedZone(9 * 3600)).at).toBe(
      utcSeconds('2024-01-15T21:00'),
    );
  });

  it.each([
    ['06:00', '05:30', '06:00'],
    ['06:00', '06:01', '06:00'],
    ['06:00', '22:30', '2024-01-16 06:00'],
    ['23:50', '00:30', '2024-01-14 23:50'],
    ['2h', '22:30', '2024-01-16 00:30'],
    ['2h', '10:00', '12:00'],
    ['2024-01-15 06:00', '05:00', '2024-01-15 06:00'],
  ])('%s at %s is called %s', (text, now, name) => {
    const until = parseUntil(text);
    expect(until && deadlineOf(until, utcSeconds(`2024-01-15T${now}`)).name).toBe(name);
  });

  const running = observe(
    null,
    snapshot(at('10:00:00'), [operation({ status: 'running', startedAt: at('09:59:00') })]),
  );
  const deadline = { text: '11:00', name: '11:00', at: at('11:00:00') };

  it.each([
    [
      { lowSeconds: 1200, highSeconds: 2400 },
      { kind: 'fits', spareSeconds: 1200 },
    ],
    [
      { lowSeconds: 1200, highSeconds: 3600 },
      { kind: 'fits', spareSeconds: 0 },
    ],
    [
      { lowSeconds: 1200, highSeconds: 6000 },
      { kind: 'late', lowSeconds: 0, highSeconds: 2400 },
    ],
    [
      { lowSeconds: 4200, highSeconds: 6000 },
      { kind: 'late', lowSeconds: 600, highSeconds: 2400 },
    ],
    // The latest end is four times as far away as the earliest one: the end by the clock names only the latest, too.
    [
      { lowSeconds: 3660, highSeconds: 14_640 },
      { kind: 'late', lowSeconds: 0, highSeconds: 11_040 },
    ],
    [null, { kind: 'unknown', leftSeconds: 3600, why: 'no total' }],
  ])('compared with the ETA %j is %j', (eta, verdict) => {
    expect(deadlineVerdict(deadline, running, { recordsPerSecond: null, eta })).toEqual(verdict);
  });

  it('that is over is missed, however vague the ETA is', () => {
    const over = { text: '09:00', name: '09:00', at: at('09:00:00') };
    expect(deadlineVerdict(over, running, { recordsPerSecond: 1, eta: { lowSeconds: 60, highSeconds: 7200 } })).toEqual(
      {
        kind: 'late',
        lowSeconds: 3660,
        highSeconds: 10_800,
      },
    );
  });

  it('does not matter once everything has ended', () => {
    const done = observe(
      null,
      snapshot(at('12:00:00'), [operation({ status: 'completed', completedAt: at('11:59:00') })]),
    );
    expect(deadlineVerdict(deadline, done, { recordsPerSecond: null, eta: null })).toEqual({ kind: 'done' });
  });
});

describe('an ETA', () => {
  it('leaves out what is stalled, paused or unresolved, and the other open phases', () => {
    const rows = [
      operation({ id: 1, status: 'running', startedAt: at('09:59:00'), workerId: 1 }),
      operation({ id: 2, status: 'paused', startedAt: at('09:59:00') }),
      operation({ id: 3, status: 'failed', completedAt: at('09:59:30') }),
      operation({ id: 4, status: 'failed', completedAt: at('09:59:40') }),
      operation({ id: 5, status: 'pending', phase: 'validation' }),
    ];
    const blocked = { run: '-', workerId: 1, operationId: 1, paused: false, pid: 7, blockedBy: [8] };
    const observation = observe(null, snapshot(at('10:00:00'), rows, { sessions: [blocked] }));
    expect(leftOutOf(observation)).toEqual({ stalled: 1, paused: 1, unresolved: 2, phases: ['validation'] });
  });
});

it('says of a number that it has no unit, and of other texts why they are no deadline', () => {
  expect(['4711', '24:00', 'soon'].map(untilProblem)).toEqual([
    'a number without a unit',
    'no such time of the day (two digits each)',
    'neither a time nor a duration',
  ]);
});
