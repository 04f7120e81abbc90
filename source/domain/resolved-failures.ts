import { finiteTime } from './finite-time.ts';
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
    const firstLater = createFirstLater(attempts.filter(({ status }) => status === 'completed'));
    const newest = attempts.findLast(({ status }) => isOpen(status));
    for (const failure of failures) {
      resolved.set(failure.id, firstLater(failure)?.id ?? null);
      if (newest !== undefined) open.set(failure.id, newest.id);
    }
  }
  return { resolved, open };
}

/**
 * Returns a function that finds the first of some completed attempts, in order of id, that came later than a failed one (`isLater`). A work
 * may have thousands of each: it compares only those that the timestamps do not decide.
 */
function createFirstLater(completed: readonly Attempt[]): (failure: Attempt) => Attempt | undefined {
  /** The latest timestamp of each one and those before it. */
  const latest: number[] = [];
  /** The places of those whose timestamps decide nothing, and of those with each end. */
  const undecided: number[] = [];
  const byEnd = new Map<number, number[]>();
  for (const [place, { startedAt, completedAt }] of completed.entries()) {
    const end = finiteTime(completedAt);
    const known = [latest.at(-1), end, finiteTime(startedAt)].map((time) => time ?? Number.NEGATIVE_INFINITY);
    latest.push(Math.max(...known));
    const same = end === null ? undecided : (byEnd.get(end) ?? []);
    same.push(place);
    if (end !== null) byEnd.set(end, same);
  }
  return (failure) => {
    const to = finiteTime(failure.completedAt) ?? finiteTime(failure.startedAt);
    if (to === null) return completed.find((one) => isLater(one, failure));
    const isLaterAt = (place: number): boolean => {
      const one = completed[place];
      return one !== undefined && isLater(one, failure);
    };
    const found = [
      firstAbove(latest, to),
      undecided.find(isLaterAt) ?? completed.length,
      byEnd.get(to)?.find(isLaterAt) ?? completed.length,
    ];
    return completed[Math.min(...found)];
  };
}

/** The place of the first of some numbers, in order, that is above another one. */
function firstAbove(numbers: readonly number[], limit: number): number {
  let [from, to] = [0, numbers.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((numbers[middle] ?? 0) > limit) to = middle;
    else from = middle + 1;
  }
  return from;
}
