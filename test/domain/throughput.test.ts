import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Span } from '../../source/domain/snapshot.ts';
import {
  addSpans,
  emptyThroughput,
  etaOf,
  rateHistory,
  recordsPerSecond,
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

/** The slices in which something moved, by when they begin. */
function movedIn({ first, slices }: Throughput): [number, number][] {
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

describe('adding what was moved', () => {
  it('spreads it evenly over the slices that it took', () => {
    const throughput = addSpans(emptyThroughput(noon - 60), [{ from: noon - 25, to: noon - 5, records: 200 }], noon);
    expect(movedIn(throughput)).toEqual([
      [noon - 30, 50],
      [noon - 20, 100],
      [noon - 10, 50],
    ]);
  });

  it('puts what was moved in no time into its moment', () => {
    const throughput = addSpans(emptyThroughput(noon - 60), [{ from: noon - 5, to: noon - 5, records: 200 }], noon);
    expect(movedIn(throughput)).toEqual([[noon - 10, 200]]);
  });

  it('neither loses nor invents a record of the time that it keeps', () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 20 }), (spans) => {
        // Observed long enough for all of them: nothing is too old, and what lies ahead counts as now.
        const recent = spans.map(({ from, to, records }) => ({
          from: Math.max(from, noon - 3600),
          to: Math.max(to, noon - 3600),
          records,
        }));
        const moved = recent.reduce((sum, { records }) => sum + records, 0);
        const kept = recordsIn(addSpans(emptyThroughput(noon - 7200), recent, noon));
        expect(Math.abs(kept - moved)).toBeLessThanOrEqual(moved * 1e-9);
      }),
    );
  });

  it('adds up the same, whether spans come one by one or together', () => {
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 10 }), (spans) => {
        const together = recordsIn(addSpans(emptyThroughput(noon - 7200), spans, noon));
        const oneByOne = spans.reduce((so, one) => addSpans(so, [one], noon), emptyThroughput(noon - 7200));
        expect(recordsIn(oneByOne)).toBeCloseTo(together, 0);
      }),
    );
  });

  it('never holds a negative, and never what is older than an hour and a little', () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 20 }), moment, (spans, takenAt) => {
        for (const [from, records] of movedIn(addSpans(emptyThroughput(noon - 7200), spans, takenAt))) {
          expect(records).toBeGreaterThan(0);
          expect(from).toBeGreaterThan(takenAt - 3700 - sliceSeconds);
          expect(from).toBeLessThanOrEqual(takenAt);
        }
      }),
    );
  });

  it('stays small, however long it is added to and however long a span is', () => {
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
  it('is the records over the time in which they were moved', () => {
    expect(recordsPerSecond(steady(120, 600), noon, 60)).toBeCloseTo(120, 6);
    expect(recordsPerSecond(steady(120, 600), noon, 300)).toBeCloseTo(120, 6);
  });

  it('is over what was observed where that is shorter', () => {
    expect(recordsPerSecond(steady(120, 13), noon, 60)).toBeCloseTo(120, 6);
  });

  it('leaves out what was moved before anyone looked, also within the first slice', () => {
    const since = noon + 7;
    const throughput = addSpans(emptyThroughput(since), [{ from: noon, to: noon + 9, records: 900 }], noon + 9);
    expect(recordsPerSecond(throughput, noon + 9, 60)).toBeCloseTo(100, 6);
    const before = addSpans(emptyThroughput(since), [{ from: noon + 1, to: noon + 1, records: 900 }], noon + 9);
    expect(recordsPerSecond(before, noon + 9, 60)).toBe(0);
  });

  it('is 0 when nothing has moved for longer than the window', () => {
    expect(recordsPerSecond(steady(120, 600), noon + 120, 60)).toBe(0);
  });

  it('is not known within the first second, or by a clock that went back', () => {
    expect(recordsPerSecond(emptyThroughput(noon), noon, 60)).toBeNull();
    expect(recordsPerSecond(emptyThroughput(noon), noon + 0.9, 60)).toBeNull();
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

  it('does not let the slice under way read low', () => {
    const throughput = addSpans(
      emptyThroughput(noon - 600),
      [{ from: noon - 600, to: noon + 1, records: 601 * 30 }],
      noon + 1,
    );
    expect(rateHistory(throughput, noon + 1, 600, 10).at(-1)).toBeCloseTo(30, 6);
  });

  it('has as many parts as asked for, none of them negative or no number', () => {
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

describe('the time that is left', () => {
  it('is one figure at an even rate', () => {
    const eta = etaOf(steady(100, 1800), noon, 6000);
    expect(eta?.lowSeconds).toBeCloseTo(60, 6);
    expect(eta?.highSeconds).toBeCloseTo(60, 6);
  });

  it('is a range from the fastest to the slowest of the recent rates', () => {
    const slowed = addSpans(steady(100, 900), [{ from: noon, to: noon + 60, records: 600 }], noon + 60);
    const eta = etaOf(slowed, noon + 60, 6000);
    expect(eta?.lowSeconds).toBeLessThan(75);
    expect(eta?.highSeconds).toBeGreaterThan(500);
  });

  it.each([
    ['nothing is left', steady(100, 600), 0],
    ['more than all is done', steady(100, 600), -50],
    ['the total is not known', steady(100, 600), null],
    ['nothing moves', emptyThroughput(noon - 600), 1000],
    ['it was observed for less than five seconds', steady(100, 4), 1000],
    ['it would take more than 99 days', steady(1, 600), 99 * 86_400 + 1000],
  ])('is not given where %s', (_, throughput, remaining) => {
    expect(etaOf(throughput, noon, remaining)).toBeNull();
  });

  it('is not given once everything has stood still for a minute', () => {
    expect(etaOf(steady(100, 600), noon + 120, 1000)).toBeNull();
  });

  it('is a range that is in order, above nothing and within 99 days, whatever was observed', () => {
    fc.assert(
      fc.property(
        fc.array(span, { maxLength: 10 }),
        moment,
        moment,
        fc.oneof(fc.integer({ min: -1000, max: 2_147_483_647 }), fc.constant(Number.MAX_SAFE_INTEGER)),
        (spans, since, takenAt, remaining) => {
          const eta = etaOf(addSpans(emptyThroughput(since), spans, takenAt), takenAt, remaining);
          if (eta === null) return;
          expect(eta.lowSeconds).toBeGreaterThan(0);
          expect(eta.lowSeconds).toBeLessThanOrEqual(eta.highSeconds);
          expect(eta.highSeconds).toBeLessThanOrEqual(99 * 86_400);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
