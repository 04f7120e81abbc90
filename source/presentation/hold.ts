import type { AuditEntry } from '../domain/audit.ts';
import { changedStatus } from '../domain/audited-results.ts';
import type { Observation } from '../domain/observation.ts';
import type { Operation } from '../domain/operation.ts';
import { operatorName } from '../domain/operator-name.ts';
import { sessionsIn } from '../domain/sessions.ts';

/**
 * The reason why the worker of a paused operation waits, if its session says that it does; else null.
 *
 * @param activity newest first; null if it was not read yet: then the reason is not known
 */
export function holdOf(
  { snapshot, repeated, memo }: Observation,
  operation: Operation,
  activity: readonly AuditEntry[] | null,
): string | null {
  if (operation.status !== 'paused' || memo(sessionsIn, snapshot)(operation)?.some(({ paused }) => paused) !== true)
    return null;
  if (activity === null) return '';
  const last = repeated.has(operation.id)
    ? undefined
    : activity.find((entry) => entry.operationId === operation.id && changedStatus(entry));
  if (last?.toStatus !== 'paused') return 'no reason given';
  return last.reason ?? `by ${operatorName(last)}`;
}
