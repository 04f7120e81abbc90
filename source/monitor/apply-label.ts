import { verbOf } from '../presentation/bulk-text.ts';
import { isConfirmed } from './bulk-dialog.ts';
import type { MonitorState } from './state.ts';

/** The action of the key that ends a reason, for the key line; null for another field. */
export function applyLabel({ overlay }: MonitorState): string | null {
  switch (overlay.kind) {
    case 'bulk':
      return isConfirmed(overlay) ? verbOf(overlay.action) : 'confirm the reason';
    case 'confirm':
      return 'confirm the reason';
    case 'note':
      return 'give the reason';
    default:
      return null;
  }
}
