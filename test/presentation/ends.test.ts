import { describe, expect, it } from 'vitest';
import { zoneOf } from '../../source/domain/zone.ts';
import { endText } from '../../source/presentation/end-clock.ts';
import {
  deadlineText,
  deadlineTexts,
  deadlineTone,
  doneText,
  doneTextWithTable,
  endCell,
  leftOutTexts,
  standstillTexts,
  standstillWithDeadline,
} from '../../source/presentation/ends.ts';
import type { StatusDocument } from '../../source/presentation/status-document.ts';
import { endCellIn, endIn } from '../../source/presentation/status-words.ts';

const at = (text: string): number => Date.parse(`${text}Z`) / 1000;
const in_ = (lowSeconds: number, highSeconds: number) => ({ lowSeconds, highSeconds });

describe('the end of the work', () => {
  it.each([
    ['2024-01-15T23:58:10', in_(420, 800), '00:05–00:12'],
    ['2024-01-15T10:00:00', in_(1800, 1800), '10:30'],
    ['2024-01-15T10:00:30', in_(100, 110), '10:02–10:03'],
    ['2024-01-15T10:00:00', in_(20, 30), '~25s'],
    ['2024-01-15T10:00:00', in_(0.5, 1), '~1s'],
    ['2024-01-15T10:00:00', in_(50, 80), '~1m'],
    ['2024-01-15T10:00:00', in_(1860, 4000), '10:30–11:10'],
    ['2024-01-15T10:00:00', in_(4 * 3600, 13 * 3600), '14:00–23:00'],
    ['2024-01-15T10:08:20', in_(300, 9000), 'by 12:45'],
    ['2024-01-15T10:08:20', in_(1200, 9000), 'by 12:45'],
    ['2024-01-15T10:08:20', in_(30, 7000), 'by 12:05'],
    ['2024-01-15T18:33:00', in_(60, 18 * 3600), 'by 16 Jan 13:00'],
    ['2024-01-15T18:33:00', in_(5 * 3600, 18 * 3600), '15 Jan–16 Jan'],
    ['2024-01-15T18:00:00', in_(11 * 3600, 14 * 3600), '16 Jan 05:00–08:00'],
    ['2024-01-15T10:00:00', in_(65 * 3600, 70 * 3600), '18 Jan 03:00–08:00'],
    ['2024-01-15T10:00:00', in_(50 * 3600, 90 * 3600), '17 Jan–19 Jan'],
  ])('from %s in %j is %s', (takenAt, eta, text) => {
    expect(endText(eta, at(takenAt))).toBe(text);
  });

  it('is on the clock of the table, also after a change of summer time', () => {
    const newYork = zoneOf('America/New_York', -5 * 3600);
    expect(endText(in_(6 * 3600, 6 * 3600), at('2024-03-10T05:00'), newYork)).toBe('07:00');
  });

  it.each([
    // 02:57 in summer time; the clocks are set back at 01:00 UTC.
    ['00:57', in_(244, 726), 'in 4–13 m'],
    ['00:57', in_(60, 726), 'in 0–13 m'],
    ['00:57', in_(40, 80), '~1m'],
    ['00:57', in_(60, 120), '02:58–02:59'],
    ['00:30', in_(1200, 3600), 'in 20–60 m'],
    ['2026-10-24T22:30', in_(4 * 3600, 5 * 3600), 'in 4–5 h'],
    ['01:57', in_(244, 726), '03:01–03:10'],
    ['2026-10-24T00:57', in_(30 * 3600, 31 * 3600), '25 Oct 07:00–09:00'],
  ])('is a duration if the clocks are set back before it: from %s in %j it is %s', (time, eta, text) => {
    const takenAt = at(time.length === 5 ? `2026-10-25T${time}` : time);
    expect(endText(eta, takenAt, zoneOf('Europe/Berlin', 3600))).toBe(text);
  });

  it('is that duration also in status, which has only the times on the clock', () => {
    const ends = { low: '2026-10-25T02:01:04', high: '2026-10-25T02:09:06' };
    const document = { takenAt: '2026-10-25T02:57:00.000' } as StatusDocument;
    expect(endIn(document, { low: 244, high: 726 }, ends)).toBe('in 4–13 m');
    expect(endCellIn(document, { low: 244, high: 726 }, ends)).toBe('in 4–13 m');
    expect(endIn(document, { low: 40, high: 80 }, ends)).toBe('~1m');
  });

  it.each([
    [in_(65 * 3600, 70 * 3600), 18, '18 Jan 03:00–08:00'],
    [in_(65 * 3600, 70 * 3600), 11, '18 Jan'],
    [in_(50 * 3600, 90 * 3600), 11, '17–19 Jan'],
    [in_(1860, 4000), 11, '10:30–11:10'],
    [in_(60, 20 * 3600), 11, 'by 16 Jan'],
    [in_(60, 1900), 11, 'by 10:35'],
    [in_(60, 361), 11, 'by 10:07'],
    [in_(60, 359), 11, '10:01–10:06'],
    [in_(100, 390), 11, '10:01–10:07'],
    [in_(600, 2300), 11, '10:10–10:39'],
    [in_(60, 20 * 3600), 18, 'by 16 Jan 06:00'],
    // A column has one form, also for an end that is near.
    [in_(5, 15), 11, '10:00–10:01'],
    [in_(60, 60), 11, '10:01'],
  ])('%j in a column of %i is %s', (eta, width, text) => {
    expect(endCell(eta, at('2024-01-15T10:00:00'), undefined, width)).toBe(text);
  });

  it('is not shown without an ETA', () => {
    expect([endText(null, 0), doneText(null, 0)]).toEqual(['', '']);
  });

  it('is a clock time or a duration from now on', () => {
    expect(doneText(in_(420, 800), at('2024-01-15T23:58:10'))).toBe('done 00:05–00:12');
    expect(doneText(in_(60, 9000), at('2024-01-15T10:08:20'))).toBe('done by 12:45');
    expect(doneText(in_(50, 80), at('2024-01-15T23:58:10'))).toBe('done in ~1m');
  });
});

it.each([
  [{ kind: 'fits', spareSeconds: 4859 } as const, 'fits, 1h 20m to spare'],
  [{ kind: 'fits', spareSeconds: 190 } as const, 'fits, 3m to spare'],
  [{ kind: 'late', lowSeconds: 0, highSeconds: 2390 } as const, 'may be late: up to 40 m'],
  [{ kind: 'late', lowSeconds: 0, highSeconds: 14_000 } as const, 'may be late: up to 4 h'],
  [{ kind: 'late', lowSeconds: 1210, highSeconds: 2390 } as const, 'late by 20–40 m'],
  [{ kind: 'late', lowSeconds: 7300, highSeconds: 20_000 } as const, 'late by 2–6 h'],
  [{ kind: 'late', lowSeconds: 10, highSeconds: 70 } as const, 'late by 10–70 s'],
  [
    { kind: 'unknown', leftSeconds: 4859, why: 'no report' } as const,
    'deadline in 1h 20m, no ETA: too few reports of workers yet',
  ],
  [{ kind: 'unknown', leftSeconds: -125, why: 'no report' } as const, 'deadline passed 2m 05s ago'],
])('the verdict %j is %s', (verdict, text) => {
  expect(deadlineText(verdict, { stalled: 0, paused: 0, unresolved: 0, phases: [] })).toBe(text);
});

it('says what a verdict by an ETA leaves out', () => {
  const leftOut = { stalled: 2, paused: 1, unresolved: 39, phases: ['validation'] as const };
  const fits = { kind: 'fits', spareSeconds: 4859 } as const;
  expect(deadlineText(fits, leftOut)).toBe(
    'without 2 stalled, 1 paused, 39 unresolved and the validation: fits, 1h 20m to spare',
  );
  expect(deadlineTexts(fits, leftOut).slice(1)).toEqual([
    'without 42 operations and the validation: fits, 1h 20m to spare',
    'without 42 operations and the validation: fits',
    'fits in part',
  ]);
  expect(deadlineTexts(fits, { ...leftOut, phases: [] }).at(-1)).toBe('fits in part');
  const onlyPhase = { stalled: 0, paused: 0, unresolved: 0, phases: ['validation'] as const };
  expect(deadlineTexts(fits, onlyPhase).at(-2)).toBe('without the validation: fits');
  expect(deadlineTexts(fits, { ...onlyPhase, phases: [] })).toEqual(['fits, 1h 20m to spare', 'fits']);
  expect([deadlineTone(fits, leftOut), deadlineTone(fits, { ...onlyPhase, phases: [] })]).toEqual(['plain', 'good']);
  expect(deadlineTexts({ kind: 'late', lowSeconds: 0, highSeconds: 2390 }, leftOut).slice(-2)).toEqual([
    'may be late: up to 40 m',
    'may be late',
  ]);
  const late = { kind: 'late', lowSeconds: 1210, highSeconds: 2390 } as const;
  expect(deadlineTexts(late, leftOut).at(-1)).toBe('late by 20–40 m');
  expect([deadlineTone(late, leftOut), deadlineTone({ ...late, lowSeconds: 0 }, leftOut)]).toEqual(['bad', 'warn']);
  expect(deadlineText({ kind: 'late', lowSeconds: 0, highSeconds: 2390 }, leftOut)).toMatch(
    /^may be late: up to 40 m, even without 2 stalled, 1 paused, 39 unresolved and the validation$/,
  );
  const unknown = { kind: 'unknown', leftSeconds: 4859, why: 'standstill' } as const;
  expect(deadlineTexts(unknown, leftOut)).toEqual([
    'deadline in 1h 20m, no ETA: nothing progresses',
    'deadline in 1h 20m, no ETA: nothing progresses',
    'no ETA: nothing progresses',
  ]);
  expect(deadlineTexts({ ...unknown, why: 'mostly paused' }, leftOut)).toEqual([
    'deadline in 1h 20m, no ETA: far more operations are paused than running',
    'deadline in 1h 20m, no ETA: too many paused',
    'no ETA: too many paused',
  ]);
});

it('says how far the deadline is where nothing progresses', () => {
  const texts = ['nothing progresses: 53 operations left', 'nothing progresses'];
  expect(standstillWithDeadline(texts, '06:00', 4859)).toEqual([
    'nothing progresses: 53 operations left, deadline 06:00 in 1h 20m',
    'nothing progresses, deadline 06:00 in 1h 20m',
    'nothing progresses, deadline in 1h 20m',
    'nothing progresses',
  ]);
  expect(standstillWithDeadline(texts, '06:00', -125)[2]).toBe('nothing progresses, deadline passed 2m ago');
});

it.each([
  [{ stalled: 2, paused: 0, unresolved: 39, phases: [] }, 'without 2 stalled and 39 unresolved'],
  [{ stalled: 0, paused: 1, unresolved: 0, phases: ['validation'] as const }, 'without 1 paused and the validation'],
  [{ stalled: 1, paused: 2, unresolved: 3, phases: [] }, 'without 1 stalled, 2 paused and 3 unresolved'],
  [
    { stalled: 0, paused: 0, unresolved: 0, phases: ['validation', 'rollback'] as const },
    'without the validation and the rollback',
  ],
  [{ stalled: 0, paused: 0, unresolved: 0, phases: [] }, ''],
])('%j is %s', (leftOut, text) => {
  expect(leftOutTexts(leftOut)[0] ?? '').toBe(text);
});

it('says why the migration does not finish where nothing progresses', () => {
  const leftOut = { stalled: 2, paused: 1, unresolved: 39, phases: [] };
  expect(standstillTexts(leftOut, { running: 2, pending: 11 })).toEqual([
    'nothing progresses: 2 stalled, 1 paused, 39 unresolved and 11 pending left; no worker claims the pending ones',
    'nothing progresses: 53 left; no worker claims the 11 pending',
    'nothing progresses: 2 stalled, 1 paused, 39 unresolved and 11 pending left',
    'nothing progresses: 53 operations left',
    'nothing progresses',
  ]);
  const suspected = { ...leftOut, isSuspected: true } as const;
  expect(standstillTexts(suspected, { running: 2, pending: 0 })).toEqual([
    'perhaps nothing progresses: 2 perhaps stalled, 1 paused and 39 unresolved left',
    'perhaps nothing progresses: 42 operations left',
    'perhaps nothing progresses',
  ]);
  expect(leftOutTexts(suspected)[0]).toBe('without 2 perhaps stalled, 1 paused and 39 unresolved');
  expect(standstillTexts(leftOut, { running: 2, pending: 0 }, '50 unresolved (11 retries paused)')[0]).toBe(
    'nothing progresses: 2 stalled, 1 paused and 50 unresolved (11 retries paused) left',
  );
  expect(standstillTexts(leftOut, { running: 3, pending: 11 })).toEqual([]);
  const nothing = { stalled: 0, paused: 0, unresolved: 0, phases: [] };
  expect(standstillTexts(nothing, { running: 0, pending: 0 })).toEqual([]);
  const idle = { ...nothing, unresolved: 14 };
  expect(
    standstillTexts(idle, { running: 0, pending: 11 })
      .filter((_, index) => index !== 1)
      .slice(0, 2),
  ).toEqual([
    'nothing progresses: 14 unresolved and 11 pending left; no worker claims the pending ones',
    'nothing progresses: 14 unresolved and 11 pending left',
  ]);
  const held = { ...nothing, paused: 133 };
  expect(standstillTexts(held, { running: 0, pending: 0 })).toEqual([
    'nothing progresses: 133 paused left',
    'nothing progresses: 133 operations left',
    'all paused',
  ]);
  expect(standstillTexts(held, { running: 0, pending: 1 }).at(-1)).toBe('nothing progresses');
  expect(standstillTexts(nothing, { running: 0, pending: 1 })[0]).toMatch(/: 1 pending left; no worker claims it$/);
});

it('says that the failed operations that it leaves out may be fewer while not all failures are read', () => {
  const leftOut = { stalled: 2, paused: 0, unresolved: 63, mayBeResolved: true, phases: [] } as const;
  expect(leftOutTexts(leftOut)).toEqual([
    'without 2 stalled and up to 63 unresolved',
    'without up to 65 operations',
    'not all',
  ]);
});

describe('the table that alone makes the end late', () => {
  const eta = { lowSeconds: 300, highSeconds: 9000, lastTable: 'cases' };

  it('is named after the end', () => {
    expect(doneTextWithTable(eta, at('2024-01-15T10:08:20'))).toBe('done by 12:45, cases last');
    expect(doneTextWithTable(in_(300, 9000), at('2024-01-15T10:08:20'))).toBe('done by 12:45');
    expect(doneTextWithTable(null, at('2024-01-15T10:08:20'))).toBe('');
  });

  it('is named in a verdict that the end may be late, except in the shortest texts', () => {
    const verdict = { kind: 'late', lowSeconds: 0, highSeconds: 2390, lastTable: 'cases' } as const;
    const leftOut = { stalled: 1, paused: 0, unresolved: 0, phases: [] };
    const [whole, ...others] = deadlineTexts(verdict, leftOut);
    expect(whole).toBe('may be late: up to 40 m (cases), even without 1 stalled');
    expect(others.slice(-3)).toEqual(['may be late: up to 40 m (cases)', 'may be late: up to 40 m', 'may be late']);
  });
});
