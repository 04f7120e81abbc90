import { type Operation, operationKey, type Phase } from './operation.ts';

/** The key of one worker's operations of one phase on one table: a check has another speed than a copy. An operation without a worker has a separate key. */
export function workerKey(operation: Pick<Operation, 'id' | 'identity' | 'workerId' | 'phase' | 'tableName'>): string {
  return operation.workerId === null
    ? `operation ${operationKey(operation)}`
    : `${operation.workerId} ${operation.phase} ${operation.tableName}`;
}

/** The worker, `operation` without one, and the phase and the table of a `workerKey`. */
export function readWorkerKey(key: string) {
  const [workerId = '', phase = ''] = key.split(' ', 2);
  return { workerId, phase: phase as Phase, tableName: key.slice(workerId.length + phase.length + 2) };
}

/** The keys of a table and of a phase in `reports` and `ahead`. */
export const tableKey = (phase: Phase, tableName: string): string => `table ${phase} ${tableName}`;
/** Returns the key of a phase among the groups that have a rate. */
export const phaseKey = (phase: Phase): string => `phase ${phase}`;
