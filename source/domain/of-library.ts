import { hasMark } from './mark.ts';
import { isLive, type Operation } from './operation.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * Whether the worker of an operation uses migtop/worker: the operation, or another live one of the worker, has the library's mark, or a connection of the
 * worker has the name that the library gives it.
 */
export function ofLibrary({
  sessions,
  operations,
}: Pick<Snapshot, 'sessions' | 'operations'>): (operation: Pick<Operation, 'workerId' | 'validationQuery'>) => boolean {
  const workers = new Set<number | null>(sessions.map(({ workerId }) => workerId));
  for (const operation of operations)
    if (operation.workerId !== null && isLive(operation.status) && hasMark(operation)) workers.add(operation.workerId);
  return (operation) => hasMark(operation) || workers.has(operation.workerId);
}
