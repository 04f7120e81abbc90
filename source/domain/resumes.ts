import type { AuditEntry } from './audit.ts';
import { isPauseOfAll } from './last-actors.ts';

/** A time in which nothing was running, on the database's clock. */
export interface Pause {
  readonly from: number;
  readonly to: number;
}

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

/** When all operations were paused, oldest first: from a pause of all until the first resume. `activity` has the newest first. */
export function pausesOfAllIn(
  activity: readonly Pick<AuditEntry, 'at' | 'action' | 'reason' | 'fromStatus' | 'toStatus' | 'outcome'>[],
): readonly Pause[] {
  const pauses: Pause[] = [];
  let from: number | null = null;
  for (const entry of activity.toReversed()) {
    const { at, fromStatus, toStatus, outcome } = entry;
    if (outcome !== 'applied' || at === null) continue;
    if (from === null && isPauseOfAll(entry)) from = at;
    else if (from !== null && fromStatus === 'paused' && (toStatus === 'running' || toStatus === 'pending')) {
      if (at > from) pauses.push({ from, to: at });
      from = null;
    }
  }
  return pauses;
}

/** The pauses that the actions of operators show. */
export interface KnownPauses {
  readonly resumes: ReadonlyMap<number, Resume>;
  readonly ofAll: readonly Pause[];
}

/** A snapshot with the pauses that were known when it was taken. */
export function withPauses<
  Taken extends { readonly resumes?: ReadonlyMap<number, Resume>; readonly pausesOfAll?: readonly Pause[] },
>(snapshot: Taken, { resumes, ofAll }: KnownPauses): Taken {
  if (resumes.size === 0 && ofAll.length === 0) return snapshot;
  return { ...snapshot, ...(resumes.size > 0 && { resumes }), ...(ofAll.length > 0 && { pausesOfAll: ofAll }) };
}
