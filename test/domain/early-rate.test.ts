import { describe, expect, it } from 'vitest';
import { earlyEta, earlyRate } from '../../source/domain/early-rate.ts';
import { evenLeft } from '../../source/domain/left.ts';
import { observe } from '../../source/domain/observation.ts';
import { phaseRateAndEta } from '../../source/domain/rate-and-eta.ts';
import { emptyThroughput, progressed, type Throughput } from '../../source/domain/throughput.ts';
import { at, operation, snapshot } from './build.ts';

/** A throughput watched since 1000, with `reports` of 500 records in each of several polls, a second apart. */
function watched(reportsOfPolls: readonly number[]): Throughput {
  let throughput = emptyThroughput(1000);
  for (const [index, reports] of reportsOfPolls.entries())
    throughput = progressed(throughput, 1001 + index, reports, reports * 500);
  return throughput;
}

describe('the rate before most operations have reported', () => {
  it('is that of the records reported in the time watched', () => {
    expect(earlyRate(watched([2, 2, 2, 2]), 1010)?.recordsPerSecond).toBe(400);
  });

  it('is unknown with fewer than eight reports, however long they took', () => {
    expect(earlyRate(watched([1, 2, 2, 2]), 1010)).toBeNull();
  });

  it('is unknown if the reports came at once, as from workers that started together', () => {
    expect(earlyRate(watched([30]), 1001)).toBeNull();
    expect(earlyRate(watched([10, 10, 10]), 1003)).toBeNull();
  });

  it('covers the last minute, as the usual rate does', () => {
    const polls = [...Array.from({ length: 60 }, () => 8), ...Array.from({ length: 60 }, () => 2)];
    expect(earlyRate(watched(polls), 1120)?.recordsPerSecond).toBe(1000);
  });

  it('is more certain with more reports', () => {
    expect(earlyRate(watched([25, 25, 25, 25]), 1004)?.margin).toBeCloseTo(0.15);
    expect(earlyRate(watched([2, 2, 2, 2]), 1004)?.margin).toBeCloseTo(0.53);
  });
});

const left = (records: number) => evenLeft(records, 0);

describe('its ETA', () => {
  it('is a range as wide as the rate is uncertain', () => {
    const eta = earlyEta(watched([2, 2, 2, 2]), 1010, left(400_000));
    expect(eta?.lowSeconds).toBeLessThan(600);
    expect(eta?.highSeconds).toBeGreaterThan(1500);
  });

  it('is unknown without a rate', () => {
    expect(earlyEta(watched([1]), 1010, left(1000))).toBeNull();
  });
});

it('predicts no end by the records that an operation had when polls saw it begin', () => {
  const began = at('12:00:00');
  const row = operation({ id: 1, workerId: 3, recordsProcessed: 950_000, totalRecords: 1_000_000, batchSize: 1000 });
  const pending = observe(null, snapshot(began, [{ ...row, status: 'pending', startedAt: null }]));
  const running = { ...row, status: 'running' as const, startedAt: began + 1 };
  let seen = pending;
  for (const second of [2, 3, 4]) {
    seen = observe(seen, { ...snapshot(began + second, [running]), gained: new Map() });
    expect(phaseRateAndEta(seen)).toMatchObject({ recordsPerSecond: null, eta: null });
  }
});
