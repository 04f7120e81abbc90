import { sortNames, startOrder } from '../presentation/sorts.ts';
import type { Controls } from './controls.ts';
import type { PageWish } from './paging.ts';
import type { Sort } from './state.ts';
import type { Store } from './store.ts';
import { sortedList } from './views.ts';

/** The commands that sort the open list. */
export function sortControls({
  store,
  readPage,
}: {
  readonly store: Store;
  readonly readPage: (wish: PageWish) => void;
}): Pick<Controls, 'sort' | 'sortBy' | 'reverse'> {
  function sortBy(sort: Sort): void {
    store.emit({ kind: 'sorted', sort });
    if (store.state().view === 'operations') readPage({ kind: 'newest' });
  }

  return {
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
  };
}
