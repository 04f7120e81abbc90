import { parseUntil } from '../domain/deadline.ts';
import { parseSince, type Since } from '../domain/since.ts';
import { selectedText } from '../presentation/no-operations.ts';
import { edited, inserted, offered } from '../presentation/text-field.ts';
import type { Say } from '../presentation/toast.ts';
import { otherPart } from './bulk-dialog.ts';
import type { Controls } from './controls.ts';
import { deadlineName, deadlineSet } from './deadline-set.ts';
import { fieldTyping } from './field-typing.ts';
import type { FilterTyping } from './filter-typing.ts';
import type { Overlay } from './overlay.ts';
import type { Palette } from './palette.ts';
import { switchedReason } from './skip-dialog.ts';
import type { Store } from './store.ts';

export interface FieldOptions {
  readonly store: Store;
  readonly filtering: FilterTyping;
  readonly palette: Pick<Palette, 'typed' | 'runChosen'>;
  /** Restricts all that is shown; null: shows all operations again. */
  readonly restrict: (since: Since | null) => void;
  readonly toast: Say;
}

/** The commands that open, edit and apply text fields, and `type`, which puts text into the open one. */
export function fieldControls({ store, filtering, palette, restrict, toast }: FieldOptions): Pick<
  Controls,
  'editSince' | 'editDeadline' | 'editReason' | 'applyFilter' | 'edit'
> & {
  type(text: string): void;
} {
  const show = (overlay: Overlay): void => store.emit({ kind: 'overlaid', overlay });
  const change = fieldTyping({ store, filtering, palette });

  return {
    editSince() {
      const { target, proposedSince } = store.state();
      const field = offered(target.scope?.text ?? proposedSince ?? '');
      show({ kind: 'since', field });
    },
    editDeadline() {
      const field = offered(deadlineName(store.state()));
      show({ kind: 'until', field });
    },
    editReason() {
      const { overlay } = store.state();
      if (overlay.kind === 'bulk') show(otherPart(overlay));
      if (overlay.kind === 'confirm') show(switchedReason(overlay));
    },
    applyFilter() {
      const { overlay } = store.state();
      if (overlay.kind === 'confirm') return show({ ...overlay, editing: false });
      if (overlay.kind === 'since') {
        const typed = overlay.field.text.trim();
        const since = typed === '' ? null : parseSince(typed);
        if (typed !== '' && since === null) return;
        show({ kind: 'none' });
        // A duration means another moment each time; a timestamp does not.
        const isSame = since?.kind !== 'ago' && typed === (store.state().target.scope?.text ?? '');
        if (!isSame) return restrict(since);
        return toast(
          'info',
          since === null ? 'all operations are shown already' : `only ${selectedText(since)}, as before`,
        );
      }
      if (overlay.kind === 'until') {
        const typed = overlay.field.text.trim();
        const until = typed === '' ? null : parseUntil(typed);
        if (typed !== '' && until === null) return;
        show({ kind: 'none' });
        // The time of a deadline may have passed: as it is offered, it is not that of the next day.
        if (typed === '' || typed !== deadlineName(store.state())) store.emit({ kind: 'due', until });
        // Line 2 has the deadline: the message need not stay in other views.
        return toast('info', deadlineSet(store.state()), { isHint: true });
      }
      if (overlay.kind === 'palette') return palette.runChosen();
      filtering.apply();
    },
    edit(edit) {
      change((field) => edited(field, edit));
    },
    type(text) {
      change((field) => inserted(field, text));
    },
  };
}
