import { operationIdOf } from '../presentation/activity-columns.ts';
import type { ViewId } from '../presentation/view-id.ts';
import { resultsHere } from './bulk-of-row.ts';
import { enterKind, enterTable, isBeyondPolls } from './open-table.ts';
import type { Overlay } from './overlay.ts';
import type { PageWish } from './paging.ts';
import type { Store } from './store.ts';
import { selectedRow } from './views.ts';

interface OpeningOptions {
  readonly store: Store;
  readonly view: (id: ViewId) => void;
  readonly readPage: (wish: PageWish) => void;
  readonly readDetail: (id: number) => void;
}

/** Enter: opens the row under the cursor, or the list of its rows. */
export function opening({ store, view, readPage, readDetail }: OpeningOptions): () => void {
  const overlaid = (overlay: Overlay): void => store.emit({ kind: 'overlaid', overlay });

  return () => {
    const state = store.state();
    const row = selectedRow(state);
    if (row === null) return;
    if (row.kind === 'kind') {
      if (!isBeyondPolls(state, row.summary)) {
        const from = state.view === 'failures' ? null : state.view;
        if (from !== null) view('failures');
        return store.emit({ kind: 'kind-opened', failureKind: row.summary.kind, from });
      }
      enterKind(store, row.summary.kind);
    }
    if (row.kind === 'table') enterTable(store, row.table.tableName);
    if (row.kind === 'kind' || row.kind === 'table') {
      view('operations');
      return readPage({ kind: 'newest' });
    }
    if (row.kind === 'activity' && row.bulk !== null) {
      const results = resultsHere(state);
      return results === null ? undefined : overlaid({ ...results, under: state.overlay });
    }
    const id = row.kind === 'operation' ? row.operation.id : operationIdOf(row);
    // Not every event is about an operation.
    if (id === null) return;
    // An earlier version of the audit has only the id; the actions of this session also know which operation it was.
    const own = row.kind === 'operation' ? row.operation : row.entry?.identity == null ? row.tracked : row.entry;
    const identity = state.target.isFollowable ? null : (own?.identity ?? null);
    overlaid({ kind: 'detail', id, identity, detail: null, problem: null, top: 0 });
    readDetail(id);
  };
}
