import { expect, it } from 'vitest';
import { evenLeft, type Left } from '../../source/domain/left.ts';
import { etaByWorkerTime, unlessDefied } from '../../source/domain/worker-time.ts';

function leftOf(records: number, running: number, longest = 30, isUneven = false): Left {
  return { ...evenLeft(records, 0), batches: { seconds: 0, longest, running, isUneven } };
}

it('counts the time of the workers, and not records, where these take different times', () => {
  // Seen in the demo: 2,300 records a second were those of the first table, which was nearly done; the phase ended 93 s later.
  const fast = { left: leftOf(2000, 3), speed: 760 };
  const slow = { left: leftOf(4300, 3), speed: 12.5 };
  const eta = etaByWorkerTime([fast, slow]);
  expect(eta?.lowSeconds).toBeCloseTo(0.7 * ((2000 / 760 + 4300 / 12.5) / 6), 5);
  expect(eta?.highSeconds).toBeCloseTo(1.3 * ((2000 / 760 + 4300 / 12.5) / 6) + 30, 5);
  expect(unlessDefied({ lowSeconds: 2, highSeconds: 34 }, eta)).toBe(eta);
  // While both agree, the rates are more precise.
  const byRate = { lowSeconds: 60, highSeconds: 70 };
  expect(unlessDefied(byRate, eta)).toBe(byRate);
  expect(unlessDefied(byRate, null)).toBe(byRate);
  expect(unlessDefied(null, eta)).toBeNull();
});

it('is unknown where tables differ little, or the batches of one do not show how long they take', () => {
  const table = { left: leftOf(1000, 2), speed: 100 };
  expect(etaByWorkerTime([table, { left: leftOf(1000, 2), speed: 250 }])).toBeNull();
  expect(etaByWorkerTime([table, { left: leftOf(1000, 2), speed: null }])).toBeNull();
  expect(etaByWorkerTime([table, { left: leftOf(1000, 2, 30, true), speed: 10 }])).toBeNull();
  expect(etaByWorkerTime([table, { left: evenLeft(1000, 0), speed: 10 }])).toBeNull();
  expect(etaByWorkerTime([table, { left: null, speed: 10 }])).toBeNull();
  expect(
    etaByWorkerTime([
      { left: leftOf(1000, 0), speed: 100 },
      { left: leftOf(10, 0), speed: 1 },
    ]),
  ).toBeNull();
});
