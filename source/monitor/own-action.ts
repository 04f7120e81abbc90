import { operationLabel } from '../presentation/operation-label.ts';
import type { OwnAction } from './acting-state.ts';
import type { Reason } from './command.ts';
import type { MonitorState } from './state.ts';

/** The last action of this session that was applied, to one operation or to many; null if there is none. */
export function lastOwnAction({ trackedActions, acting: { lastActed } }: MonitorState): OwnAction | null {
  const tracked = trackedActions.findLast(({ by }) => by === undefined) ?? null;
  // The operations of an action on many are tracked too.
  if (tracked === null || (lastActed !== null && lastActed.at >= tracked.requestedAt)) return lastActed;
  const { action, operationId, identity = null, tableName, from, to, requestedAt: at } = tracked;
  return {
    action,
    what: operationLabel({ id: operationId, tableName }),
    at,
    rows: [{ operationId, identity, from, to }],
  };
}

/** Why no reason can be added, or null. */
export function whyNoReason(state: MonitorState): Reason | null {
  const refused = (kind: Reason['kind'], short: string): Reason => ({
    kind,
    short,
    text: `cannot add a reason: ${short}`,
  });
  if (lastOwnAction(state) === null) return refused('nothing', 'no action yet');
  if (state.readOnly !== null) return refused('read-only', 'read-only');
  return state.connection.kind === 'lost' ? refused('not-connected', 'not connected') : null;
}
