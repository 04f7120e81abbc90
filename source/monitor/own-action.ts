import type { TrackedAction } from '../domain/tracked-actions.ts';
import type { Reason } from './command.ts';
import type { MonitorState } from './state.ts';

/** The last action of this session that was applied; null if there is none. */
export function lastOwnAction({ trackedActions }: MonitorState): TrackedAction | null {
  return trackedActions.findLast(({ by }) => by === undefined) ?? null;
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
