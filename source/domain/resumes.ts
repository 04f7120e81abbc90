import type { AuditEntry } from './audit.ts';

/** When an operation was resumed last, on the database's clock, and for how many seconds it was paused before, as far as known. */
export interface Resume {
  readonly at: number;
  readonly pausedSeconds: number;
}

/** The last resume of each operation that was not paused or started again since, by id. `activity` has the newest first. */
export function resumesIn(
  activity: readonly Pick<AuditEntry, 'at' | 'operationId' | 'fromStatus' | 'toStatus' | 'outcome'>[],
): ReadonlyMap<number, Resume> {
  const resumes = new Map<number, Resume>();
  const pausedAt = new Map<number, number>();
  for (const { at, operationId: id, fromStatus, toStatus, outcome } of activity.toReversed()) {
    if (outcome !== 'applied' || at === null) continue;
    const paused = pausedAt.get(id);
    if (toStatus === 'paused') pausedAt.set(id, at);
    else pausedAt.delete(id);
    if (fromStatus === 'paused' && toStatus === 'running') {
      const before = resumes.get(id)?.pausedSeconds ?? 0;
      resumes.set(id, { at, pausedSeconds: before + (paused === undefined ? 0 : Math.max(0, at - paused)) });
    } else if (toStatus !== 'paused') resumes.delete(id);
  }
  return resumes;
}

/** A snapshot with the resumes that were known when it was taken. */
export function withResumes<Taken extends { readonly resumes?: ReadonlyMap<number, Resume> }>(
  snapshot: Taken,
  resumes: ReadonlyMap<number, Resume>,
): Taken {
  return resumes.size === 0 ? snapshot : { ...snapshot, resumes };
}
