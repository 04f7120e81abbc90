import { count } from '../presentation/figures.ts';
import { labelOf } from './acceptable.ts';
import type { UndoableBatch } from './acting-state.ts';
import type { MonitorState } from './state.ts';
import type { Undoable, UndoableTransition } from './undoable.ts';
import { undoneAction } from './undone-action.ts';

/** How many actions can be undone, one after another. */
export const mostUndoable = 20;

/** The action that `u` takes back now; null if there is none. */
export function undoableNow({ accepted, undoable, acting }: MonitorState): Undoable | null {
  if (accepted !== null) return { kind: 'accepted', failures: accepted };
  if (undoable !== null) return { kind: 'one', action: undoable };
  return acting.undoable === null ? null : { kind: 'many', action: acting.undoable };
}

/** The state before another action becomes the one that `u` takes back: the one of now is taken back after it. */
function withKept(state: MonitorState): MonitorState {
  const now = undoableNow(state);
  return now === null ? state : { ...state, undoableBefore: [...state.undoableBefore, now].slice(-mostUndoable) };
}

/** The state after an action that `u` takes back from now on. */
export function withUndoable(state: MonitorState, undoable: Undoable): MonitorState {
  return withCurrent(withKept(state), undoable);
}

/** The state after an action was taken back. An operator may have done another one meanwhile. */
export function withoutUndone(state: MonitorState, undone: UndoableTransition | UndoableBatch): MonitorState {
  const now = undoableNow(state);
  const isOther = (one: Undoable): boolean => one.kind === 'accepted' || one.action !== undone;
  if (now !== null && !isOther(now)) return withEarlier(state);
  return { ...state, undoableBefore: state.undoableBefore.filter(isOther) };
}

/** The state after the last action was taken back, or can not be: `u` takes back the one before it. */
export function withEarlier(state: MonitorState): MonitorState {
  const earlier = state.undoableBefore.at(-1) ?? null;
  return { ...withCurrent(state, earlier), undoableBefore: state.undoableBefore.slice(0, -1) };
}

function withCurrent(state: MonitorState, current: Undoable | null): MonitorState {
  return {
    ...state,
    accepted: current?.kind === 'accepted' ? current.failures : null,
    undoable: current?.kind === 'one' ? current.action : null,
    acting: { ...state.acting, undoable: current?.kind === 'many' ? current.action : null },
  };
}

/** What the next `u` takes back after the one of now, to follow a message; '' if nothing. */
export function nextUndoText({ undoableBefore }: MonitorState, key: string): string {
  const earlier = undoableBefore.at(-1);
  return earlier === undefined ? '' : `  (${key} undoes ${undoableText(earlier)})`;
}

function undoableText(earlier: Undoable): string {
  switch (earlier.kind) {
    case 'one':
      return undoneAction({ ...earlier.action, tableName: '' });
    case 'many': {
      const { action, changes } = earlier.action;
      return `the ${action} of ${changes.length === 1 ? '1 operation' : `${count(changes.length)} operations`}`;
    }
    case 'accepted':
      return `the acceptance of ${labelOf(earlier.failures)}`;
  }
}
