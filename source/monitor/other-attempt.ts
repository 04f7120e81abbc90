import type { Operation } from '../domain/operation.ts';
import type { TrackedAction } from '../domain/tracked-actions.ts';
import type { MonitorState } from './state.ts';

/** The attempt that makes a retry of a failure needless, as far as the polls know it; else the retry finds out. */
export function otherAttempt(
  { latest, target, trackedActions }: Pick<MonitorState, 'latest' | 'target' | 'trackedActions'>,
  { id, status }: Pick<Operation, 'id' | 'status'>,
): string | null {
  const failure = status === 'failed' && target.isFollowable ? latest?.triage.of(id) : null;
  const open = failure?.openAttempt;
  if (open !== undefined && latest?.memo(skippedBy, trackedActions).has(open) !== true)
    return `already has attempt ${open}`;
  const resolution = failure?.resolution;
  return resolution?.kind === 'resolved' ? `already completed by operation ${resolution.by}` : null;
}

/** The operations that actions have skipped, as the undo of a retry does: the last poll may still show them as open. */
function skippedBy(actions: readonly TrackedAction[]): ReadonlySet<number> {
  const skipped = actions.filter(
    ({ to, result: { kind } }) => to === 'skipped' && (kind === 'requested' || kind === 'acknowledged'),
  );
  return new Set(skipped.map(({ operationId }) => operationId));
}
