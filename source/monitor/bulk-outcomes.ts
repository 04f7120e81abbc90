import type { Change, RowOutcome } from '../domain/bulk-actions.ts';
import type { NewAction } from '../domain/tracked-actions.ts';
import type { Transition } from '../domain/transitions.ts';
import type { BulkAction, OwnAction } from './acting-state.ts';
import type { ChangedBack } from './undoable.ts';

/** How many actions of an action on many are followed. */
const mostTracked = 200;

/**
 * The changes that were not made, or perhaps not made, but may be possible later: another session had locked the row, or the connection
 * was lost.
 */
export function possibleLater(results: readonly RowOutcome[]): readonly Change[] {
  return results.flatMap(({ change, outcome: { kind } }) =>
    kind === 'locked' || kind === 'not sent' || kind === 'unknown' ? [change] : [],
  );
}

/** The rows that an undo has changed back. */
export function changedBackBy(results: readonly RowOutcome[]): readonly ChangedBack[] {
  return results.flatMap(({ change: { transition, versionBefore }, outcome }) =>
    outcome.kind === 'applied' ? [{ ...transition, versionBefore, version: outcome.version }] : [],
  );
}

/** The action on many as the last action of this session. */
export function ownAction(action: BulkAction, what: string, results: readonly RowOutcome[], at: number): OwnAction {
  const rows = results.flatMap(({ change: { transition }, outcome }) => {
    const { id: operationId, identity, from, to } = transition;
    return outcome.kind === 'applied' ? [{ operationId, identity, from, to }] : [];
  });
  return { action, what, at, rows };
}

/** The rows of an undo or a resume that no longer had what it was to take back: the operator does not want that any more. */
export function withdrawnBy(action: BulkAction, results: readonly RowOutcome[]): readonly Transition[] {
  if (action !== 'undo' && action !== 'resume') return [];
  return results.flatMap(({ change: { transition }, outcome }) =>
    outcome.kind === 'stale' && outcome.actual !== transition.from ? [transition] : [],
  );
}

/** The actions of an action on many to follow from now on. */
export function trackedOf(
  action: BulkAction,
  results: readonly RowOutcome[],
  isFollowable: boolean,
): readonly NewAction[] {
  return results
    .flatMap(({ change: { transition, tableName, rewrite }, outcome }): NewAction[] => {
      if (outcome.kind !== 'applied' || action === 'batch size' || rewrite?.kind === 'batch size') return [];
      const { added, at: requestedAt, version } = outcome;
      const identity = isFollowable ? null : (added?.identity ?? transition.identity);
      const { from, to } = transition;
      const operationId = added?.id ?? transition.id;
      const isOfBulk = results.length > 1;
      return [
        { action, operationId, identity, tableName, from, to, requestedAt, version, ...(isOfBulk && { isOfBulk }) },
      ];
    })
    .slice(-mostTracked);
}
