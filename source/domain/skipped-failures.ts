import type { AuditEntry } from './audit.ts';
import { createKinds } from './failure-kind.ts';
import type { Memo } from './memo.ts';

/** A failed operation that an operator has skipped. */
export interface SkippedFailure {
  readonly id: number;
  readonly tableName: string;
}

/**
 * The failed operations of each kind that operators have skipped, and that are still skipped: they do not count as failed any more. With
 * `--since`, only those that it selects.
 *
 * @param activity the entries of the audit with the rows of their operations: of older actions nothing is known
 */
export function skippedByKind(activity: readonly AuditEntry[]): ReadonlyMap<string, readonly SkippedFailure[]> {
  const kindOf = createKinds();
  const rows = new Map(
    activity.flatMap(({ operationId, fromStatus, toStatus, row }) =>
      fromStatus === 'failed' && toStatus === 'skipped' && row?.status === 'skipped' && row.isEarlier !== true
        ? [[operationId, row] as const]
        : [],
    ),
  );
  const skipped = [...rows].map(([id, { errorMessage, tableName }]) => ({
    kind: kindOf(errorMessage ?? null).kind,
    failure: { id, tableName: tableName ?? '' },
  }));
  return new Map(
    [...Map.groupBy(skipped, ({ kind }) => kind)].map(([kind, own]) => [kind, own.map(({ failure }) => failure)]),
  );
}

/** Those of one kind. @param memo keeps those of the same entries: each frame shows them */
export function skippedOfKind(
  kind: string,
  activity: readonly AuditEntry[] | null,
  memo: Memo,
): readonly SkippedFailure[] {
  return activity === null ? [] : (memo(skippedByKind, activity).get(kind) ?? []);
}
