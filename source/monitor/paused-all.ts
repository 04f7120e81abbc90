import { appliedIds, type RowOutcome } from '../domain/bulk-actions.ts';
import { count } from '../presentation/figures.ts';
import type { PendingBeside } from '../presentation/hold.ts';
import type { UndoableBulk } from './acting-state.ts';
import { keyOf } from './commands.ts';
import { type MonitorState, shown } from './state.ts';

/** The operations that `P` pauses or resumes, as messages name them. */
export const everything = 'all running and pending operations';
export const ofLast = 'the operations that P paused';

/**
 * The pending operations that a pause of all does not hold: those that the last one of this session did not reach, else later ones. Null
 * while an action on many changes operations, as the resume of all.
 */
export function pendingBeside(state: MonitorState): PendingBeside | null {
  const observation = shown(state);
  if (observation === null || state.acting.running !== null) return null;
  const last = state.acting.bulkActions.findLast(({ action, what }) => action === 'pause' && what === everything);
  const { statuses } = observation.migration;
  const isWhole = state.filter === '' && statuses.running + statuses.paused <= observation.snapshot.operations.length;
  const isLater = last?.results.every(({ outcome }) => outcome.kind === 'applied') ?? true;
  const keys = ['operations', 'filter', 'apply', 'mark-all', 'pause'].map((id) => keyOf(state, id));
  const [view, filter, apply, mark, pause] = keys;
  return {
    operations: statuses.pending,
    isLater,
    keys: `${view} ${filter}status:pending ${apply} ${mark} ${pause}`,
    paused: last === undefined || !isWhole ? null : appliedIds(last.results).length,
  };
}

/** That `P` has reached operations which the filter does not show; '' without a filter, and after other actions. */
export function outsideText({ filter }: Pick<MonitorState, 'filter'>, what: string): string {
  return filter === '' || (what !== everything && what !== ofLast) ? '' : ', also outside the filter';
}

/**
 * The operations that are paused after the undo of a pause or a resume by `P`, and the key that resumes them: `18 are paused
 * again: P resumes them`; '' if nothing is, or if it was another action.
 */
export function stillPausedText(
  undone: Pick<UndoableBulk, 'action' | 'what'> | null,
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
