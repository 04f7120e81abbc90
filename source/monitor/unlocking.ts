import type { ProductionGuard } from '../database/production-guard.ts';
import { fieldOf } from '../presentation/text-field.ts';
import type { Toast } from '../presentation/toast.ts';
import { plainSession } from './session-state.ts';
import type { Store } from './store.ts';

/** The lock of a production target. */
export interface Unlocking {
  /** Opens the field for the target's name; locks the target if it is unlocked. */
  unlock(): void;
  /** Unlocks the target if the typed name is right. False if the field is not open. */
  applyUnlock(): boolean;
  /** Takes over what the guard knows by now. */
  refresh(): void;
}

/** Unlocks a production target once its name is typed, and locks it again. */
export function createUnlocking(options: {
  readonly store: Store;
  readonly guard: () => ProductionGuard | undefined;
  readonly readOnly: () => string | null;
  readonly toast: (tone: Toast['tone'], text: string) => void;
}): Unlocking {
  const { store, guard, readOnly, toast } = options;

  function refresh(): void {
    const { session = plainSession } = store.state();
    const production = guard()?.state() ?? plainSession.production;
    const { name, isLocked } = session.production;
    if (production.name === name && production.isLocked === isLocked) return;
    store.emit({ kind: 'session', session: { ...session, production }, readOnly: readOnly() });
  }

  return {
    unlock() {
      const { name = null, setting } = guard()?.state() ?? {};
      if (name === null) return;
      if (guard()?.state().isLocked === true) {
        store.emit({ kind: 'overlaid', overlay: { kind: 'unlock', name, setting, field: fieldOf('') } });
        return;
      }
      guard()?.lock();
      refresh();
      toast('info', `${name} is locked again: nothing can be changed`);
    },
    applyUnlock() {
      const { overlay, session } = store.state();
      if (overlay.kind !== 'unlock') return false;
      const typed = overlay.field.text.trim();
      if (guard()?.unlock(typed) !== true) {
        store.emit({ kind: 'overlaid', overlay: { ...overlay, refused: typed } });
        return true;
      }
      store.emit({ kind: 'overlaid', overlay: { kind: 'none' } });
      refresh();
      const until =
        session?.mayChangeTarget === true
          ? 'until you change the target, lock it or quit'
          : 'until you lock it or quit';
      const why = readOnly();
      toast('info', `${overlay.name} is unlocked ${until}${why === null ? '' : `; still read-only: ${why}`}`);
      return true;
    },
    refresh,
  };
}
