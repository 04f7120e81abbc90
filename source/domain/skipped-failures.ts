import type { AuditEntry } from './audit.ts';
import { createKinds } from './failure-kind.ts';
import type { Memo } from './memo.ts';

/**
 * How many failed operations of each kind operators have skipped, and that are still skipped: they do not count as failed any more.
 *
 * @param activity the entries of the audit with the rows of their operations: of older actions nothing is known
 */
export function skippedByKind(activity: readonly AuditEntry[]): ReadonlyMap<string, number> {
  const kindOf = createKinds();
  const skipped = activity.filter(
    ({ fromStatus, toStatus, row }) => fromStatus === 'failed' && toStatus === 'skipped' && row?.status === 'skipped',
  );
  const rows = new Map(skipped.map(({ operationId, row }) => [operationId, row]));
  const counts = new Map<string, number>();
  for (const row of rows.values()) {
    const { kind } = kindOf(row?.errorMessage ?? null);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** The number of one kind. @param memo keeps those of the same entries: each frame shows them */
export function skippedOfKind(kind: string, activity: readonly AuditEntry[] | null, memo: Memo): number {
  return activity === null ? 0 : (memo(skippedByKind, activity).get(kind) ?? 0);
}
