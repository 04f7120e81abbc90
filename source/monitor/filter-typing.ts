import { mayBecomeField } from '../domain/filter/complete.ts';
import { parseFilter } from '../domain/filter/parse.ts';
import { fieldOf, type TextField } from '../presentation/text-field.ts';
import { filterCompletion } from './filter-completion.ts';
import type { Overlay } from './overlay.ts';
import type { PageWish } from './paging.ts';
import type { Store } from './store.ts';

/** The filter while it is typed: it applies at once, has a history, and is completed. */
export interface FilterTyping {
  editFilter(): void;
  /** After each change of the text: applies it, if it is a filter and its last word cannot become a field any more. */
  typed(field: TextField): void;
  recall(by: 1 | -1): void;
  complete(by: 1 | -1): void;
  /** Applies the text for good. Returns false if it is no filter: then it stays open. */
  apply(): boolean;
  /** Restores the filter and the cursor from before. */
  cancel(): void;
  /** Applies another filter, as if it had been typed. */
  filterBy(filter: string): void;
}

type FilterOverlay = Extract<Overlay, { kind: 'filter' }>;

/** How many milliseconds after the last letter the matching operations are read from the database. */
const typingPauseMs = 200;

/** Applies a filter while it is typed; Operations waits `typingPauseMs` before it asks the database. */
export function createFilterTyping(options: {
  readonly store: Store;
  readonly readPage: (wish: PageWish) => void;
}): FilterTyping {
  const { store, readPage } = options;

  let pause: NodeJS.Timeout | undefined;

  function filterBy(filter: string, how: 'applied' | 'typed' | 'restored' = 'applied'): void {
    if (how !== 'applied' && filter === store.state().filter) return;
    store.emit({ kind: 'filtered', filter, isApplied: how === 'applied' });
    clearTimeout(pause);
    if (store.state().view !== 'operations') return;
    // The database may have to read the whole table for a filter: not for each letter of it.
    if (how === 'typed') pause = setTimeout(() => readPage({ kind: 'newest' }), typingPauseMs).unref();
    else readPage({ kind: 'newest' });
  }

  function open(): FilterOverlay | null {
    const { overlay } = store.state();
    return overlay.kind === 'filter' ? overlay : null;
  }

  /** Shows another text in the field, and applies it. */
  function show(overlay: FilterOverlay, changes: Partial<FilterOverlay> & { readonly field: TextField }): void {
    store.emit({ kind: 'overlaid', overlay: { ...overlay, completing: null, ...changes } });
    const { text, caret } = changes.field;
    if (parseFilter(text).kind === 'ok' && !mayBecomeField(text, caret)) filterBy(text.trim(), 'typed');
  }

  return {
    filterBy: (filter) => filterBy(filter),
    editFilter() {
      const { filter, view, cursors } = store.state();
      store.emit({
        kind: 'overlaid',
        overlay: {
          kind: 'filter',
          field: fieldOf(''),
          before: { filter, cursor: cursors[view] },
          recalled: null,
          completing: null,
        },
      });
    },
    typed(field) {
      const overlay = open();
      if (overlay === null) return;
      // Moving the caret in an empty field changes nothing: the filter from before still applies.
      if (field.text === overlay.field.text) store.emit({ kind: 'overlaid', overlay: { ...overlay, field } });
      else show(overlay, { field, recalled: null });
    },
    recall(by) {
      const overlay = open();
      if (overlay === null) return;
      const history = store.state().filterHistory;
      const at = (overlay.recalled ?? history.length) - by;
      if (at < 0 || at > history.length) return;
      show(overlay, { field: fieldOf(history[at] ?? ''), recalled: at === history.length ? null : at });
    },
    complete(by) {
      const overlay = open();
      const completion = filterCompletion(store.state());
      if (overlay === null || completion === null) return;
      const { text, caret } = overlay.field;
      // Tab again takes the next candidate; if there is only one, it goes on behind it.
      const going = overlay.completing !== null && overlay.completing.candidates.length > 1 ? overlay.completing : null;
      const { from, candidates } = going ?? completion;
      if (candidates.length === 0) return;
      const first = by === 1 ? 0 : candidates.length - 1;
      const index = going === null ? first : (going.index + by + candidates.length) % candidates.length;
      const completed = text.slice(0, from) + (candidates[index] ?? '');
      show(overlay, {
        field: { text: completed + text.slice(caret), caret: completed.length },
        completing: { from, candidates, index },
        recalled: null,
      });
    },
    apply() {
      const overlay = open();
      if (overlay === null || parseFilter(overlay.field.text).kind === 'wrong') return false;
      filterBy(overlay.field.text.trim());
      store.emit({ kind: 'overlaid', overlay: { kind: 'none' } });
      return true;
    },
    cancel() {
      const overlay = open();
      if (overlay === null) return;
      filterBy(overlay.before.filter, 'restored');
      store.emit({ kind: 'overlaid', overlay: { kind: 'none' } });
    },
  };
}
