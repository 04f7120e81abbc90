import { count } from '../presentation/figures.ts';
import type { Say } from '../presentation/toast.ts';
import { keyName } from './command.ts';
import { isAsking } from './pasted.ts';
import type { Store } from './store.ts';

/**
 * Holds a command back once if no marked operation is left, because their rows were deleted or another table has the name: the operator
 * means these, and it would act on the row under the cursor. A message says so.
 *
 * @param id the name of the command
 * @param chord its key; null if it was chosen in the palette
 * @returns whether it is held back
 */
export function isHeldBack(store: Store, toast: Say, id: string, chord: string | null): boolean {
  const state = store.state();
  const { lostMarks } = state.acting;
  if (lostMarks === 0 || state.overlay.kind !== 'none' || !actsOnRow(id)) return false;
  store.emit({ kind: 'acting', change: { lostMarks: 0 } });
  const again = chord === null ? 'choose it again' : `press ${keyName(chord)} again`;
  toast('bad', `nothing was done: ${goneMarks(lostMarks)}; ${again} for the row under the cursor`, {
    brief: `not done: ${goneMarks(lostMarks)}; ${again} for this row`,
  });
  return true;
}

const goneMarks = (lost: number): string =>
  lost === 1 ? 'the marked row is gone' : `all ${count(lost)} marked rows are gone`;

/** Whether a command acts on the marked operations, or on the row under the cursor where none is marked. */
function actsOnRow(id: string): boolean {
  return id === 'pause' || id === 'resume' || isAsking(id);
}
