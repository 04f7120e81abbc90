import { fieldOf } from '../presentation/text-field.ts';
import type { Overlay } from './overlay.ts';

type SkipDialog = Extract<Overlay, { kind: 'confirm' }>;

/** The dialog of a skip with the field of its reason open, or closed again if it is open. */
export function switchedReason(dialog: SkipDialog): SkipDialog {
  if (dialog.editing) return { ...dialog, editing: false };
  return { ...dialog, editing: true, reasonBefore: dialog.reason, reason: fieldOf(dialog.reason.text) };
}
