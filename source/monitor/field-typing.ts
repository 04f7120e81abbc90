import type { TextField } from '../presentation/text-field.ts';
import { digitsOf, withTyped } from './bulk-dialog.ts';
import type { FilterTyping } from './filter-typing.ts';
import type { Overlay } from './overlay.ts';
import type { Palette } from './palette.ts';
import { whyNotConfirmed } from './reasons.ts';
import type { Store } from './store.ts';

/** Returns what changes the text of the open field. */
export function fieldTyping({
  store,
  filtering,
  palette,
}: {
  readonly store: Store;
  readonly filtering: FilterTyping;
  readonly palette: Pick<Palette, 'typed'>;
}): (how: (field: TextField) => TextField) => void {
  const overlaid = (overlay: Overlay): void => store.emit({ kind: 'overlaid', overlay });
  return (how) => {
    const { overlay, toast } = store.state();
    switch (overlay.kind) {
      case 'filter':
        return filtering.typed(how(overlay.field));
      case 'palette':
        return palette.typed(how(overlay.field));
      case 'since':
      case 'until':
      case 'unlock':
      case 'note':
      case 'accept':
        return overlaid({ ...overlay, field: how(overlay.field) });
      case 'size':
        return overlaid({ ...overlay, field: digitsOf(how(overlay.field)) });
      case 'detail':
        if (overlay.field != null) overlaid({ ...overlay, field: how(overlay.field) });
        return;
      case 'confirm':
        if (overlay.editing) overlaid({ ...overlay, reason: how(overlay.reason) });
        return;
      case 'bulk': {
        // The message that the number was wrong ends when another one is typed.
        const isOver = toast !== null && toast.text === whyNotConfirmed(store.state())?.text;
        overlaid(withTyped(overlay, how));
        if (isOver) store.emit({ kind: 'toasted', toast: null });
      }
    }
  };
}
