import type { RowOutcome } from '../domain/batch-actions.ts';
import { count } from '../presentation/figures.ts';
import type { UndoableBatch } from './acting-state.ts';

/** The operations that `P` pauses or resumes, as messages name them. */
export const everything = 'all running and pending operations';
export const ofLast = 'the operations that P paused';

/**
 * The operations that are paused after the undo of a pause or a resume by `P`, and the key that resumes them: `18 are paused
 * again: P resumes them`; '' if nothing is, or if it was another action.
 */
export function stillPausedText(
  undone: Pick<UndoableBatch, 'action' | 'what'> | null,
  results: readonly RowOutcome[],
  key: string,
): string {
  const isResume = undone?.action === 'resume' && undone.what === ofLast;
  const isPause = undone?.action === 'pause' && undone.what === everything;
  if (!isResume && !isPause) return '';
  const paused = results.filter(({ change: { transition }, outcome }) =>
    outcome.kind === 'applied' ? transition.to === 'paused' : outcome.kind === 'stale' && outcome.actual === 'paused',
  ).length;
  if (paused === 0) return '';
  return `${count(paused)} ${paused === 1 ? 'is' : 'are'} ${isResume ? 'paused again' : 'still paused'}: ${key} resumes ${paused === 1 ? 'it' : 'them'}`;
}
