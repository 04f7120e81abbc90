import type { Observation } from './observation.ts';
import { phaseKey, tableKey } from './rate-keys.ts';
import { stallsOf } from './stalled-operations.ts';
import type { Throughput } from './throughput.ts';

/**
 * Whether too many running operations have an unknown rate, since they have not reported yet. One that began long ago, and did not
 * report in the time of a usual batch either, is not expected to.
 */
export function isRateIncomplete(observation: Observation, key: string, { watchedSince, atWork }: Throughput): boolean {
  const { throughput, snapshot } = observation;
  const unknown = throughput.unknown.get(key) ?? 0;
  const working = atWork.at(-1)?.operations ?? 0;
  const watched = snapshot.takenAt - watchedSince;
  if (watched >= partialSeconds || unknown <= mostUnknown * working) return false;
  const suspected = stallsOf(observation).all.filter(
    ({ operation: { phase, tableName }, stall }) =>
      stall.kind === 'suspected' &&
      watched > overdueBatches * (stall.usualSeconds ?? Number.POSITIVE_INFINITY) &&
      (key === phaseKey(phase) || key === tableKey(phase, tableName)),
  ).length;
  return unknown - suspected > mostUnknown * (working - suspected);
}

/** For how many seconds a rate is unknown if more than this share of the operations at work have not reported yet. */
const partialSeconds = 120;
const mostUnknown = 0.1;
const overdueBatches = 1.2;
