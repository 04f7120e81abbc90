import { describe, expect, it } from 'vitest';
import { createRandom } from '../../source/demo/random.ts';
import { type Busy, jointPlans, lastEndOf, type WorkPlan } from '../../source/domain/schedule.ts';

const busy = (seconds: number): Busy => ({ seconds, fewest: 0.9 * seconds, reports: 100, gapSeconds: 1 });
const plan = (running: readonly number[], waiting: readonly number[] = []): WorkPlan => ({
  busy: running.map(busy),
  waiting: waiting.map((seconds, index) => ({ id: 10 + index, seconds, fewest: 0.9 * seconds })),
  variance: 0.01,
});

describe('the end of the last operation', () => {
  it('is that of the longest one, if no other waits', () => {
    expect(lastEndOf(plan([60, 200, 90]))?.seconds).toBe(200);
  });

  it('follows from workers that take the waiting operation with the lowest id as soon as they have ended one', () => {
    expect(lastEndOf(plan([60, 200], [100, 100, 30]))?.seconds).toBe(260);
    const reversed = { ...plan([60, 200]), waiting: plan([], [100, 100, 30]).waiting.toReversed() };
    expect(lastEndOf(reversed)?.seconds).toBe(260);
  });

  it('is the same as if each waiting operation searched all workers', () => {
    const random = createRandom(5);
    for (let table = 0; table < 200; table++) {
      const some = (most: number): number[] =>
        Array.from({ length: 1 + Math.floor(random() * most) }, () => Math.floor(random() * 20));
      const [running, waiting] = [some(12), some(30)];
      const ends = [...running];
      for (const seconds of waiting) ends[ends.indexOf(Math.min(...ends))] = Math.min(...ends) + seconds;
      expect(lastEndOf(plan(running, waiting))?.seconds).toBe(Math.max(...ends));
    }
  });

  it('is less certain if few reports of its worker show it, and if several workers end at nearly the same moment', () => {
    const sure = lastEndOf(plan([1000]));
    const unsure = lastEndOf({ ...plan([1000]), busy: [{ seconds: 1000, fewest: 900, reports: 2, gapSeconds: 100 }] });
    expect(unsure?.deviation).toBeGreaterThan(3 * (sure?.deviation ?? 1));
    expect(sure?.later).toBe(0);
    expect(lastEndOf(plan([1000, 1000, 999]))?.later).toBeGreaterThan(0);
  });

  it('is earlier if operations end with fewer records', () => {
    expect(lastEndOf(plan([60, 200], [100]), 'fewest')?.seconds).toBe(180);
  });

  it('is unknown while nothing runs', () => {
    expect(lastEndOf(plan([], [100]))).toBeNull();
  });
});

describe('the plans of several tables', () => {
  it('let the workers of one table go on with the other one', () => {
    const first = { kind: 'plans', plans: [plan([100], [50])], secondsPerRecord: 1 } as const;
    const other = { kind: 'plans', plans: [plan([20])], secondsPerRecord: 1 } as const;
    expect(jointPlans([first, other]).map((one) => lastEndOf(one)?.seconds)).toEqual([100, 100]);
  });

  it('expect a table that nobody works on to need the time of the others', () => {
    const first = { kind: 'plans', plans: [plan([100])], secondsPerRecord: 2 } as const;
    const other = { kind: 'waiting', waiting: [{ id: 90, records: 30, fewest: 0.9 }] } as const;
    expect(jointPlans([first, other]).map((one) => lastEndOf(one)?.seconds)).toEqual([160]);
  });

  it('are none while nothing runs', () => {
    expect(jointPlans([{ kind: 'waiting', waiting: [{ id: 90, records: 30, fewest: 0.9 }] }])).toEqual([]);
  });
});
