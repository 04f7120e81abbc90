import { type BulkPlan, planBulk } from './bulk-actions.ts';
import type { Observation } from './observation.ts';
import type { Operation } from './operation.ts';

/** The operation that has completed the work of a failure since; null for other operations, and if none is known. */
export function resolvedBy(
  observation: Observation | null,
  { id, status }: Pick<Operation, 'id' | 'status'>,
): number | null {
  const resolution = status === 'failed' ? observation?.triage.of(id)?.resolution : undefined;
  return resolution?.kind === 'resolved' ? resolution.by : null;
}

/**
 * Which operations a skip changes, and which it refuses: among them the resolved failures, whose records later attempts have processed.
 *
 * @param resolvingOf the operation that has completed the work of a failure since; null if there is none
 */
export function planSkip(
  members: readonly Operation[],
  resolvingOf: (operation: Operation) => number | null,
): BulkPlan {
  const resolved = new Map<number, BulkPlan['refused'][number]>();
  for (const operation of members) {
    const { id, tableName } = operation;
    const by = resolvingOf(operation);
    if (by !== null) resolved.set(id, { id, tableName, reason: { kind: 'resolved', by } });
  }
  const { changes, refused } = planBulk(
    'skip',
    members.filter(({ id }) => !resolved.has(id)),
  );
  return { changes, refused: [...refused, ...resolved.values()] };
}
