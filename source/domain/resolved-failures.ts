import { type Attempt, attemptsOf } from './lineage.ts';
import { isOpen, type Operation } from './operation.ts';

/** An attempt with its end, for the question whether it came after a failure. */
export interface TimedAttempt extends Attempt, Pick<Operation, 'startedAt' | 'completedAt'> {}

/**
 * For each failed attempt, the completed attempt of the same work that resolves it, by id; null if there is none. Attempts
 * belong together by domain/lineage.ts. A completed attempt resolves a failure if it ended at the same time or later; if one of
 * the ends is unknown, if its id is higher. If several do, the one with the lowest id counts. The order of the rows makes no
 * difference.
 */
export function resolvedBy(rows: readonly TimedAttempt[]): Map<number, number | null> {
  const resolved = new Map<number, number | null>();
  for (const attempts of attemptsOf(rows)) {
    const completed = attempts.filter(({ status }) => status === 'completed');
    for (const failure of attempts) {
      if (failure.status === 'failed')
        resolved.set(failure.id, completed.find((one) => isAfter(one, failure))?.id ?? null);
    }
  }
  return resolved;
}

/** For each failed attempt of whose work another one is open, the newest such attempt, by id. */
export function openAttempts(rows: readonly TimedAttempt[]): Map<number, number> {
  const found = new Map<number, number>();
  for (const attempts of attemptsOf(rows)) {
    const open = attempts.filter(({ status }) => isOpen(status)).map(({ id }) => id);
    if (open.length === 0) continue;
    const newest = open.reduce((most, id) => Math.max(most, id));
    for (const { id, status } of attempts) if (status === 'failed') found.set(id, newest);
  }
  return found;
}

function isAfter(completed: TimedAttempt, failure: TimedAttempt): boolean {
  const [end, failedAt] = [completed.completedAt, failure.completedAt ?? failure.startedAt];
  if (end === null || failedAt === null || !Number.isFinite(end) || !Number.isFinite(failedAt))
    return completed.id > failure.id;
  return end === failedAt ? completed.id > failure.id : end > failedAt;
}
