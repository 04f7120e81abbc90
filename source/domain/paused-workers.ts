import type { Operation } from './operation.ts';

/** For how many seconds the work of a worker on other tables is known at least, also if it is paused then. */
export const knownSeconds = 120;

/** The workers of paused operations that run nothing, by their ids. */
export function pausedWorkers(operations: readonly Operation[]): ReadonlySet<number> {
  const idle = new Set<number>();
  for (const { status, workerId } of operations) if (status === 'paused' && workerId !== null) idle.add(workerId);
  for (const { status, workerId } of operations) if (status === 'running' && workerId !== null) idle.delete(workerId);
  return idle;
}
