import type { ActedRow, AuditEntry } from './audit.ts';
import { changedStatus } from './audited-results.ts';

/** The statuses that workers set. */
const workerStatuses: readonly string[] = ['running', 'completed', 'failed'];

/** Whether a worker may have set the status of a row: one that ends an operation writes when. */
export function mayBeSetByWorker({ status, hasEnd }: Pick<ActedRow, 'status' | 'hasEnd'>): boolean {
  return workerStatuses.includes(status) && (status === 'running' || hasEnd !== false);
}

/**
 * The entries; those that came too late with the worker that changed the row first, where the audit and the row show it: the worker of
 * the row has overwritten the last pause or skip, and no operator has acted since.
 *
 * @param entries the newest first
 * @param rowOf an operation as it is now; null or undefined if it is not known
 */
export function withFirstWorkers(
  entries: readonly AuditEntry[],
  rowOf: (id: number) => ActedRow | null | undefined,
): readonly AuditEntry[] {
  const stale = new Map<number, AuditEntry[]>();
  const isChanged = new Set<number>();
  const workers = new Map<AuditEntry, number>();
  for (const entry of entries) {
    const { operationId, outcome, toStatus } = entry;
    if (isChanged.has(operationId)) continue;
    if (outcome === 'stale') stale.set(operationId, [...(stale.get(operationId) ?? []), entry]);
    if (!changedStatus(entry)) continue;
    isChanged.add(operationId);
    const row = rowOf(operationId);
    const isByWorker = row != null && row.status !== toStatus && mayBeSetByWorker(row);
    if (!isByWorker || row.workerId === null || (toStatus !== 'paused' && toStatus !== 'skipped')) continue;
    for (const one of stale.get(operationId) ?? []) workers.set(one, row.workerId);
  }
  if (workers.size === 0) return entries;
  return entries.map((entry) => {
    const worker = workers.get(entry);
    return worker === undefined ? entry : { ...entry, firstWorker: worker };
  });
}
