import type { Memo } from './memo.ts';
import type { Operation, Status } from './operation.ts';
import type { Snapshot } from './snapshot.ts';
import type { Triage } from './triage.ts';

/** The attempt that repeats a failed operation and has not ended. */
export interface OpenRetry {
  readonly id: number;
  readonly status: Status;
}

function statusesById({ operations }: Pick<Snapshot, 'operations'>): ReadonlyMap<number, Status> {
  return new Map(operations.map(({ id, status }) => [id, status]));
}

/** The retry of an unresolved failure that is pending, running or paused; null if there is none. */
export function openRetryOf(
  { snapshot, triage, memo }: { readonly snapshot: Snapshot; readonly triage: Triage; readonly memo: Memo },
  { id, status }: Pick<Operation, 'id' | 'status'>,
): OpenRetry | null {
  const state = status === 'failed' ? triage.of(id) : null;
  if (state?.openAttempt === undefined || state.resolution.kind !== 'unresolved') return null;
  // A poll has the operations that are running or paused.
  return { id: state.openAttempt, status: memo(statusesById, snapshot).get(state.openAttempt) ?? 'pending' };
}
