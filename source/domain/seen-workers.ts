import { hasMark } from './mark.ts';
import { secondsSince } from './operation.ts';
import type { Snapshot } from './snapshot.ts';

/** When each worker of migtop/worker, by its number, was last seen to begin or end an operation, on the database's clock, in the last minutes. */
export type SeenWorkers = ReadonlyMap<number, number>;

export const noSeenWorkers: SeenWorkers = new Map();

/** For how many seconds a worker without an operation counts as one that may claim the next. */
export const seenSeconds = 600;

/** The workers after a poll: a poll has the operations that began or ended since the one before. */
export function seenWorkersAfter(
  before: SeenWorkers,
  { operations, failures, takenAt, zone }: Pick<Snapshot, 'operations' | 'failures' | 'takenAt' | 'zone'>,
): SeenWorkers {
  const seen = new Map([...before].filter(([, at]) => takenAt - at <= seenSeconds && at <= takenAt));
  for (const operation of [...failures, ...operations]) {
    const { workerId, startedAt, completedAt } = operation;
    // Workers of other programs do not claim by themselves.
    if (workerId === null || !hasMark(operation)) continue;
    const ages = [startedAt, completedAt].flatMap((one) => secondsSince(one, takenAt, zone) ?? []);
    const age = Math.min(...ages);
    if (age > seenSeconds) continue;
    seen.set(workerId, Math.max(seen.get(workerId) ?? Number.NEGATIVE_INFINITY, takenAt - age));
  }
  return seen;
}
