import { resultsHere } from './bulk-of-row.ts';
import type { Controls } from './controls.ts';
import { listedResults } from './results-list.ts';
import type { Store } from './store.ts';

/** The commands of the list of results. */
export function createResults(
  store: Store,
  readDetail: (id: number) => void,
): Pick<Controls, 'showResults' | 'filterResults' | 'openResult'> {
  return {
    showResults() {
      const state = store.state();
      const results = resultsHere(state);
      if (results !== null) store.emit({ kind: 'overlaid', overlay: { ...results, under: state.overlay } });
    },
    filterResults() {
      const { overlay } = store.state();
      if (overlay.kind === 'results')
        store.emit({ kind: 'overlaid', overlay: { ...overlay, isFiltered: !overlay.isFiltered, index: 0 } });
    },
    openResult() {
      const { overlay } = store.state();
      const row = overlay.kind === 'results' ? listedResults(overlay)[overlay.index] : undefined;
      if (row === undefined) return;
      const opened = { kind: 'detail', id: row.id, detail: null, problem: null, top: 0 } as const;
      store.emit({ kind: 'overlaid', overlay: opened });
      readDetail(row.id);
    },
  };
}
