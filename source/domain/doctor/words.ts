import type { Operation } from '../operation.ts';

/** The worker of an operation: `worker 7`. */
export function workerOf({ workerId }: Operation): string {
  return workerId === null ? 'no worker' : `worker ${workerId}`;
}
