import type { AuditEntry } from './audit.ts';
import { changedStatus } from './audited-results.ts';

type Change = Pick<AuditEntry, 'action' | 'outcome' | 'fromStatus' | 'toStatus'>;

/**
 * The change that decides whose status an operation has now: the last one. The undo of a resume restores a pause: then it is that pause, with its
 * operator and reason, if the list has it.
 *
 * @param changes of one operation, newest first
 */
export function standingChange<Entry extends Change>(changes: readonly Entry[]): Entry | undefined {
  const [last] = changes.filter(changedStatus);
  if (last === undefined || !isRestoredPause(last)) return last;
  const pauses: Entry[] = [];
  for (const change of changes.filter(changedStatus).toReversed()) {
    if (change.action !== 'undo' && change.toStatus === 'paused') pauses.push(change);
    // The undo of a pause.
    if (change.action === 'undo' && change.fromStatus === 'paused') pauses.pop();
  }
  return pauses.at(-1) ?? last;
}

/**
 * The pause that holds an operation, with its operator and reason; null if its last change was none, or is not in the list.
 *
 * @param activity newest first
 */
export function standingPause(id: number, activity: readonly AuditEntry[]): AuditEntry | null {
  const last = standingChange(activity.filter(({ operationId }) => operationId === id));
  return last?.toStatus === 'paused' ? last : null;
}

/** Whether an undo has paused the operation again. */
export function isRestoredPause({ action, toStatus }: Pick<Change, 'action' | 'toStatus'>): boolean {
  return action === 'undo' && toStatus === 'paused';
}
