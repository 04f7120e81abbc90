import type { Operation } from '../operation.ts';

/** The worker of an operation: `worker 7`. */
export function workerOf({ workerId }: Operation): string {
  return workerId === null ? 'no worker' : `worker ${workerId}`;
}

/** The one name that all have; null if they have several. */
export function only(names: readonly string[]): string | null {
  const [name, another] = new Set(names);
  return name !== undefined && another === undefined ? name : null;
}
