import type { Target } from '../database/target.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { MonitorState } from './state.ts';

/** Keeps the scope of the operations that are shown until the first poll of others. */
export function withScopeOf({ scope }: Target, { scope: _, ...inspected }: Target): Target {
  return scope === undefined ? inspected : { ...inspected, scope };
}

/** The state for the first poll of other operations: without the earlier ones and the results of their actions. */
export function restricted(state: MonitorState, target: Target, { operations, failures }: Snapshot): MonitorState {
  const ids = new Set([...operations, ...failures].map(({ id }) => id));
  return {
    ...state,
    target,
    latest: null,
    frozen: null,
    page: null,
    activity: null,
    trackedActions: state.trackedActions.filter(
      ({ operationId }) => target.scope === undefined || ids.has(operationId),
    ),
  };
}
