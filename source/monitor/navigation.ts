import type { Since } from '../domain/since.ts';
import { overlayRows } from '../presentation/layout.ts';
import type { Say } from '../presentation/toast.ts';
import { type ViewId, viewIds } from '../presentation/view-id.ts';
import type { Controls } from './controls.ts';
import { type TextWish, wishedEnds, wishedText } from './detail-text.ts';
import { fieldControls } from './field-controls.ts';
import type { FilterTyping } from './filter-typing.ts';
import { goingBack } from './going-back.ts';
import { commandsHere } from './help.ts';
import { type Motion, stepsOf } from './motion.ts';
import { leaveTable } from './open-table.ts';
import { opening } from './opening.ts';
import { pageRowsOf } from './overview-kinds.ts';
import { type PageWish, wishNear } from './paging.ts';
import type { Palette } from './palette.ts';
import { movedResults } from './results-list.ts';
import { sortControls } from './sort-controls.ts';
import type { Store } from './store.ts';
import { isTableOpen } from './table-open.ts';
import { unresolvedControls } from './unresolved.ts';
import { rowsOf, selectedRow } from './views.ts';

export interface NavigationOptions {
  readonly store: Store;
  readonly readDetail: (id: number) => void;
  /** Reads other stretches of long texts into the open detail. */
  readonly readTexts: (wishes: readonly TextWish[], place: 'first' | 'last' | null) => void;
  readonly readPage: (wish: PageWish) => void;
  readonly readActivity: () => void;
  /** Stops the action on many in progress. Returns whether there was one. */
  readonly stopBulk: () => boolean;
  readonly filter: FilterTyping;
  readonly palette: Pick<Palette, 'typed' | 'runChosen' | 'close'>;
  /** Restricts all that is shown; null: shows all operations again. */
  readonly restrict: (since: Since | null) => void;
  readonly toast: Say;
}

type NavigationControls = ReturnType<typeof fieldControls> &
  ReturnType<typeof sortControls> &
  Pick<Controls, 'move' | 'open' | 'toUnresolved' | 'view' | 'cycleView' | 'back' | 'help'>;

/** The commands that change what is shown, and `type`, which puts text into the open field. */
export function createNavigation({
  store,
  readDetail,
  readTexts,
  readPage,
  readActivity,
  stopBulk,
  filter: filtering,
  palette,
  restrict,
  toast,
}: NavigationOptions): NavigationControls {
  const overlaid = (overlay: Parameters<typeof store.emit>[0] & { kind: 'overlaid' }): void => store.emit(overlay);
  const closeOverlay = (): void => overlaid({ kind: 'overlaid', overlay: { kind: 'none' } });

  function view(id: ViewId): void {
    closeOverlay();
    store.emit({ kind: 'viewed', view: id });
    if (id === 'operations') readPage({ kind: 'same' });
    if (id === 'activity') readActivity();
  }

  /**
   * The key of a view leads to its list, from wherever: of Failures to the kinds, not to the one that was open before. The filter by
   * which a row of Tables was opened stays in Operations: nobody has typed it.
   */
  function listOf(id: ViewId): void {
    if (id !== 'operations' && isTableOpen(store.state())) leaveTable(store);
    if (id === 'failures' && store.state().failureKind !== null) store.emit({ kind: 'kind-opened', failureKind: null });
    view(id);
  }

  function point(index: number): void {
    const rows = rowsOf(store.state());
    const to = Math.max(0, Math.min(index, rows.length - 1));
    const row = rows[to];
    if (row === undefined) return;
    store.emit({ kind: 'pointed', key: row.key, index: to });
    const state = store.state();
    const wish = state.view === 'operations' ? wishNear(state, to) : null;
    if (wish !== null) readPage(wish);
  }

  function scroll(motion: Motion): void {
    const { overlay, window } = store.state();
    if (overlay.kind !== 'detail' && overlay.kind !== 'help') return;
    const top =
      motion === 'first'
        ? 0
        : motion === 'last'
          ? Number.MAX_SAFE_INTEGER
          : overlay.top + stepsOf(motion, overlayRows(overlay.kind, window));
    overlaid({ kind: 'overlaid', overlay: { ...overlay, top: Math.max(0, top) } });
    if (overlay.kind !== 'detail') return;
    if (motion === 'first' || motion === 'last') {
      readTexts(wishedEnds(overlay.detail, motion), motion);
      return;
    }
    const wish = wishedText(store.state(), stepsOf(motion, 1));
    if (wish !== null) readTexts([wish], null);
  }

  return {
    view: listOf,
    cycleView(by) {
      const at = viewIds.indexOf(store.state().view);
      listOf(viewIds[(at + by + viewIds.length) % viewIds.length] ?? 'overview');
    },
    move(motion) {
      const state = store.state();
      if (state.overlay.kind === 'results') {
        const overlay = movedResults(state.overlay, motion, stepsOf(motion, overlayRows('help', state.window)));
        return overlaid({ kind: 'overlaid', overlay });
      }
      if (state.overlay.kind !== 'none') return scroll(motion);
      const cursor = state.cursors[state.view];
      const far = state.view === 'operations' && state.page !== null;
      if (motion === 'first') {
        if (far && state.page?.atNewest === false) return readPage({ kind: 'newest' });
        return point(0);
      }
      if (motion === 'last') {
        if (far && state.page?.atOldest === false) return readPage({ kind: 'oldest' });
        return point(Number.MAX_SAFE_INTEGER);
      }
      const by = stepsOf(motion, pageRowsOf(state));
      // Where its row has gone, the next row is in its place.
      point(cursor.index + (by > 0 && selectedRow(state) === null ? by - 1 : by));
    },
    open: opening({ store, view, readPage, readDetail }),
    ...fieldControls({ store, filtering, palette, restrict, toast }),
    ...unresolvedControls({ store, view: listOf, point }),
    ...sortControls({ store, readPage }),
    back: goingBack({ store, view, stopBulk, filtering, palette }),
    help() {
      if (store.state().overlay.kind === 'help') closeOverlay();
      else overlaid({ kind: 'overlaid', overlay: { kind: 'help', top: 0, here: commandsHere(store.state()) } });
    },
  };
}
