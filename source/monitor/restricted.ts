import type { Target } from '../database/target.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { MonitorState } from './state.ts';

/** The picture is that of the operations to which it was restricted: until the first poll of others. */
export function withScopeOf({ scope }: Target, { scope: _, ...inspected }: Target): Target {
  return scope === undefined ? inspected : { ...inspected, scope };
}

/** Before the first poll of other operations: what was shown of those of before goes, and so do results of their actions. */
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
