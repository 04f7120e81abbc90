import { expect, it } from 'vitest';
import { noBatches } from '../../source/domain/batches-left.ts';
import { evenLeft, type Left } from '../../source/domain/left.ts';
import { etaByWorkerTime, unlessDefied } from '../../source/domain/worker-time.ts';

const table = (records: number, running: number, speed: number | null, left: Left | null = evenLeft(records, 0)) => ({
  left,
  speed,
  batchSeconds: 30,
  running,
});

it('counts the time of the workers, and not records, where these take different times', () => {
  // Seen in the demo: 2,300 records a second were those of the first table, which was nearly done; the phase ended 93 s later.
  const fast = table(2000, 3, 760);
  const slow = table(4300, 3, 12.5);
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
  const one = table(1000, 2, 100);
  expect(etaByWorkerTime([one, table(1000, 2, 250)])).toBeNull();
  expect(etaByWorkerTime([one, table(1000, 2, null)])).toBeNull();
  const uneven = {
    ...evenLeft(1000, 0),
    batches: { ...noBatches, longest: 30, running: 2, isUneven: true },
  };
  expect(etaByWorkerTime([one, table(1000, 2, 10, uneven)])).toBeNull();
  expect(etaByWorkerTime([one, table(1000, 2, 10, null)])).toBeNull();
  expect(etaByWorkerTime([table(1000, 0, 100), table(10, 0, 1)])).toBeNull();
  expect(etaByWorkerTime([one, table(1000, 2, 10)])).not.toBeNull();
});
