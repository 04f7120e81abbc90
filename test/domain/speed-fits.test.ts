import { describe, expect, it } from 'vitest';
import { type SpeedFit, type SpeedPoint, shapeAt, speedFits } from '../../source/domain/speed-fits.ts';
import { plainSpeedFits } from '../support/plain-speed-fits.ts';
import { seeded } from '../support/simulated-migration.ts';

/** Points of workers that each process an own part of the table, with the time of a record at each place. */
function pointsOf(workers: number, minutes: number, secondsAt: (inTable: number, worker: number) => number) {
  return Array.from({ length: workers * minutes }, (_, index) => {
    const worker = index % workers;
    const age = Math.floor(index / workers);
    const inOperation = ((minutes - age) / minutes / workers) * 0.5;
    const inTable = worker / workers + inOperation;
    const done = ((minutes - age) / minutes) * 0.5;
    const at = { inTable, inOperation, done };
    return { worker, secondsPerRecord: secondsAt(inTable, worker), reports: 4, age, at };
  });
}

const timeAt = (fit: SpeedFit | undefined, inTable: number): number =>
  fit === undefined ? Number.NaN : fit.level * shapeAt(fit, { inTable, inOperation: 0, done: 0 });

describe('the speeds of workers with operations of their own', () => {
  it('show by their places in the table that the time of a record grows with the OFFSET', () => {
    const fits = speedFits(pointsOf(4, 5, (inTable) => 0.02 * (1 + 4 * inTable)));
    expect(fits.map(({ basis }) => basis)).toEqual(fits.map(() => 'inTable'));
    expect(Math.min(...fits.map((fit) => timeAt(fit, 1)))).toBeLessThanOrEqual(0.1001);
    expect(Math.max(...fits.map((fit) => timeAt(fit, 1)))).toBeGreaterThanOrEqual(0.0999);
    expect(Math.max(...fits.map((fit) => timeAt(fit, 1)))).toBeLessThan(0.13);
  });

  it('are even if the times of all records are', () => {
    const fits = speedFits(pointsOf(4, 10, () => 0.02));
    expect(fits[0]?.growth).toBe(0);
    expect(fits[0]?.level).toBeCloseTo(0.02, 6);
  });

  it('keep a worker that is slower than the others slow', () => {
    const [fit] = speedFits(pointsOf(4, 10, (_, worker) => (worker === 2 ? 0.04 : 0.02)));
    const slow = (fit?.factors.get(2) ?? 0) / (fit?.factors.get(1) ?? 1);
    expect(slow).toBeGreaterThan(1.6);
  });

  it('include the speed of the last minute, if all have become slower', () => {
    const even = pointsOf(4, 10, () => 0.02);
    const fits = speedFits(even.map((point) => (point.age === 0 ? { ...point, secondsPerRecord: 0.05 } : point)));
    const now = { inTable: 0.5, inOperation: 0.125, done: 0.5 };
    expect(Math.max(...fits.map((fit) => fit.level * shapeAt(fit, now)))).toBeGreaterThan(0.04);
  });

  it('are the same as those computed point by point, for any workers', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = seeded(seed);
      const workers = 1 + Math.floor(random() * 12);
      const growth = random() < 0.5 ? 0 : random() * 10;
      const points = Array.from({ length: 1 + Math.floor(random() * 80) }, (): SpeedPoint => {
        const at = { inTable: random() * 1.1 - 0.05, inOperation: random() / workers, done: random() };
        const secondsPerRecord = 0.02 * (1 + growth * Math.max(0, at.inTable)) * (0.6 + random());
        const age = random() < 0.5 ? Math.floor(random() * 20) : random() * 20;
        return { worker: Math.floor(random() * workers), secondsPerRecord, reports: random() * 6, age, at };
      });
      const [fits, plain] = [speedFits(points), plainSpeedFits(points)];
      expect(fits.length).toBe(plain.length);
      for (const [index, fit] of fits.entries()) {
        const { level, ...rest } = plain[index] as SpeedFit;
        expect(fit.level / level).toBeCloseTo(1, 12);
        expect(fit).toMatchObject(rest);
      }
    }
  });
});
