import { messageOf } from '../database/database-error.ts';
import type { TrackedAction } from '../domain/tracked-actions.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import { fieldOf } from '../presentation/text-field.ts';
import type { Toast } from '../presentation/toast.ts';
import type { Reason } from './command.ts';
import type { Controls } from './controls.ts';
import type { MonitorState } from './state.ts';
import type { Store } from './store.ts';

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

export interface ReasonAdding extends Pick<Controls, 'addReason'> {
  /** Records the typed reason, if one is being typed. Returns whether it was. */
  apply(): boolean;
}

/** `e`: adds a reason to the last action of this session. */
export function createReasonAdding({
  table,
  store,
  toast,
  readActivity,
}: {
  readonly table: Pick<ControlTable, 'addReason'>;
  readonly store: Store;
  readonly toast: (tone: Toast['tone'], text: string) => void;
  readonly readActivity: () => void;
}): ReasonAdding {
  async function record(action: TrackedAction, reason: string): Promise<void> {
    const what = `the ${action.action} of ${operationLabel({ id: action.operationId, tableName: action.tableName })}`;
    try {
      const { operationId, identity = null, from, to } = action;
      await table.addReason({ operationId, identity, from, to, reason });
      toast('good', `recorded why: ${what}: ${reason}`);
      readActivity();
    } catch (error) {
      toast('bad', `cannot record the reason of ${what}: ${messageOf(error)}`);
    }
  }

  return {
    addReason() {
      const state = store.state();
      const action = lastOwnAction(state);
      if (action === null || (state.overlay.kind !== 'none' && state.overlay.kind !== 'detail')) return;
      store.emit({ kind: 'overlaid', overlay: { kind: 'note', action, field: fieldOf(''), under: state.overlay } });
    },
    apply() {
      const { overlay } = store.state();
      if (overlay.kind !== 'note') return false;
      store.emit({ kind: 'overlaid', overlay: overlay.under });
      const reason = overlay.field.text.trim();
      if (reason !== '') void record(overlay.action, reason);
      return true;
    },
  };
}
