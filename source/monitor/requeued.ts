import type { Transition } from '../domain/transitions.ts';
import type { MonitorState } from './state.ts';

/**
 * Whether an operation was put back into the queue since it was paused, as the last poll has seen it: its pause is not undone, since
 * nobody would work on it as running.
 *
 * @param version the version of the row when it was paused
 */
export function isRequeued(
  latest: MonitorState['latest'],
  { id, to }: Transition,
  version: string | null | undefined,
): boolean {
  const row = latest?.snapshot.operations.find((operation) => operation.id === id);
  // A poll from before the pause may show an older version.
  if (to !== 'running' || row?.status !== 'paused' || row.version === version) return false;
  return row.startedAt === null && row.workerId === null;
}
