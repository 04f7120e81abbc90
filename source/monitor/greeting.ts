import type { ProductionState } from '../database/production-guard.ts';
import type { Target } from '../database/target.ts';
import { keyOf } from './commands.ts';
import type { Personal } from './personal.ts';
import { whyProduction } from './session-state.ts';
import type { MonitorState } from './state.ts';

/** The first toast: the notes about the table, and the given greeting or why the table is read-only; `''` for none. */
export function greetingOf({ target, readOnly }: MonitorState, greeting: string | null): string {
  const last = greeting ?? (readOnly === null ? '' : `read-only: ${readOnly}`);
  return [...target.notes, last].filter((text) => text !== '').join('; ');
}

/** Why nothing may be changed, or null. A production lock comes last: the operator can unlock it. */
export function readOnlyReason(
  isRequested: boolean,
  target: Target,
  personal: Personal,
  production?: ProductionState,
): string | null {
  if (isRequested) return '--read-only is set';
  return (
    target.readOnly ?? (production === undefined ? null : whyProduction(production, keyOf({ personal }, 'unlock')))
  );
}
