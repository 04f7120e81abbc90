import type { Target } from '../database/target.ts';
import { carriedAfter } from '../domain/carried.ts';
import { joinedPeaks } from '../domain/peaks.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { NewAction, TrackedAction } from '../domain/tracked-actions.ts';
import type { MonitorState } from './state.ts';

/** Keeps the scope of the operations that are shown until the first poll of others. */
export function withScopeOf({ scope }: Target, { scope: _, ...inspected }: Target): Target {
  return scope === undefined ? inspected : { ...inspected, scope };
}

/**
 * The state for the first poll of other operations: without the earlier ones and the results of their actions. Facts about
 * them are kept until they are shown again.
 */
export function restricted(state: MonitorState, target: Target, { operations, failures }: Snapshot): MonitorState {
  const ids = new Set([...operations, ...failures].map(({ id }) => id));
  const actions = [...state.hiddenActions, ...state.trackedActions].toSorted((a, b) => a.requestedAt - b.requestedAt);
  const isShown = ({ operationId }: TrackedAction): boolean => target.scope === undefined || ids.has(operationId);
  return {
    ...state,
    target,
    latest: null,
    frozen: null,
    page: null,
    found: null,
    activity: null,
    pace: null,
    ...peaksFor(state, target),
    carried: carriedAfter(state.carried, state.latest),
    trackedActions: actions.filter(isShown),
    hiddenActions: actions.filter((action) => !isShown(action)),
  };
}

/** The highest rates of all operations are kept while only some are shown, and are shown again with those of that time. */
function peaksFor({ pace, peaksOfAll, hiddenPeaks }: MonitorState, { scope }: Target): PeaksOfAll {
  const all = joinedPeaks(hiddenPeaks, joinedPeaks(peaksOfAll, pace?.peaks ?? null));
  return scope === undefined ? { peaksOfAll: all, hiddenPeaks: null } : { peaksOfAll: null, hiddenPeaks: all };
}

type PeaksOfAll = Pick<MonitorState, 'peaksOfAll' | 'hiddenPeaks'>;

/** Whether an undo has changed an operation that `S` hides: no poll shows its row. */
export function isOfHidden(
  { target, latest, hiddenActions }: MonitorState,
  { action, operationId }: NewAction,
): boolean {
  if (action !== 'undo' || target.scope === undefined) return false;
  const { operations = [], failures = [] } = latest?.snapshot ?? {};
  const isShown = [...operations, ...failures].some(({ id }) => id === operationId);
  return !isShown && hiddenActions.some((one) => one.operationId === operationId);
}
