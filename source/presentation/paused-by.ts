import type { AuditEntry } from '../domain/audit.ts';
import { standingPause } from '../domain/holders.ts';
import { operatorName } from '../domain/operator-name.ts';

/**
 * Who paused an operation that is paused: the operator of its last action, if that paused it; after the undo of a resume, the one who
 * had paused it; else null.
 *
 * @param activity newest first
 */
export function pausedBy(id: number, activity: readonly AuditEntry[]): string | null {
  const pause = standingPause(id, activity);
  return pause === null ? null : operatorName(pause);
}

/** The text where it is not known who paused it. */
export function unknownPauser(hasAudit: boolean): string {
  return hasAudit ? 'unknown (not in the audit)' : 'unknown (no audit)';
}
