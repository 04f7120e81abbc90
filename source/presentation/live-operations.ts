import type { Observation } from '../domain/observation.ts';
import { isLive, type Operation } from '../domain/operation.ts';
import { operationRateAndEta } from '../domain/operation-eta.ts';
import { countedStallsOf } from '../domain/paused-stalls.ts';

/** How many operations are running, and of how many of them the rate is known. */
export function measuredOperations(observation: Observation): {
  readonly operations: number;
  readonly running: number;
} {
  const running = observation.snapshot.operations.filter(({ status }) => status === 'running');
  const known = running.filter((one) => operationRateAndEta(observation, one).recordsPerSecond !== null);
  return { operations: known.length, running: running.length };
}

/**
 * The running and paused operations in the order of every list: stalled ones first, also those that were paused since, then by worker.
 *
 * @param ended an operation that is no longer live and is listed among them all the same
 */
export function liveOperations(observation: Observation, ended: Operation | null = null): readonly Operation[] {
  const live = observation.snapshot.operations.filter(({ status }) => isLive(status));
  const stalls = countedStallsOf(observation);
  const hasStalled = (one: Operation): boolean => stalls.of(one) !== undefined;
  return (ended === null ? live : [...live, ended]).toSorted(
    (a, b) =>
      Number(hasStalled(b)) - Number(hasStalled(a)) ||
      (a.workerId ?? Number.POSITIVE_INFINITY) - (b.workerId ?? Number.POSITIVE_INFINITY) ||
      a.id - b.id ||
      a.identity.localeCompare(b.identity, 'en'),
  );
}
