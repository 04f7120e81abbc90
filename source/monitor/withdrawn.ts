import type { TrackedAction } from '../domain/tracked-actions.ts';
import type { Transition } from '../domain/transitions.ts';
import type { MonitorState } from './state.ts';

/** The state after an undo or a resume has found that rows no longer had what it was to take back: nothing is expected of them any more. */
export function withoutWithdrawn(
  state: MonitorState,
  rows: readonly Pick<Transition, 'id' | 'identity'>[] = [],
): MonitorState {
  if (rows.length === 0) return state;
  const ids = new Set(rows.map(({ id }) => id));
  const isWithdrawn = ({ operationId, identity, result }: TrackedAction): boolean =>
    result.kind !== 'gone' &&
    ids.has(operationId) &&
    (identity == null || rows.some((row) => row.id === operationId && row.identity === identity));
  return {
    ...state,
    trackedActions: state.trackedActions.map((action) =>
      isWithdrawn(action) ? { ...action, result: { kind: 'superseded' } } : action,
    ),
  };
}
