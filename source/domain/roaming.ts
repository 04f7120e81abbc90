import type { Tracks } from './last-progress.ts';
import { everyTrack } from './last-progress.ts';

/**
 * Whether workers go on with other tables: one has begun an operation of a table after it ended one of another table. A worker
 * that runs operations of two tables at once shows nothing: two programs may count their workers from 1.
 */
export function hasRoamed(tracks: Tracks): boolean {
  const tableOf = new Map<number, string>();
  const moved = new Set<number>();
  const running = new Map<number, string>();
  const twofold = new Set<number>();
  for (const { operation } of everyTrack(tracks)) {
    const { workerId, tableName, phase, status } = operation;
    if (workerId === null || phase !== 'execution' || status === 'pending') continue;
    const known = tableOf.get(workerId);
    if (known !== undefined && known !== tableName) moved.add(workerId);
    tableOf.set(workerId, tableName);
    if (status !== 'running') continue;
    const other = running.get(workerId);
    if (other !== undefined && other !== tableName) twofold.add(workerId);
    running.set(workerId, tableName);
  }
  return [...moved].some((workerId) => !twofold.has(workerId));
}
