import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percentOf } from '../../source/domain/progress.ts';
import { zoneOf } from '../../source/domain/zone.ts';
import {
  agoText,
  clockText,
  count,
  countsBeside,
  duration,
  localTimestamp,
  minuteText,
  percent,
  rate,
  timestampText,
} from '../../source/presentation/figures.ts';
import { at } from '../domain/build.ts';

const noon = at('12:00:00');
const nonsense = [null, Number.NaN, Infinity, -Infinity, -1, -0.001];

it.each([
  [4_952_000, 5_000_000, 99.04, 4, '4.95M/5.00M'],
  [9_880_000, 15_400_000, 64.16, 4, '9.88M/15.4M'],
  [4_999_000, 5_000_000, 99.98, 4, '4,999,000/5,000,000'],
  [9_997_000, 10_000_000, 99.97, 7, '9,997,000/10.00M'],
  [12_630_000, 25_470_000, 49.59, 7, '12.63M/25.47M'],
  [5_000_000, 5_000_000, 100, 4, '5.0M/5.0M'],
  [430, 500, 12, 4, '430/500'],
])('%d of %d do not contradict %d percent, in %d columns or more: %s', (part, whole, percentage, width, text) => {
  expect(countsBeside(part, whole, percentage, width).join('/')).toBe(text);
});

describe('a count', () => {
  it.each([
    [0, 'any', '0'],
    [999, 'any', '999'],
    [1000, 'any', '1,000'],
    [2_147_483_647, 'any', '2,147,483,647'],
    [1569, 5, '1,569'],
    [1569, 4, '1.6k'],
    [1569, 3, '2k'],
    [15_420, 5, '15.4k'],
    [999_499, 6, '999.5k'],
    [999_499, 4, '999k'],
    [999_500, 6, '1.00M'],
    [999_999, 4, '1.0M'],
    [1_240_000, 7, '1.24M'],
    [1_240_000, 9, '1,240,000'],
    [9_880_000, 5, '9.88M'],
    [2_147_483_647, 7, '2.15G'],
    [2_147_483_647, 4, '2.1G'],
    [5e12, 6, '5.00T'],
  ])('of %d in a column of %s', (value, width, text) => {
    expect(count(value, width === 'any' ? undefined : Number(width))).toBe(text);
  });

  it('has thousands separators', () => {
    const { format } = new Intl.NumberFormat('en-US');
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(count(value)).toBe(format(value));
      }),
    );
    expect(count(1e21)).toBe(format(1e21));
    expect(count(1234.9)).toBe('1,234');
  });

  it.each(nonsense)('of %s is unknown', (value) => {
    expect(count(value)).toBe('?');
  });

  it('fits a column of four or more, and marks rounding', () => {
    const factors: Record<string, number> = { k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 };
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 4, max: 25 }), (value, width) => {
        const text = count(value, width);
        expect(text.length).toBeLessThanOrEqual(width);
        const [, digits = '', unit = ''] = /^([\d.,]+)([kMGTP]?)$/.exec(text) ?? [];
        const said = Number(digits.replaceAll(',', '')) * (factors[unit] ?? 1);
        expect(Math.abs(said - value)).toBeLessThanOrEqual(value * 0.05);
      }),
      { numRuns: 1000 },
    );
  });

  it('is never rounded to zero', () => {
    for (let value = 1; value < 2000; value++) {
      for (let width = 1; width < 6; width++) expect(Number.parseFloat(count(value, width))).toBeGreaterThan(0);
    }
  });
});

describe('a rate', () => {
  it.each([
    [0, '0'],
    [0.04, '0.0'],
    [0.5, '0.5'],
    [9.94, '9.9'],
    [9.95, '10'],
    [10.4, '10'],
    [8412.4, '8,412'],
  ])('of %d reads %s', (value, text) => {
    expect(rate(value)).toBe(text);
  });

  it.each(nonsense)('of %s is a dash', (value) => {
    expect(rate(value)).toBe('–');
  });
});

describe('a duration', () => {
  it.each([
    [0, '0.0s'],
    [0.04, '0.0s'],
    [0.05, '0.1s'],
    [0.4, '0.4s'],
    [9.94, '9.9s'],
    [9.95, '10s'],
    [9.99, '10s'],
    [10.4, '10s'],
    [59.4, '59s'],
    [59.5, '1m 00s'],
    [59.6, '1m 00s'],
    [60, '1m 00s'],
    [245, '4m 05s'],
    [3599.4, '59m 59s'],
    [3599.7, '1h 00m'],
    [3600, '1h 00m'],
    [4920, '1h 22m'],
    [86_399.4, '23h 59m'],
    [86_399.7, '1d 0h'],
    [86_400, '1d 0h'],
    [3 * 86_400 + 4 * 3600 + 3599, '3d 4h'],
    [400 * 86_400, '400d 0h'],
  ])('of %d seconds reads %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it.each(nonsense)('of %s is unknown', (seconds) => {
    expect(duration(seconds)).toBe('?');
  });

  it('never shows 60 seconds, 60 minutes or 24 hours, and stays short', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e8, noNaN: true }), (seconds) => {
        const text = duration(seconds);
        expect(text).toMatch(
          /^(\d\.\d|[1-5]?\d)s$|^[1-5]?\d?\dm [0-5]\ds$|^(1?\d|2[0-3])h [0-5]\dm$|^\d+d (1?\d|2[0-3])h$/,
        );
        expect(text.length).toBeLessThanOrEqual(9);
      }),
      { numRuns: 2000 },
    );
  });

  it('never decreases for longer times', () => {
    const secondsIn = (text: string): number =>
      [...text.matchAll(/([\d.]+)([smhd])/g)].reduce(
        (sum, [, figure, unit]) =>
          sum + Number(figure) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[unit ?? ''] ?? Number.NaN),
        0,
      );
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 5, noNaN: true }),
        (a, more) => {
          expect(secondsIn(duration(a + more))).toBeGreaterThanOrEqual(secondsIn(duration(a)));
        },
      ),
    );
  });
});

describe('a percentage', () => {
  it.each([
    [0, '0.0%'],
    [63.73, '63.7%'],
    [99.94, '99.9%'],
    [99.95, '99.9%'],
    [99.97, '99.9%'],
    [99.99, '99.9%'],
    [99.9999, '99.9%'],
    [100, '100.0%'],
    [127.47, '127.5%'],
    [999.94, '999.9%'],
    [999.95, '>999%'],
    [1e9, '>999%'],
  ])('of %d reads %s', (value, text) => {
    expect(percent(value)).toBe(text);
  });

  it.each(nonsense)('of %s is unknown', (value) => {
    expect(percent(value)).toBe('?');
  });

  it('never shows 100 while a record is missing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_147_483_647 }), fc.integer({ min: 1, max: 3 }), (total, missing) => {
        expect(percent(percentOf(Math.max(0, total - missing), total))).not.toMatch(/^100/);
        expect(percent(percentOf(total, total))).toBe('100.0%');
      }),
    );
  });
});

it.each([
  ['2026-11-26T10:21:07.5', '11-26T10:21'],
  ['2026-11-26 10:21:07', '11-26 10:21'],
  ['2025-12-31 23:59:59', '2025-12-31'],
  ['0001-12-01T02:00:00', '0001-12-01'],
  ['-004712-12-01T02:00:00', '-004712-12-01'],
  ['+294276-12-31T23:00:00', '+294276-12-31'],
])('the minute of %s has its year unless it is this one', (timestamp, text) => {
  expect(minuteText(timestamp, '2026-11-30T02:52:48.661')).toBe(text);
});

describe('a timestamp', () => {
  it('is shown as the table has it, with its age', () => {
    expect(timestampText(noon - 245, noon)).toBe('2024-01-15 11:55:55 (4m 05s ago)');
    expect(timestampText(noon - 0.75, noon)).toBe('2024-01-15 11:59:59 (0.8s ago)');
    expect(timestampText(noon + 1, noon)).toBe('2024-01-15 12:00:01 (0.0s ago)');
  });

  it('from the future is flagged, and never shows a negative age', () => {
    expect(timestampText(noon + 7200, noon)).toBe('2024-01-15 14:00:00 (in the future)');
  });

  it('of the hour that exists twice has an age while it can only mean the first one', () => {
    const zone = zoneOf('Europe/Berlin', 3600);
    const back = Date.UTC(2026, 9, 25, 1) / 1000;
    expect(timestampText(back + 2400, back - 1000, zone)).toBe('2026-10-25 02:40:00 (3m 20s ago)');
    expect(agoText(back + 2400, back + 600, zone)).toBe('30m 00s ago');
    expect(timestampText(back + 2400, back + 3000, zone)).toBe(
      '2026-10-25 02:40:00 ? (within the hour that exists twice)',
    );
    expect(agoText(back + 2400, back + 3000, zone)).toBe('?');
  });

  it('outside the calendar is unknown', () => {
    expect(timestampText(Infinity, noon)).toBe('? (infinity)');
    expect(timestampText(-Infinity, noon)).toBe('? (-infinity)');
    expect(timestampText(null, noon)).toBe('–');
  });

  it('is ISO 8601 without a zone, whatever the zone of this machine', () => {
    expect(localTimestamp(noon)).toBe('2024-01-15T12:00:00.000');
    expect(localTimestamp(0)).toBe('1970-01-01T00:00:00.000');
  });

  it('is null outside the calendar', () => {
    for (const stamp of [null, Infinity, -Infinity, Number.NaN, 8.64e12 + 1, -8.64e12 - 1]) {
      expect(localTimestamp(stamp)).toBeNull();
    }
    expect(localTimestamp(8.64e12)).not.toBeNull();
  });

  it('of the clock is shown as a time', () => {
    expect(clockText(at('10:21:07'))).toBe('10:21:07');
    expect(clockText(at('00:00:00.999'))).toBe('00:00:00');
    expect(clockText(Infinity)).toBe('?');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), (stamp, takenAt) => {
        expect(timestampText(stamp, takenAt)).not.toMatch(/NaN|Invalid|-\d+(\.\d+)?s ago/);
      }),
    );
  });
});
