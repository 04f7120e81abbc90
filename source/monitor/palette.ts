import { messageOf } from '../database/database-error.ts';
import { matches } from '../domain/filter/matches.ts';
import { unfiltered } from '../domain/filter/resolve.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { fieldOf, type TextField } from '../presentation/text-field.ts';
import type { Say } from '../presentation/toast.ts';
import { hintOf } from './command.ts';
import { keyOf } from './commands.ts';
import type { Controls } from './controls.ts';
import { resolvedFilter } from './filter-facts.ts';
import { chosenCommand, chosenIndex, foundCommands } from './find-commands.ts';
import { isHeldBack } from './held-back.ts';
import type { PageWish } from './paging.ts';
import type { Store } from './store.ts';

/** The palette of all commands, and the way to an operation by its id. */
export interface Palette extends Pick<Controls, 'palette' | 'choose' | 'goTo'> {
  typed(field: TextField): void;
  /** Closes the palette and runs the chosen command. */
  runChosen(): void;
  close(): void;
}

/** Opens the palette, runs the chosen command, and goes to a typed id. */
export function createPalette(options: {
  readonly table: ControlTable;
  readonly store: Store;
  readonly controls: () => Controls;
  readonly readPage: (wish: PageWish) => void;
  readonly readDetail: (id: number) => void;
  readonly toast: Say;
}): Palette {
  const { table, store, readPage, readDetail, toast } = options;

  function close(): void {
    const { overlay } = store.state();
    if (overlay.kind === 'palette') store.emit({ kind: 'overlaid', overlay: overlay.under });
  }

  async function goTo(id: number): Promise<void> {
    const [operation] = await table.page({ direction: 'older', from: id, filter: unfiltered, limit: 1 });
    if (operation?.id !== id) {
      toast('bad', `there is no operation ${id}${table.target.rowSecurity ? ' that you may read' : ''}`, {
        isHint: true,
      });
      return;
    }
    const state = store.state();
    const filter = resolvedFilter(state);
    const isHidden = filter !== null && !matches(filter, operation);
    store.emit({ kind: 'overlaid', overlay: { kind: 'none' } });
    store.emit({ kind: 'viewed', view: 'operations' });
    if (isHidden) {
      store.emit({ kind: 'filtered', filter: '' });
      // The detail is open then, where the key of the filter searches.
      const keys = [keyOf(state, 'back'), keyOf(state, 'filter')];
      toast(
        'info',
        `the filter does not match operation ${id}: removed (${keys.join(', ')} and ${keyOf(state, 'recall')} recall it)`,
      );
    }
    store.emit({ kind: 'sorted', sort: null });
    readPage({ kind: 'around', id, isWanted: true });
    // Esc closes it, with the cursor on its row.
    const identity = state.target.isFollowable ? null : operation.identity;
    store.emit({ kind: 'overlaid', overlay: { kind: 'detail', id, identity, detail: null, problem: null, top: 0 } });
    readDetail(id);
  }

  return {
    palette() {
      store.emit({
        kind: 'overlaid',
        overlay: { kind: 'palette', field: fieldOf(''), index: null, under: store.state().overlay },
      });
    },
    typed(field) {
      const { overlay } = store.state();
      if (overlay.kind === 'palette') store.emit({ kind: 'overlaid', overlay: { ...overlay, field, index: null } });
    },
    choose(by) {
      const state = store.state();
      const { length } = foundCommands(state);
      if (state.overlay.kind !== 'palette' || length === 0) return;
      const from = chosenIndex(state, length) ?? (by === 1 ? -1 : length);
      const index = (from + by + length) % length;
      store.emit({ kind: 'overlaid', overlay: { ...state.overlay, index } });
    },
    runChosen() {
      const state = store.state();
      const chosen = chosenCommand(state);
      if (chosen === null && foundCommands(state).length === 0) return;
      close();
      if (chosen === null) return;
      if (chosen.reason === null) {
        if (!isHeldBack(store, toast, chosen.command ?? '', null)) chosen.run(options.controls());
      } else toast('bad', chosen.reason.text, hintOf(chosen.reason));
    },
    goTo(id) {
      goTo(id).catch((error: unknown) => toast('bad', `operation ${id} could not be read: ${messageOf(error)}`));
    },
    close,
  };
}
