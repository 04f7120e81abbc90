import type { ViewId } from '../presentation/view-id.ts';
import { isKindOpen } from './failures-view.ts';
import type { FilterTyping } from './filter-typing.ts';
import { noMarks } from './marks.ts';
import { leaveTable } from './open-table.ts';
import { isUndoEmpty, type Overlay } from './overlay.ts';
import type { Palette } from './palette.ts';
import type { Store } from './store.ts';
import { isTableOpen } from './table-open.ts';
import { giveUpUndo } from './undo-question.ts';

/** The command `back`: closes what is open, one thing at a time, and clears the filter. */
export function goingBack({
  store,
  view,
  stopBulk,
  filtering,
  palette,
}: {
  readonly store: Store;
  readonly view: (id: ViewId) => void;
  /** Stops the action on many in progress. Returns whether there was one. */
  readonly stopBulk: () => boolean;
  readonly filtering: FilterTyping;
  readonly palette: Pick<Palette, 'close'>;
}): () => void {
  const show = (overlay: Overlay): void => store.emit({ kind: 'overlaid', overlay });
  return () => {
    const state = store.state();
    const { overlay, filter, acting } = state;
    if (stopBulk()) return;
    if (overlay.kind === 'confirm' && overlay.editing)
      show({ ...overlay, editing: false, reason: overlay.reasonBefore });
    else if (overlay.kind === 'undo' && isUndoEmpty(overlay)) giveUpUndo(store, overlay);
    else if (overlay.kind === 'filter') filtering.cancel();
    else if (overlay.kind === 'palette') palette.close();
    else if (overlay.kind === 'size' && overlay.isAsking === true) {
      const { isAsking: _, ...typing } = overlay;
      show(typing);
    } else if (
      overlay.kind === 'copy' ||
      overlay.kind === 'note' ||
      overlay.kind === 'accept' ||
      overlay.kind === 'results' ||
      overlay.kind === 'size'
    )
      show(overlay.under);
    else if (overlay.kind === 'detail' && overlay.field != null) show({ ...overlay, field: null });
    else if (overlay.kind === 'detail' && (overlay.search ?? '') !== '') show({ ...overlay, search: '' });
    else if (overlay.kind !== 'none') show({ kind: 'none' });
    else if (acting.marks.size > 0) store.emit({ kind: 'acting', change: { marks: noMarks } });
    else if (isKindOpen(state)) {
      const from = state.kindOpenedFrom;
      store.emit({ kind: 'kind-opened', failureKind: null });
      if (from !== null) view(from);
    } else if (isTableOpen(state)) {
      view(state.openedTable?.from ?? 'tables');
      leaveTable(store);
    } else if (filter !== '') filtering.filterBy('');
  };
}
