import type { AuditEntry } from './audit.ts';
import type { AuditedResult } from './audited-results.ts';
import { mayRepeat, retryName } from './lineage.ts';
import type { Operation } from './operation.ts';
import type { Snapshot } from './snapshot.ts';
import type { Triage } from './triage.ts';

/**
 * The results of actions with those of retries: the status of the operation that a retry has added. Every session derives it
 * from the rows, so all show the same.
 */
export function withRetries(
  results: readonly (AuditedResult | null)[],
  entries: readonly AuditEntry[],
  { operations, failures }: Pick<Snapshot, 'operations' | 'failures'>,
  triage: Triage | undefined,
): readonly (AuditedResult | null)[] {
  if (!entries.some(isRetry)) return results;
  const attemptOf = retriesIn({ operations, failures }, triage);
  return entries.map((entry, index) => {
    const found = isRetry(entry) ? attemptOf(entry.operationId) : null;
    return found === null ? (results[index] ?? null) : found;
  });
}

/** The newest operation that is known to retry a failed one: its id is `next`. Null without one. */
export function retriesIn(
  { operations, failures }: Pick<Snapshot, 'operations' | 'failures'>,
  triage: Triage | undefined,
): (id: number) => AuditedResult | null {
  const byId = new Map<number, Operation>();
  const byName = new Map<string, Operation>();
  for (const operation of [...failures, ...operations]) {
    byId.set(operation.id, operation);
    const known = byName.get(operation.operation);
    // The newest attempt decides.
    if (known === undefined || known.id < operation.id) byName.set(operation.operation, operation);
  }
  return (id) => {
    const named = byName.get(retryName(id));
    const own = byId.get(id);
    const isRetry = named !== undefined && (own === undefined ? named.id > id : mayRepeat(named, own));
    if (isRetry) return retried(named.id, named.status, named.workerId);
    const failure = triage?.of(id);
    if (failure?.resolution.kind === 'resolved') return retried(failure.resolution.by, 'completed', null);
    if (failure?.openAttempt === undefined) return null;
    const open = byId.get(failure.openAttempt);
    return retried(failure.openAttempt, open?.status ?? 'pending', open?.workerId ?? null);
  };
}

function isRetry({ action, outcome }: AuditEntry): boolean {
  return action === 'retry' && outcome === 'applied';
}

function retried(id: number, status: string, workerId: number | null): AuditedResult {
  return { state: 'retried', status, workerId, next: String(id) };
}
