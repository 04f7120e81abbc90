import type { Operation } from './operation.ts';
import type { Snapshot } from './snapshot.ts';
import { everyTrack, type Tracks } from './tracks.ts';

/**
 * Whether workers go on with other tables: one has begun an operation of a table after it ended one of another table. A worker
 * that runs operations of two tables at once shows nothing: two programs may count their workers from 1.
 */
export function hasRoamed(tracks: Tracks): boolean {
  const tableOf = new Map<number | null, string>();
  const onSeveral = new Set<number | null>();
  for (const { operation } of everyTrack(tracks)) {
    const { workerId, tableName } = operation;
    if (!isBegunExecution(operation)) continue;
    if ((tableOf.get(workerId) ?? tableName) !== tableName) onSeveral.add(workerId);
    tableOf.set(workerId, tableName);
  }
  // Each poll asks this: most tables have no such worker.
  if (onSeveral.size === 0) return false;
  const operations = everyTrack(tracks).map(({ operation }) => operation);
  const theirs = operations.filter((one) => onSeveral.has(one.workerId) && isBegunExecution(one));
  return [...Map.groupBy(theirs, ({ workerId }) => workerId).values()].some((own) => !isTwofold(own));
}

function isBegunExecution({ workerId, phase, status }: Operation): boolean {
  return workerId !== null && phase === 'execution' && status !== 'pending';
}

/** Whether one of these operations began while one of another table was running. */
function isTwofold(operations: readonly Operation[]): boolean {
  const ordered = operations.toSorted((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0));
  return ordered.some((later, index) => {
    const earlier = ordered[index - 1];
    if (earlier === undefined || earlier.tableName === later.tableName) return false;
    const { startedAt, status } = later;
    if (earlier.status === 'running') return status === 'running' || status === 'completed';
    return startedAt !== null && earlier.completedAt !== null && startedAt < earlier.completedAt;
  });
}

/** Workers that begin this share of their batches of other tables before the last one has ended are those of several programs. */
const mostDuring = 0.1;

/** `hasRoamed`, by the batches that ended in the hour before the first poll. */
export function hadRoamed({ tableChanges }: Pick<Snapshot, 'tableChanges'>): boolean {
  const { after = 0, during = 0 } = tableChanges ?? {};
  return after > 0 && during <= mostDuring * after;
}
