import type { Operation } from '../domain/operation.ts';
import type { MonitorState } from './state.ts';

/** The attempt that makes a retry of a failure needless, as far as the polls know it; else the retry finds out. */
export function otherAttempt(
  { latest, target }: MonitorState,
  { id, status }: Pick<Operation, 'id' | 'status'>,
): string | null {
  const failure = status === 'failed' && target.isFollowable ? latest?.triage.of(id) : null;
  if (failure?.openAttempt !== undefined) return `already has attempt ${failure.openAttempt}`;
  const resolution = failure?.resolution;
  return resolution?.kind === 'resolved' ? `already completed by operation ${resolution.by}` : null;
}
