import { messageOf } from '../database/database-error.ts';
import type { TrackedAction } from '../domain/tracked-actions.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import { fieldOf } from '../presentation/text-field.ts';
import type { Toast } from '../presentation/toast.ts';
import type { Controls } from './controls.ts';
import { lastOwnAction } from './own-action.ts';
import type { Store } from './store.ts';

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
