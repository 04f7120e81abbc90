import type { BulkPlan, Change } from './bulk-actions.ts';
import { hasMark } from './mark.ts';
import { isOpen, type Operation, operationKey } from './operation.ts';
import type { Counting } from './progress.ts';
import { separated } from './separated.ts';

/** The largest batch size that can be set. */
export const largestBatch = 1_000_000;

const undoPrefix = 'undo ';

/** The name of the action in the audit: the sizes are part of it, and that it is an undo. */
export function batchSizeAction(from: number | null, to: number | null, isUndo = false): string {
  return `${isUndo ? undoPrefix : ''}batch size ${from ?? 'none'} to ${to ?? 'none'}`;
}

/** The sizes of such an action; null for another action. */
export function sizesOf(
  action: string,
): { readonly from: string; readonly to: string; readonly isUndo: boolean } | null {
  const [, undo, from, to] = /^(undo )?batch size (\d+|none) to (\d+|none)$/.exec(action) ?? [];
  return from === undefined || to === undefined ? null : { from, to, isUndo: undo !== undefined };
}

type Sized = Pick<Operation, 'status' | 'recordsProcessed' | 'batchSize' | 'validationQuery'>;

/**
 * Why an operation cannot have this batch size; null if it can. The batch size of a row is evidence of how its table counts
 * (docs/figures.md): a change must not turn the rows of other programs into evidence for another way of counting, and the
 * records of a row must stay on the same side of its batch size. The size that is possible comes first: lines are cut at their end.
 *
 * @param counting how its table counts; null if unknown
 */
export function whyNotSize(operation: Sized, size: number, counting: Counting | null): string | null {
  const { status, batchSize, recordsProcessed } = operation;
  if (!isOpen(status)) return `it is ${status}`;
  if (size === batchSize) return `its batch size is already ${separated(size)}`;
  const records = Math.max(0, recordsProcessed ?? 0);
  if (batchSize !== null && records > batchSize && records <= size)
    return `at most ${separated(records - 1)}: it has ${separated(records)} records`;
  if (hasMark(operation)) return null;
  if (records > 0 && (counting === 'cumulative' || counting === 'unclear'))
    return 'it has no mark of migtop/worker, and its figures depend on its batch size';
  return batchSize !== null && records <= batchSize && records > size
    ? `at least ${separated(records)} (its records): it has no mark of migtop/worker`
    : null;
}

/** Which operations get another batch size, and which are refused and why. */
export function planSizes(
  members: readonly Operation[],
  size: number,
  countingOf: (tableName: string) => Counting | null,
): BulkPlan {
  const changes: Change[] = [];
  const refused: BulkPlan['refused'][number][] = [];
  for (const member of new Map(members.map((one) => [operationKey(one), one])).values()) {
    const { id, tableName, status, version, identity, batchSize: from, phase } = member;
    const why = whyNotSize(member, size, phase === 'execution' ? countingOf(tableName) : null);
    if (why === null)
      changes.push({
        transition: { id, from: status, to: status, completedAt: 'keep', version: null, identity },
        tableName,
        seenVersion: version,
        rewrite: { kind: 'batch size', from, to: size },
      });
    else refused.push({ id, tableName, reason: { kind: 'size', why } });
  }
  return { changes, refused };
}
