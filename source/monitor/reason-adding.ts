import { messageOf } from '../database/database-error.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { count } from '../presentation/figures.ts';
import { fieldOf } from '../presentation/text-field.ts';
import type { Toast } from '../presentation/toast.ts';
import type { OwnAction } from './acting-state.ts';
import type { Controls } from './controls.ts';
import { actionForReason } from './own-action.ts';
import type { Store } from './store.ts';

export interface ReasonAdding extends Pick<Controls, 'addReason'> {
  /** Records the typed reason, if one is being typed. Returns whether it was. */
  apply(): boolean;
}

/** `e`: adds a reason to the action under the cursor in Activity, else to the last one of this session; to all rows of an action on many. */
export function createReasonAdding({
  table,
  store,
  toast,
  readActivity,
}: {
  readonly table: Pick<ControlTable, 'addReason' | 'addReasons'>;
  readonly store: Store;
  readonly toast: (tone: Toast['tone'], text: string) => void;
  readonly readActivity: () => void;
}): ReasonAdding {
  async function record(action: OwnAction, reason: string): Promise<void> {
    const what = `the ${action.action} of ${action.what}`;
    const [row] = action.rows;
    try {
      const all = action.rows.map((one) => ({ ...one, reason }));
      if (all.length === 1 && row !== undefined) await table.addReason({ ...row, reason });
      const recorded = all.length === 1 ? 1 : await table.addReasons(all, reason);
      const part = recorded < all.length ? `, for ${count(recorded)} of ${count(all.length)}` : '';
      toast(part === '' ? 'good' : 'bad', `recorded why${part}: ${what}: ${reason}`);
      readActivity();
    } catch (error) {
      toast('bad', `cannot record the reason of ${what}: ${messageOf(error)}`);
    }
  }

  return {
    addReason() {
      const state = store.state();
      const action = actionForReason(state);
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
