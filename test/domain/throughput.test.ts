import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { etaOf } from '../../source/domain/eta.ts';
import { type Peaks, peaksAfter } from '../../source/domain/peaks.ts';
import { peakRate, rateHistory } from '../../source/domain/rate-history.ts';
import { recordsPerSecond } from '../../source/domain/rates.ts';
import type { Span } from '../../source/domain/snapshot.ts';
import {
  addSpans,
  emptyThroughput,
  isProgressing,
  paused,
  progressed,
  sliceSeconds,
  type Throughput,
} from '../../source/domain/throughput.ts';
import { at } from './build.ts';

const noon = at('12:00:00');

const moment = fc.double({ min: noon - 7200, max: noon + 7200, noNaN: true });
const span: fc.Arbitrary<Span> = fc.record({
  from: moment,
  to: moment,
  records: fc.integer({ min: 1, max: 2_000_000_000 }),
});

function recordsIn(throughput: Throughput): number {
  return throughput.slices.reduce((sum, records) => sum + records, 0);
}

/** The slices with records, by their start. */
function recordsBySlice({ first, slices }: Throughput): [number, number][] {
  return slices.flatMap((records, index): [number, number][] =>
    records === 0 ? [] : [[(first + index) * sliceSeconds, records]],
  );
}

/** One that was observed for a time at an even rate. */
function steady(perSecond: number, seconds: number): Throughput {
  return addSpans(
    emptyThroughput(noon - seconds),
    [{ from: noon - seconds, to: noon, records: perSecond * seconds }],
    noon,
  );
}

describe('adding records', () => {
  it('spreads them evenly over the slices of their time', () => {
    const throughput = addSpans(emptyThroughput(noon - 60), [{ from: noon - 25, to: noon - 5, records: 200 }], noon);
    expect(recordsBySlice(throughput)).toEqual([
      [noon - 30, 50],
      [noon - 20, 100],
      [noon - 10, 50],
    ]);
  });

  it('puts records of no duration into their slice', () => {
    const throughput = addSpans(emptyThroughput(noon - 60), [{ from: noon - 5, to: noon - 5, records: 200 }], noon);
    expect(recordsBySlice(throughput)).toEqual([[noon - 10, 200]]);
  });

  it('keeps the exact number of records in the time that it keeps', () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 20 }), (spans) => {
        // Observed long enough for all of them: nothing is too old, and what lies ahead counts as now.
        const recent = spans.map(({ from, to, records }) => ({
          from: Math.max(from, noon - 3600),
          to: Math.max(to, noon - 3600),
          records,
        }));
        const added = recent.reduce((sum, { records }) => sum + records, 0);
        const kept = recordsIn(addSpans(emptyThroughput(noon - 7200), recent, noon));
        expect(Math.abs(kept - added)).toBeLessThanOrEqual(added * 1e-9);
      }),
    );
  });

  it('gives the same sums for spans one by one and together', () => {
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 10 }), (spans) => {
        const together = recordsIn(addSpans(emptyThroughput(noon - 7200), spans, noon));
        const oneByOne = spans.reduce((so, one) => addSpans(so, [one], noon), emptyThroughput(noon - 7200));
        expect(recordsIn(oneByOne)).toBeCloseTo(together, 0);
      }),
    );
  });

  it('is never negative, and keeps nothing much older than an hour', () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 20 }), moment, (spans, takenAt) => {
        for (const [from, records] of recordsBySlice(addSpans(emptyThroughput(noon - 7200), spans, takenAt))) {
          expect(records).toBeGreaterThan(0);
          expect(from).toBeGreaterThan(takenAt - 3700 - sliceSeconds);
          expect(from).toBeLessThanOrEqual(takenAt);
        }
      }),
    );
  });

  it('stays small with many spans and long ones', () => {
    let throughput = emptyThroughput(noon);
    for (let second = 1; second <= 20_000; second += 7) {
      throughput = addSpans(throughput, [{ from: noon + second - 7, to: noon + second, records: 5 }], noon + second);
    }
    expect(throughput.slices.length).toBeLessThanOrEqual(3700 / sliceSeconds + 2);
    const ancient = addSpans(emptyThroughput(0), [{ from: 0, to: noon, records: noon }], noon);
    expect(ancient.slices.length).toBeLessThanOrEqual(3700 / sliceSeconds + 2);
    expect(recordsPerSecond(ancient, noon, 60)).toBeCloseTo(1, 6);
  });
});

describe('the rate', () => {
  it('is the records over the time of their processing', () => {
    expect(recordsPerSecond(steady(120, 600), noon, 60)).toBeCloseTo(120, 6);
    expect(recordsPerSecond(steady(120, 600), noon, 300)).toBeCloseTo(120, 6);
  });

  it('covers the observed time if that is shorter', () => {
    expect(recordsPerSecond(steady(120, 13), noon, 60)).toBeCloseTo(120, 6);
  });

  it('leaves out records from before the first poll, also within the first slice', () => {
    const since = noon + 7;
    const throughput = addSpans(emptyThroughput(since), [{ from: noon, to: noon + 9, records: 900 }], noon + 9);
    expect(recordsPerSecond(throughput, noon + 9, 60)).toBeCloseTo(100, 6);
    const before = addSpans(emptyThroughput(since), [{ from: noon + 1, to: noon + 1, records: 900 }], noon + 9);
    expect(recordsPerSecond(before, noon + 9, 60)).toBe(0);
  });

  it('is 0 after a window without records', () => {
    expect(recordsPerSecond(steady(120, 600), noon + 120, 60)).toBe(0);
  });

  it('is not known before two polls were compared, or by a clock that went back', () => {
    expect(recordsPerSecond(emptyThroughput(noon), noon, 60)).toBeNull();
    expect(recordsPerSecond(emptyThroughput(noon), noon + 0.1, 60)).toBeNull();
    expect(recordsPerSecond(emptyThroughput(noon), noon + 1, 60)).toBe(0);
    expect(recordsPerSecond(steady(120, 600), noon - 700, 60)).toBeNull();
  });

  it('is never negative, infinite or not a number', () => {
    fc.assert(
      fc.property(
        fc.array(span, { maxLength: 10 }),
        moment,
        moment,
        moment,
        fc.integer({ min: 1, max: 3600 }),
        (spans, since, takenAt, later, window) => {
          const rate = recordsPerSecond(addSpans(emptyThroughput(since), spans, takenAt), later, window);
          if (rate === null) return;
          expect(rate).toBeGreaterThanOrEqual(0);
          expect(Number.isFinite(rate)).toBe(true);
        },
      ),
    );
  });
});

describe('the history', () => {
  it('is null before it was observed and the rate from then on', () => {
    const history = rateHistory(steady(50, 1800), noon, 3600, 60);
    expect(history).toHaveLength(60);
    expect(history.slice(0, 29).every((rate) => rate === null)).toBe(true);
    for (const rate of history.slice(31)) expect(rate).toBeCloseTo(50, 6);
  });

  it('leaves out the current slice, which would be too low', () => {
    const throughput = addSpans(
      emptyThroughput(noon - 600),
      [{ from: noon - 600, to: noon + 1, records: 601 * 30 }],
      noon + 1,
    );
    expect(rateHistory(throughput, noon + 1, 600, 10).at(-1)).toBeCloseTo(30, 6);
  });

  it('has the requested number of values, none of them negative or NaN', () => {
    fc.assert(
      fc.property(
        fc.array(span, { maxLength: 10 }),
        moment,
        fc.integer({ min: 1, max: 400 }),
        (spans, takenAt, count) => {
          const history = rateHistory(addSpans(emptyThroughput(noon - 1800), spans, takenAt), takenAt, 3600, count);
          expect(history).toHaveLength(count);
          expect(history.every((rate) => rate === null || (rate >= 0 && Number.isFinite(rate)))).toBe(true);
        },
      ),
    );
  });
});

describe('paused time', () => {
  it('is in no rate: after a resume the rate from before the pause counts', () => {
    const before = steady(250, 600);
    const whilePaused = paused(before, noon, noon + 3600);
    expect(recordsPerSecond(whilePaused, noon + 3600, 60)).toBe(0);
    const after = addSpans(whilePaused, [{ from: noon + 3600, to: noon + 3605, records: 1250 }], noon + 3605);
    expect(recordsPerSecond(after, noon + 3605, 60)).toBeCloseTo(250, 6);
  });

  it('grows with each poll, and keeps what was processed before it', () => {
    let throughput = steady(250, 600);
    for (let second = 0; second < 3 * 3600; second += 10)
      throughput = paused(throughput, noon + second, noon + second + 10);
    expect(throughput.pauses).toEqual([{ from: noon, to: noon + 3 * 3600 }]);
    const resumed = noon + 3 * 3600;
    const after = addSpans(throughput, [{ from: resumed, to: resumed + 10, records: 2500 }], resumed + 10);
    expect(recordsPerSecond(after, resumed + 10, 300)).toBeCloseTo(250, 6);
  });
});

describe('progress', () => {
  const every = (seconds: number, times: number): Throughput => {
    let throughput = emptyThroughput(noon);
    for (let time = 1; time <= times; time++) throughput = progressed(throughput, noon + time * seconds);
    return throughput;
  };

  it('is false before a poll has seen progress', () => {
    expect(isProgressing(emptyThroughput(noon), noon)).toBe(false);
  });

  it('is true until a time well above the usual gap, and for at least ten seconds', () => {
    expect(isProgressing(every(1, 20), noon + 29)).toBe(true);
    expect(isProgressing(every(1, 20), noon + 31)).toBe(false);
    expect(isProgressing(every(40, 5), noon + 200 + 60)).toBe(true);
    expect(isProgressing(every(40, 5), noon + 200 + 70)).toBe(false);
  });

  it('ignores one long stop in the usual gap', () => {
    const again = progressed(progressed(every(2, 10), noon + 3600), noon + 3602);
    expect(isProgressing(again, noon + 3620)).toBe(false);
  });

  it('is false during a pause, and after a resume until a poll has seen progress', () => {
    const whilePaused = paused(every(2, 10), noon + 21, noon + 60);
    expect(isProgressing(whilePaused, noon + 60)).toBe(false);
    expect(isProgressing(whilePaused, noon + 61)).toBe(false);
    expect(isProgressing(progressed(whilePaused, noon + 62), noon + 63)).toBe(true);
  });
});

describe('the ETA', () => {
  const running = (throughput: Throughput, takenAt = noon): Throughput => progressed(throughput, takenAt);
  const eta = (throughput: Throughput, takenAt: number, remaining: number | null) =>
    etaOf({ throughput, takenAt, remaining });

  it('is a range around the figure of an even rate', () => {
    const range = eta({ ...running(steady(100, 1800)), gaps: [1] }, noon, 60_000);
    expect(range?.lowSeconds).toBeGreaterThan(480);
    expect(range?.lowSeconds).toBeLessThan(600);
    expect(range?.highSeconds).toBeGreaterThan(600);
    expect(range?.highSeconds).toBeLessThan(750);
  });

  it('goes from the fastest to the slowest of the recent rates if there is no trend', () => {
    const slowed = addSpans(steady(100, 900), [{ from: noon, to: noon + 60, records: 1200 }], noon + 60);
    const range = eta({ ...running(slowed, noon + 60), gaps: [1] }, noon + 60, 6000);
    expect(range?.lowSeconds).toBeLessThan(75);
    expect(range?.highSeconds).toBeGreaterThan(250);
  });

  it('is not earlier than that of the records left at the highest rate, nor much earlier than at a rate since a change', () => {
    const fallen = addSpans(
      steady(400, 300),
      [
        { from: noon, to: noon + 30, records: 200 * 30 },
        { from: noon + 30, to: noon + 120, records: 40 * 90 },
      ],
      noon + 120,
    );
    const range = eta({ ...running(fallen, noon + 120), gaps: [2] }, noon + 120, 40_000);
    expect(range?.lowSeconds).toBeGreaterThan((0.9 * 40_000) / 400);
    const rising = addSpans(steady(20, 300), [{ from: noon, to: noon + 60, records: 400 * 60 }], noon + 60);
    expect(eta({ ...running(rising, noon + 60), gaps: [2] }, noon + 60, 40_000)?.lowSeconds).toBeGreaterThan(80);
  });

  it('follows the trend of workers that read with a growing OFFSET', () => {
    // Each record takes 1 ms, and 1 ns more for each that was done: the first million takes 1,500 s, the second 2,500 s.
    let throughput = emptyThroughput(noon);
    let at = noon;
    for (let done = 0; done < 1_000_000; done += 1000) {
      const seconds = 1000 * (0.001 + (done + 500) * 1e-9);
      throughput = progressed(
        addSpans(throughput, [{ from: at, to: at + seconds, records: 1000 }], at + seconds),
        at + seconds,
      );
      at += seconds;
    }
    const range = eta(throughput, at, 1_000_000);
    expect(range?.lowSeconds).toBeGreaterThan(1900);
    expect(range?.lowSeconds).toBeLessThan(2500);
    expect(range?.highSeconds).toBeGreaterThan(2500);
    expect(range?.highSeconds).toBeLessThan(3200);
  });

  it.each([
    ['nothing is left', running(steady(100, 600)), 0],
    ['more than all is done', running(steady(100, 600)), -50],
    ['the total is not known', running(steady(100, 600)), null],
    ['nothing was processed', running(emptyThroughput(noon - 600)), 1000],
    ['nothing was seen to progress', steady(100, 600), 1000],
    ['it would take more than 99 days', running(steady(1, 600)), 99 * 86_400 + 1000],
  ])('is not given if %s', (_, throughput, remaining) => {
    expect(eta(throughput, noon, remaining)).toBeNull();
  });

  it('is null when nothing progresses', () => {
    expect(eta({ ...running(steady(100, 600)), gaps: [1] }, noon + 11, 1000)).toBeNull();
  });

  it('is a range that is in order, above nothing and within 99 days, whatever was observed', () => {
    fc.assert(
      fc.property(
        fc.array(span, { maxLength: 10 }),
        moment,
        moment,
        fc.oneof(fc.integer({ min: -1000, max: 2_147_483_647 }), fc.constant(Number.MAX_SAFE_INTEGER)),
        (spans, since, takenAt, remaining) => {
          const range = eta(running(addSpans(emptyThroughput(since), spans, takenAt), takenAt), takenAt, remaining);
          if (range === null) return;
          expect(range.lowSeconds).toBeGreaterThan(0);
          expect(range.lowSeconds).toBeLessThanOrEqual(range.highSeconds);
          expect(range.highSeconds).toBeLessThanOrEqual(99 * 86_400);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('the peak of a minute', () => {
  const hour = addSpans(
    emptyThroughput(noon),
    [
      { from: noon, to: noon + 3000, records: 300_000 },
      { from: noon + 1200, to: noon + 1260, records: 24_000 },
    ],
    noon + 3000,
  );

  it('is the rate of the fastest minute, whatever came before and after', () => {
    expect(peakRate(hour, noon + 3000, 3600)).toBeCloseTo(500, 6);
    expect(peakRate(hour, noon + 3000, 600)).toBeCloseTo(100, 6);
  });

  it('does not fall while its minute is within the time', () => {
    const peaks = [1300, 2000, 3000].map((seconds) => peakRate(hour, noon + seconds, 3600));
    for (const peak of peaks) expect(peak).toBeCloseTo(500, 6);
  });

  it('is null before a minute was observed', () => {
    expect(peakRate(emptyThroughput(noon), noon + 50, 3600)).toBeNull();
  });

  it('stays at the highest rate that was shown in the last hour, from the second minute on', () => {
    const shown = (rates: readonly (readonly [seconds: number, rate: number | null])[]) =>
      rates.reduce<Peaks | undefined>(
        (peaks, [seconds, recordsPerSecond]) =>
          peaksAfter(peaks, { watchedSince: noon, takenAt: noon + seconds, recordsPerSecond }),
        undefined,
      )?.rates[0]?.recordsPerSecond;
    expect(shown([[30, 900]])).toBeUndefined();
    expect(
      shown([
        [30, 900],
        [60, 500],
        [61, 400],
        [62, null],
        [63, 450],
      ]),
    ).toBe(500);
    expect(
      shown([
        [60, 500],
        [61, 600],
        [62, 400],
      ]),
    ).toBe(600);
    expect(
      shown([
        [60, 500],
        [3000, 400],
        [3661, 300],
      ]),
    ).toBe(400);
  });

  it('does not fall when the rates start over, or the clock is set back', () => {
    const before = peaksAfter(undefined, { watchedSince: noon, takenAt: noon + 60, recordsPerSecond: 500 });
    const after = peaksAfter(before, { watchedSince: noon + 70, takenAt: noon + 80, recordsPerSecond: 900 });
    expect(after.rates).toEqual([{ at: noon + 60, recordsPerSecond: 500 }]);
    const back = peaksAfter(before, { watchedSince: noon - 3600, takenAt: noon - 3600, recordsPerSecond: 400 });
    expect(back.rates).toEqual([{ at: noon - 3600, recordsPerSecond: 500 }]);
    expect(peaksAfter(back, { watchedSince: noon - 3600, takenAt: noon + 1, recordsPerSecond: 400 }).rates).toEqual([
      { at: noon + 1, recordsPerSecond: 400 },
    ]);
  });
});
