import { detailDocument } from '../presentation/detail-document.ts';
import { type Match, matchesIn } from '../presentation/detail-search.ts';
import { detailColumns, overlayRows, sideBySideFrom } from '../presentation/layout.ts';
import { fieldOf } from '../presentation/text-field.ts';
import type { Toast } from '../presentation/toast.ts';
import type { Controls } from './controls.ts';
import { detailExtras } from './detail-extras.ts';
import type { Overlay } from './overlay.ts';
import type { MonitorState } from './state.ts';
import type { Store } from './store.ts';

type DetailOverlay = Extract<Overlay, { kind: 'detail' }>;

/** The matches of the search in the open detail. */
export function detailMatches(state: MonitorState): readonly Match[] {
  const { overlay, window } = state;
  if (overlay.kind !== 'detail' || overlay.detail === null || (overlay.search ?? '') === '') return [];
  const document = detailDocument(overlay.detail, detailColumns(window), detailExtras(state));
  return matchesIn(document, overlay.search ?? '');
}

/** The row of the scrolled detail that a match begins in. */
function rowOf(state: MonitorState, match: Match): number {
  const [first] = match;
  const { overlay, window } = state;
  if (first === undefined || overlay.kind !== 'detail' || overlay.detail === null) return 0;
  if (first.part === 'texts' || window.columns >= sideBySideFrom) return first.line;
  return detailDocument(overlay.detail, detailColumns(window), detailExtras(state)).texts.length + first.line;
}

/** The commands that search the detail. */
export function createDetailSearch({
  store,
  toast,
}: {
  readonly store: Store;
  readonly toast: (tone: Toast['tone'], text: string) => void;
}): Pick<Controls, 'editSearch' | 'applySearch' | 'nextMatch'> {
  const open = (): DetailOverlay | null => {
    const { overlay } = store.state();
    return overlay.kind === 'detail' && overlay.detail !== null ? overlay : null;
  };

  /** Goes to a match and shows it, a few rows below the top. */
  function goTo(at: number): void {
    const overlay = open();
    const match = detailMatches(store.state())[at];
    if (overlay === null || match === undefined) return;
    const { window } = store.state();
    const height = overlayRows('detail', window);
    const row = rowOf(store.state(), match);
    const isShown = row >= overlay.top && row < overlay.top + height;
    const top = isShown ? overlay.top : Math.max(0, row - Math.floor(height / 3));
    store.emit({ kind: 'overlaid', overlay: { ...overlay, found: at, top } });
  }

  return {
    editSearch() {
      const overlay = open();
      if (overlay !== null) store.emit({ kind: 'overlaid', overlay: { ...overlay, field: fieldOf('') } });
    },
    applySearch() {
      const overlay = open();
      if (overlay?.field == null) return;
      const search = overlay.field.text.trim();
      store.emit({ kind: 'overlaid', overlay: { ...overlay, field: null, search, found: 0 } });
      if (search === '') return;
      const matches = detailMatches(store.state());
      if (matches.length === 0) {
        toast('bad', `not found: ${search}${isPartly(overlay) ? ' (in the part of the text that is loaded)' : ''}`);
        return;
      }
      const first = matches.findIndex((match) => rowOf(store.state(), match) >= overlay.top);
      goTo(Math.max(0, first));
    },
    nextMatch(by) {
      const overlay = open();
      const matches = detailMatches(store.state());
      if (overlay === null || matches.length === 0) return;
      goTo(((overlay.found ?? 0) + by + matches.length) % matches.length);
    },
  };
}

/** Whether only a part of a text is loaded. */
function isPartly({ detail }: DetailOverlay): boolean {
  return Object.values(detail?.windows ?? {}).length > 0;
}
