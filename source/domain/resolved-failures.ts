import { isLater } from './later.ts';
import { type Attempt, attemptsOf } from './lineage.ts';
import { isOpen } from './operation.ts';

/** The other attempts of failed ones, by the id of the failure. */
export interface OtherAttempts {
  /** The completed attempt that resolves it; null if there is none. */
  readonly resolved: ReadonlyMap<number, number | null>;
  /** The newest that is open. */
  readonly open: ReadonlyMap<number, number>;
}

/**
 * For each failed attempt, the completed attempt of the same work that resolves it, and the newest open one. Attempts
 * belong together by domain/lineage.ts. A completed attempt resolves a failure if it came later (domain/later.ts). If several do, the
 * one with the lowest id counts. The order of the rows makes no difference.
 */
export function otherAttempts(rows: readonly Attempt[]): OtherAttempts {
  const resolved = new Map<number, number | null>();
  const open = new Map<number, number>();
  for (const attempts of attemptsOf(rows)) {
    const failures = attempts.filter(({ status }) => status === 'failed');
    if (failures.length === 0) continue;
    const completed = attempts.filter(({ status }) => status === 'completed');
    const newest = attempts.findLast(({ status }) => isOpen(status));
    for (const failure of failures) {
      resolved.set(failure.id, completed.find((one) => isLater(one, failure))?.id ?? null);
      if (newest !== undefined) open.set(failure.id, newest.id);
    }
  }
  return { resolved, open };
}
