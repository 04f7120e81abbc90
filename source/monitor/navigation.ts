import { parseUntil } from '../domain/deadline.ts';
import { parseSince, type Since } from '../domain/since.ts';
import { listRows, overlayRows } from '../presentation/layout.ts';
import { sortNames, startOrder } from '../presentation/sorts.ts';
import { edited, fieldOf, inserted } from '../presentation/text-field.ts';
import { type ViewId, viewIds } from '../presentation/view-id.ts';
import { confirmedCount, otherPart } from './batch-dialog.ts';
import type { Controls } from './controls.ts';
import { type TextWish, wishedEnds, wishedText } from './detail-text.ts';
import { isKindOpen } from './failures-view.ts';
import { fieldTyping } from './field-typing.ts';
import type { FilterTyping } from './filter-typing.ts';
import { commandsHere } from './help.ts';
import { noMarks } from './marks.ts';
import type { Motion } from './motion.ts';
import { isTableOpen, leaveTable } from './open-table.ts';
import { opening } from './opening.ts';
import { type PageWish, wishNear } from './paging.ts';
import type { Palette } from './palette.ts';
import { movedResults } from './results-list.ts';
import type { Sort } from './state.ts';
import type { Store } from './store.ts';
import { unresolvedControls } from './unresolved.ts';
import { rowsOf, selectedRow, sortedList } from './views.ts';

export interface NavigationOptions {
  readonly store: Store;
  readonly readDetail: (id: number) => void;
  /** Reads other stretches of long texts into the open detail. */
  readonly readTexts: (wishes: readonly TextWish[], place: 'first' | 'last' | null) => void;
  readonly readPage: (wish: PageWish) => void;
  readonly readActivity: () => void;
  /** Stops the batch action in progress. Returns whether there was one. */
  readonly stopBatch: () => boolean;
  readonly confirmBatch: () => void;
  /** Accepts the failures of the open field. */
  readonly applyAcceptance: () => void;
  readonly filter: FilterTyping;
  readonly palette: Pick<Palette, 'typed' | 'runChosen' | 'close'>;
  /** Restricts all that is shown; null: shows all operations again. */
  readonly restrict: (since: Since | null) => void;
}

type NavigationControls = Pick<
  Controls,
  | 'move'
  | 'open'
  | 'editReason'
  | 'editSince'
  | 'editDeadline'
  | 'applyFilter'
  | 'edit'
  | 'toUnresolved'
  | 'sort'
  | 'sortBy'
  | 'reverse'
  | 'view'
  | 'cycleView'
  | 'back'
  | 'help'
>;

/** The commands that change what is shown, and `type`, which puts text into the open field. */
export function createNavigation({
  store,
  readDetail,
  readTexts,
  readPage,
  readActivity,
  stopBatch,
  confirmBatch,
  applyAcceptance,
  filter: filtering,
  palette,
  restrict,
}: NavigationOptions): NavigationControls & {
  type(text: string): void;
} {
  const overlaid = (overlay: Parameters<typeof store.emit>[0] & { kind: 'overlaid' }): void => store.emit(overlay);
  const closeOverlay = (): void => overlaid({ kind: 'overlaid', overlay: { kind: 'none' } });

  function view(id: ViewId): void {
    closeOverlay();
    store.emit({ kind: 'viewed', view: id });
    if (id === 'operations') readPage({ kind: 'same' });
    if (id === 'activity') readActivity();
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

  function sortBy(sort: Sort): void {
    store.emit({ kind: 'sorted', sort });
    if (store.state().view === 'operations') readPage({ kind: 'newest' });
  }

  function scroll(motion: Motion): void {
    const { overlay, window } = store.state();
    if (overlay.kind !== 'detail' && overlay.kind !== 'help') return;
    const top =
      motion === 'first'
        ? 0
        : motion === 'last'
          ? Number.MAX_SAFE_INTEGER
          : overlay.top + steps(motion, overlayRows(overlay.kind, window));
    overlaid({ kind: 'overlaid', overlay: { ...overlay, top: Math.max(0, top) } });
    if (overlay.kind !== 'detail') return;
    if (motion === 'first' || motion === 'last') {
      readTexts(wishedEnds(overlay.detail, motion), motion);
      return;
    }
    const wish = wishedText(store.state(), steps(motion, 1));
    if (wish !== null) readTexts([wish], null);
  }

  const change = fieldTyping({ store, filtering, palette });

  return {
    view,
    cycleView(by) {
      const at = viewIds.indexOf(store.state().view);
      view(viewIds[(at + by + viewIds.length) % viewIds.length] ?? 'overview');
    },
    move(motion) {
      const state = store.state();
      if (state.overlay.kind === 'results') {
        const overlay = movedResults(state.overlay, motion, steps(motion, overlayRows('help', state.window)));
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
      const by = steps(motion, listRows(state.view, state.window));
      // Where its row has gone, the next row is in its place.
      point(cursor.index + (by > 0 && selectedRow(state) === null ? by - 1 : by));
    },
    open: opening({ store, view, readPage, readDetail }),
    editSince() {
      const { target, proposedSince } = store.state();
      const field = fieldOf(target.scope?.text ?? proposedSince ?? '');
      overlaid({ kind: 'overlaid', overlay: { kind: 'since', field } });
    },
    editDeadline() {
      const field = fieldOf(store.state().due.until?.text ?? '');
      overlaid({ kind: 'overlaid', overlay: { kind: 'until', field } });
    },
    editReason() {
      const { overlay } = store.state();
      if (overlay.kind === 'batch') overlaid({ kind: 'overlaid', overlay: otherPart(overlay) });
      if (overlay.kind === 'confirm')
        overlaid({
          kind: 'overlaid',
          overlay: { ...overlay, editing: true, reasonBefore: overlay.reason, reason: fieldOf(overlay.reason.text) },
        });
    },
    applyFilter() {
      const { overlay } = store.state();
      if (overlay.kind === 'confirm') return overlaid({ kind: 'overlaid', overlay: { ...overlay, editing: false } });
      if (overlay.kind === 'batch') {
        if (confirmedCount(overlay) !== null && overlay.plan?.changes.length !== 1) return confirmBatch();
        return overlaid({ kind: 'overlaid', overlay: otherPart(overlay) });
      }
      if (overlay.kind === 'since') {
        const typed = overlay.field.text.trim();
        const since = typed === '' ? null : parseSince(typed);
        if (typed !== '' && since === null) return;
        closeOverlay();
        // A duration means another moment each time; a timestamp does not.
        const isSame = since?.kind !== 'ago' && typed === (store.state().target.scope?.text ?? '');
        return isSame ? undefined : restrict(since);
      }
      if (overlay.kind === 'until') {
        const typed = overlay.field.text.trim();
        const until = typed === '' ? null : parseUntil(typed);
        if (typed !== '' && until === null) return;
        closeOverlay();
        return store.emit({ kind: 'due', until });
      }
      if (overlay.kind === 'palette') return palette.runChosen();
      if (overlay.kind === 'accept') return applyAcceptance();
      filtering.apply();
    },
    ...unresolvedControls({ store, view, point }),
    sort() {
      const state = store.state();
      const names = sortNames(sortedList(state), state.personal.columns);
      const current = state.sorts[state.view];
      const by = names[(names.indexOf(current?.by ?? names[0] ?? '') + 1) % names.length];
      if (by !== undefined) sortBy({ by, reverse: false });
    },
    sortBy: (by) => sortBy({ by, reverse: false }),
    reverse() {
      const state = store.state();
      const current = state.sorts[state.view] ?? startOrder(sortedList(state));
      sortBy({ ...current, reverse: !current.reverse });
    },
    back() {
      const state = store.state();
      const { overlay, filter, acting } = state;
      if (stopBatch()) return;
      if (overlay.kind === 'confirm' && overlay.editing)
        overlaid({ kind: 'overlaid', overlay: { ...overlay, editing: false, reason: overlay.reasonBefore } });
      else if (overlay.kind === 'filter') filtering.cancel();
      else if (overlay.kind === 'palette') palette.close();
      else if (
        overlay.kind === 'copy' ||
        overlay.kind === 'note' ||
        overlay.kind === 'accept' ||
        overlay.kind === 'size'
      )
        overlaid({ kind: 'overlaid', overlay: overlay.under });
      else if (overlay.kind === 'detail' && overlay.field != null)
        overlaid({ kind: 'overlaid', overlay: { ...overlay, field: null } });
      else if (overlay.kind === 'detail' && (overlay.search ?? '') !== '')
        overlaid({ kind: 'overlaid', overlay: { ...overlay, search: '' } });
      else if (overlay.kind !== 'none') closeOverlay();
      else if (acting.marks.size > 0 || acting.canary !== null)
        store.emit({ kind: 'acting', change: { marks: noMarks, canary: null } });
      else if (isKindOpen(state)) {
        const from = state.kindOpenedFrom;
        store.emit({ kind: 'kind-opened', failureKind: null });
        if (from !== null) view(from);
      } else if (isTableOpen(state)) {
        view(state.openedTable?.from ?? 'tables');
        leaveTable(store);
      } else if (filter !== '') filtering.filterBy('');
    },
    help() {
      if (store.state().overlay.kind === 'help') closeOverlay();
      else overlaid({ kind: 'overlaid', overlay: { kind: 'help', top: 0, here: commandsHere(store.state()) } });
    },
    edit(edit) {
      change((field) => edited(field, edit));
    },
    type(text) {
      change((field) => inserted(field, text));
    },
  };
}

function steps(motion: Motion, page: number): number {
  switch (motion) {
    case 'down':
      return 1;
    case 'up':
      return -1;
    case 'page-down':
      return page;
    case 'page-up':
      return -page;
    case 'half-down':
      return Math.ceil(page / 2);
    case 'half-up':
      return -Math.ceil(page / 2);
    default:
      return 0;
  }
}
