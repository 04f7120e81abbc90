import type { Noticing } from '../domain/notices.ts';
import type { TrackedAction } from '../domain/tracked-actions.ts';

/**
 * The tracked actions. An action whose row has another status now is not yet overwritten: an operator of another session may have changed it, and
 * polls read the row before the audit. That is decided once an audit has been read that is as new as the row.
 */
export function decidedActions({
  trackedActions,
  noticing,
}: {
  readonly trackedActions: readonly TrackedAction[];
  readonly noticing: Pick<Noticing, 'unchecked'>;
}): readonly TrackedAction[] {
  const { unchecked } = noticing;
  if (unchecked.length === 0) return trackedActions;
  const isUnchecked = (one: TrackedAction): boolean =>
    one.result.kind === 'overwritten' &&
    unchecked.some(
      ({ action }) =>
        action.operationId === one.operationId &&
        action.requestedAt === one.requestedAt &&
        (action.identity ?? null) === (one.identity ?? null),
    );
  return trackedActions.map(
    (one): TrackedAction => (isUnchecked(one) ? { ...one, result: { kind: 'requested' }, isUnchecked: true } : one),
  );
}
