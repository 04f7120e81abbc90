import type { ViewId } from '../presentation/view-id.ts';
import type { Controls } from './controls.ts';
import { unresolvedFrom } from './failures-view.ts';
import type { Store } from './store.ts';
import { rowsOf } from './views.ts';

interface UnresolvedOptions {
  readonly store: Store;
  /** Opens a view. */
  readonly view: (id: ViewId) => void;
  /** Moves the cursor to a row of the open view. */
  readonly point: (index: number) => void;
}

/** The commands that go from one unresolved failure to another. */
export function unresolvedControls({ store, view, point }: UnresolvedOptions): Pick<Controls, 'toUnresolved'> {
  return {
    toUnresolved(by) {
      const state = store.state();
      const to = unresolvedFrom(rowsOf(state), state.cursors[state.view].index, by);
      if (to !== null) return point(to);
      // This view has none; the Failures view has all of them.
      view('failures');
      const first = unresolvedFrom(rowsOf(store.state()), by === 1 ? -1 : 0, by);
      if (first !== null) point(first);
    },
  };
}
