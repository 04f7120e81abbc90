import type { Target } from '../database/target.ts';
import type { MonitorState } from './state.ts';

/** The first toast: the notes about the table, and the given greeting or why the table is read-only; `''` for none. */
export function greetingOf({ target, readOnly }: MonitorState, greeting: string | null): string {
  const last = greeting ?? (readOnly === null ? '' : `read-only: ${readOnly}`);
  return [...target.notes, last].filter((text) => text !== '').join('; ');
}

/** Why nothing may be changed, or null. */
export function readOnlyReason(isRequested: boolean, target: Target): string | null {
  return isRequested ? '--read-only is set' : target.readOnly;
}
