import type { AuditEntry } from '../domain/audit.ts';

/** How an action changed the status of its operation: `failed → pending`; '' if it left the status as it was. */
export function statusChange({ fromStatus, toStatus }: Pick<AuditEntry, 'fromStatus' | 'toStatus'>): string {
  return fromStatus === toStatus ? '' : `${fromStatus} → ${toStatus}`;
}
