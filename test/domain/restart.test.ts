import { expect, it } from 'vitest';
import { type Observation, observe } from '../../source/domain/observation.ts';
import { phaseRateAndEta } from '../../source/domain/rate-and-eta.ts';
import type { Snapshot } from '../../source/domain/snapshot.ts';
import { operation, snapshotOf, takenAt } from '../support/fixtures.ts';

/** Two workers that process 10 records a second each: the snapshot after some seconds of work. */
function snapshotAfter(worked: number, at: number, server: number): Snapshot {
  const rows = [1, 2].map((id) =>
    operation({
      id,
      phase: 'execution',
      tableName: 'cases',
      status: 'running',
      workerId: id,
      startedAt: takenAt - 600,
      batchSize: 10,
      totalRecords: 100_000,
      recordsProcessed: 6000 + 10 * worked,
    }),
  );
  return { ...snapshotOf(rows, takenAt + at), server };
}

/** Ten minutes of polls, then twenty seconds without a server, and some seconds more. */
function watched(serverAfter: number, secondsAfter: number): Observation {
  let last: Observation | null = null;
  for (let at = 0; at <= 600; at++) last = observe(last, snapshotAfter(at, at, 1));
  for (let after = 0; after <= secondsAfter; after++)
    last = observe(last, snapshotAfter(600 + after, 620 + after, serverAfter));
  return last as Observation;
}

it('leaves the time without a server out of the rate and the ETA, if the server was restarted', () => {
  for (const seconds of [5, 30, 90]) {
    const observation = watched(2, seconds);
    const { recordsPerSecond, eta } = phaseRateAndEta(observation);
    const { totalRecords, recordsProcessed } = observation.migration;
    expect(recordsPerSecond).toBeGreaterThan(19);
    expect(recordsPerSecond).toBeLessThan(21);
    const left = ((totalRecords ?? 0) - recordsProcessed) / 20;
    expect(eta?.lowSeconds).toBeLessThan(left);
    expect(eta?.highSeconds).toBeGreaterThan(left);
    expect(eta?.highSeconds).toBeLessThan(1.3 * left);
  }
});

it('counts the time in which workers of the same server reported nothing', () => {
  expect(phaseRateAndEta(watched(1, 30)).recordsPerSecond).toBeLessThan(16);
});
