import { messageOf } from '../database/database-error.ts';
import type { SeenFailure } from '../domain/acceptance.ts';
import { initCommand } from '../domain/option-names.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { count } from '../presentation/figures.ts';
import { fieldOf } from '../presentation/text-field.ts';
import type { Toast } from '../presentation/toast.ts';
import { failuresToAccept, labelOf } from './acceptable.ts';
import type { Controls } from './controls.ts';
import type { Store } from './store.ts';

export interface AcceptingOptions {
  readonly table: ControlTable;
  readonly store: Store;
  readonly now: () => number;
  readonly toast: (tone: Toast['tone'], text: string) => void;
  /** Called when the failures have another resolution. */
  readonly afterwards: () => void;
}

export interface Accepting extends Pick<Controls, 'acceptFailure'> {
  /** Accepts the failures of the open field with the note that was typed. */
  apply(): void;
  /** Takes back the last acceptance; false if the last action was another one. */
  undo(): boolean;
}

/** Accepting failures: they leave the unresolved ones, with a note, until the operations fail again. */
export function createAccepting({ table, store, now, toast, afterwards }: AcceptingOptions): Accepting {
  async function write(failures: readonly SeenFailure[], note: string, isAccepted: boolean): Promise<void> {
    const label = labelOf(failures);
    try {
      const { applied, changed, isLocal } = await table.accept(failures, note, isAccepted);
      const others = changed === 0 ? '' : `, ${count(changed)} not: changed since`;
      const where = isLocal ? `; only on this machine: ${initCommand('audit', table.target.table)} shares it` : '';
      const text =
        applied === 0
          ? `not ${isAccepted ? 'accepted' : 'unresolved again'}: ${label} changed since`
          : `${isAccepted ? 'accepted' : 'unresolved again'}: ${label}${others}${where}`;
      store.emit({
        kind: 'accepted',
        failures: isAccepted && applied > 0 ? failures : null,
        toast: { tone: applied === 0 ? 'bad' : 'good', text, atMs: now(), own: true },
      });
    } catch (error) {
      toast('bad', `cannot accept ${label}: ${messageOf(error)}`);
    }
    afterwards();
  }

  return {
    acceptFailure() {
      const state = store.state();
      const failures = failuresToAccept(state);
      if (failures.length === 0) return;
      const overlay = { kind: 'accept', failures, field: fieldOf(''), under: state.overlay } as const;
      store.emit({ kind: 'overlaid', overlay });
    },
    apply() {
      const { overlay } = store.state();
      if (overlay.kind !== 'accept') return;
      const note = overlay.field.text.trim();
      // The field stays open: an acceptance without a reason cannot be defended.
      if (note === '') return;
      store.emit({ kind: 'overlaid', overlay: overlay.under });
      void write(overlay.failures, note, true);
    },
    undo() {
      const { accepted } = store.state();
      if (accepted === null) return false;
      store.emit({ kind: 'accepted', failures: null, toast: store.state().toast });
      void write(accepted, 'undo', false);
      return true;
    },
  };
}
