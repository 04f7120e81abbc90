import { listedIn } from './listed-operations.ts';
import type { Observation } from './observation.ts';
import type { Operation, Phase } from './operation.ts';
import type { Snapshot } from './snapshot.ts';
import { stallsOf } from './stalled-operations.ts';
import { mayReport } from './stalls.ts';

/** Whether an operation is running that may report soon: until then a rate of 0 is not proven. */
export function mayProgress(observation: Observation, phase: Phase, tableName?: string): boolean {
  const stalls = stallsOf(observation);
  const { snapshot } = observation;
  const operations = tableName === undefined ? snapshot.operations : listedIn(observation, phase, tableName);
  return operations.some((operation) => {
    if (operation.status !== 'running' || operation.phase !== phase) return false;
    const stall = stalls.of(operation);
    // A suspected stall is not proven. If its usual batch is known, the time of an operation that began long ago is evidence.
    if (stall !== undefined && stall.kind !== 'suspected') return false;
    const isKnown = stall !== undefined && stall.usualSeconds !== null;
    return isKnown ? isRecent(operation, snapshot) : mayReport(operation, snapshot);
  });
}

/** Whether an operation began up to an hour ago: a later one is expected to have reported. */
function isRecent({ startedAt }: Operation, { takenAt }: Snapshot): boolean {
  return startedAt === null || !Number.isFinite(startedAt) || takenAt - startedAt < longestBatchSeconds;
}

const longestBatchSeconds = 3600;
