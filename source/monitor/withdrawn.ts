import type { RowOutcome } from '../domain/bulk-actions.ts';
import type { TrackedAction } from '../domain/tracked-actions.ts';
import type { Outcome, Transition } from '../domain/transitions.ts';
import { unchangedText } from '../presentation/bulk-text.ts';
import { count } from '../presentation/figures.ts';
import type { MonitorState } from './state.ts';

/** The state after an undo or a resume has found that rows no longer had what it was to take back: nothing is expected of them any more. */
export function withoutWithdrawn(
  state: MonitorState,
  rows: readonly Pick<Transition, 'id' | 'identity'>[] = [],
): MonitorState {
  if (rows.length === 0) return state;
  const ids = new Set(rows.map(({ id }) => id));
  const isWithdrawn = ({ operationId, identity, result }: TrackedAction): boolean =>
    result.kind !== 'gone' &&
    ids.has(operationId) &&
    (identity == null || rows.some((row) => row.id === operationId && row.identity === identity));
  return {
    ...state,
    trackedActions: state.trackedActions.map((action) =>
      isWithdrawn(action) ? { ...action, result: { kind: 'superseded' } } : action,
    ),
  };
}

/** Whether the undo of a pause has found that its operation runs or waits again already: only its mark goes. */
export function isPauseOver({ from }: Pick<Transition, 'from'>, outcome: Outcome): boolean {
  return (
    from === 'paused' && outcome.kind === 'stale' && (outcome.actual === 'running' || outcome.actual === 'pending')
  );
}

/** The result of the undo of a pause of one or many, in full and in few words, if that is so of all its rows; else null. */
export function pauseOverText(what: string, results: readonly RowOutcome[]): Record<'text' | 'brief', string> | null {
  const [only] = results;
  if (only === undefined || !results.every(({ change, outcome }) => isPauseOver(change.transition, outcome)))
    return null;
  const why =
    results.length === 1 ? unchangedText(only.outcome) : `all ${count(results.length)} are running or pending again`;
  return { text: `${what} is no longer asked for: ${why}`, brief: `pause no longer asked for: ${why}` };
}
