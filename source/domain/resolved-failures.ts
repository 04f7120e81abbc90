import { type Attempt, attemptsOf } from './lineage.ts';
import { isOpen, type Operation } from './operation.ts';

/** An attempt with its end, for the question whether it came after a failure. */
export interface TimedAttempt extends Attempt, Pick<Operation, 'startedAt' | 'completedAt'> {}

/** The other attempts of failed ones, by the id of the failure. */
export interface OtherAttempts {
  /** The completed attempt that resolves it; null if there is none. */
  readonly resolved: ReadonlyMap<number, number | null>;
  /** The newest that is open. */
  readonly open: ReadonlyMap<number, number>;
}

/**
 * For each failed attempt, the completed attempt of the same work that resolves it, and the newest open one. Attempts
 * belong together by domain/lineage.ts. A completed attempt resolves a failure if it ended at the same time or later; if one of
 * the ends is unknown, if its id is higher. If several do, the one with the lowest id counts. The order of the rows makes no
 * difference.
 */
export function otherAttempts(rows: readonly TimedAttempt[]): OtherAttempts {
  const resolved = new Map<number, number | null>();
  const open = new Map<number, number>();
  for (const attempts of attemptsOf(rows)) {
    const failures = attempts.filter(({ status }) => status === 'failed');
    if (failures.length === 0) continue;
    const completed = attempts.filter(({ status }) => status === 'completed');
    const newest = attempts.findLast(({ status }) => isOpen(status));
    for (const failure of failures) {
      resolved.set(failure.id, completed.find((one) => isAfter(one, failure))?.id ?? null);
      if (newest !== undefined) open.set(failure.id, newest.id);
    }
  }
  return { resolved, open };
}

function isAfter(completed: TimedAttempt, failure: TimedAttempt): boolean {
  const [end, failedAt] = [completed.completedAt, failure.completedAt ?? failure.startedAt];
  if (end === null || failedAt === null || !Number.isFinite(end) || !Number.isFinite(failedAt))
    return completed.id > failure.id;
  return end === failedAt ? completed.id > failure.id : end > failedAt;
}
