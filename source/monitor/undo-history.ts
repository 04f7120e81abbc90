import type { Change } from '../domain/bulk-actions.ts';
import type { Transition } from '../domain/transitions.ts';
import { count } from '../presentation/figures.ts';
import { labelOf } from './acceptable.ts';
import type { UndoableBulk } from './acting-state.ts';
import { possibleToChangeBack, whyNoneChangesBack } from './changed-rows.ts';
import type { MonitorState } from './state.ts';
import type { ChangedBack, Undoable, UndoableTransition } from './undoable.ts';
import { undoneAction } from './undone-action.ts';
import { selectedOperation } from './views.ts';

/** How many actions can be undone, one after another. */
export const mostUndoable = 20;

/** The action that `u` takes back now; null if there is none. */
export function undoableNow({ accepted, undoable, acting }: MonitorState): Undoable | null {
  if (accepted !== null) return { kind: 'accepted', failures: accepted };
  if (undoable !== null) return { kind: 'one', action: undoable };
  return acting.undoable === null ? null : { kind: 'many', action: acting.undoable };
}

/** All actions that `u` takes back, the next one last. */
export function undoables(state: MonitorState): readonly Undoable[] {
  const now = undoableNow(state);
  return now === null ? state.undoableBefore : [...state.undoableBefore, now];
}

/** Why the next undo can change nothing, as polls have seen the rows; null if it may, or there is none. */
export function whyUndoIsOver(state: MonitorState): string | null {
  const now = undoableNow(state);
  return now === null ? null : whyNoneChangesBack(state.changedRows, now);
}

/** The state before another action becomes the one that `u` takes back: the one of now is taken back after it. */
function withKept(state: MonitorState): MonitorState {
  const now = undoableNow(state);
  return now === null ? state : { ...state, undoableBefore: [...state.undoableBefore, now].slice(1 - mostUndoable) };
}

/** The state after an action that `u` takes back from now on. */
export function withUndoable(state: MonitorState, undoable: Undoable): MonitorState {
  return { ...withCurrent(withKept(state), undoable), isUndoEarlier: false };
}

/** The state with an action on many that `u` takes back; if `u` takes it back already, more of its changes have become known. */
export function withUndoableMany(state: MonitorState, bulk: UndoableBulk): MonitorState {
  const known = undoableBulk(state, bulk.key);
  if (known === null) return withUndoable(state, { kind: 'many', action: bulk });
  return withRest(state, { key: bulk.key, changes: [...known.changes, ...bulk.changes] });
}

/** The action on many with this key, if `u` takes it back now or later; else null. */
export function undoableBulk(state: MonitorState, key: string): UndoableBulk | null {
  const found = [undoableNow(state), ...state.undoableBefore].find(
    (one) => one?.kind === 'many' && one.action.key === key,
  );
  return found?.kind === 'many' ? found.action : null;
}

/** The state with only these changes of an action on many to take back, wherever it is among the actions that `u` takes back. */
export function withRest(state: MonitorState, { key, changes }: Pick<UndoableBulk, 'key' | 'changes'>): MonitorState {
  const rest = (one: Undoable): readonly Undoable[] => {
    if (one.kind !== 'many' || one.action.key !== key) return [one];
    return changes.length === 0 ? [] : [{ ...one, action: { ...one.action, changes } }];
  };
  const now = undoableNow(state);
  const others = { ...state, undoableBefore: state.undoableBefore.flatMap(rest) };
  const [current] = now === null ? [] : rest(now);
  return current === undefined && now !== null ? withEarlier(others) : withCurrent(others, current ?? null);
}

/** The state after an action was taken back. An operator may have done another one meanwhile. */
export function withoutUndone(state: MonitorState, undone: UndoableTransition): MonitorState {
  const now = undoableNow(state);
  const isOther = (one: Undoable): boolean => one.kind === 'accepted' || one.action !== undone;
  if (now !== null && !isOther(now)) return withEarlier(state);
  return { ...state, undoableBefore: state.undoableBefore.filter(isOther) };
}

/** The state after the last action was taken back, or can not be: `u` takes back the one before it. */
export function withEarlier(state: MonitorState): MonitorState {
  const earlier = state.undoableBefore.at(-1) ?? null;
  const undoableBefore = state.undoableBefore.slice(0, -1);
  return { ...withCurrent(state, earlier), undoableBefore, isUndoEarlier: true };
}

/** The state after the row of the last action has changed since: an earlier action on that row cannot be undone either. */
export function withoutChangedRow(state: MonitorState): MonitorState {
  const { undoable, undoableBefore } = state;
  if (undoable === null) return state;
  const isOther = (one: Undoable): boolean => one.kind !== 'one' || keyOf(one.action.undo) !== keyOf(undoable.undo);
  return { ...state, undoableBefore: undoableBefore.filter(isOther) };
}

/**
 * The state after an undo has changed rows back: the actions on them before that one can be undone too, if no other session has
 * changed the rows between the two.
 */
export function withChangedBack(state: MonitorState, rows: readonly ChangedBack[]): MonitorState {
  const before = new Map(rows.flatMap((row) => (row.versionBefore == null ? [] : [[keyOf(row), row] as const])));
  if (before.size === 0) return state;
  const versionNow = (undo: Transition): string | null => {
    const row = before.get(keyOf(undo));
    return row !== undefined && row.versionBefore === undo.version ? row.version : null;
  };
  const moved = (one: Undoable): Undoable => {
    if (one.kind === 'accepted') return one;
    if (one.kind === 'one') {
      const version = versionNow(one.action.undo);
      return version === null ? one : { ...one, action: { ...one.action, undo: { ...one.action.undo, version } } };
    }
    const changes = one.action.changes.map((change): Change => {
      const version = versionNow(change.transition);
      return version === null
        ? change
        : { ...change, transition: { ...change.transition, version }, seenVersion: version };
    });
    return { ...one, action: { ...one.action, changes } };
  };
  const now = undoableNow(state);
  const current = now === null ? state : withCurrent(state, moved(now));
  return { ...current, undoableBefore: state.undoableBefore.map(moved) };
}

const keyOf = ({ id, identity }: Pick<Transition, 'id' | 'identity'>): string => `${id} ${identity}`;

function withCurrent(state: MonitorState, current: Undoable | null): MonitorState {
  return {
    ...state,
    accepted: current?.kind === 'accepted' ? current.failures : null,
    undoable: current?.kind === 'one' ? current.action : null,
    acting: { ...state.acting, undoable: current?.kind === 'many' ? current.action : null },
  };
}

/** The action that the second `u` would take back, to follow a message: in full and in few words; '' if nothing, or nothing that it can change. */
export function nextUndoText(
  { undoableBefore, changedRows }: MonitorState,
  key: string,
): Record<'text' | 'brief', string> {
  const earlier = undoableBefore.at(-1);
  if (earlier === undefined || whyNoneChangesBack(changedRows, earlier) !== null) return { text: '', brief: '' };
  return { text: `  (${key} undoes ${undoableText(earlier)})`, brief: `  (${key} undoes ${undoableBrief(earlier)})` };
}

/** The action that an undo takes back, as messages name it: `the pause of 22 operations`. */
export function undoableText(earlier: Undoable): string {
  switch (earlier.kind) {
    case 'one':
      return undoneAction({ ...earlier.action, tableName: '' });
    case 'many': {
      const { action, changes } = earlier.action;
      const [only] = changes;
      if (changes.length !== 1 || only === undefined) return `the ${action} of ${count(changes.length)} operations`;
      // The undo of a retry is about the operation that was added, not the one that was retried.
      return `the ${action} ${action === 'retry' ? 'as' : 'of'} operation ${only.transition.id}`;
    }
    case 'accepted':
      return `the acceptance of ${labelOf(earlier.failures)}`;
  }
}

/** The action that `u` takes back now, as it follows `cannot undo`; '' without one. */
export function undoableNowText(state: MonitorState): string {
  const now = undoableNow(state);
  return now === null ? '' : undoableText(now);
}

/** `pause of 31`, `pause of 12 operations`, `retry as 2201`. */
function undoableBrief(earlier: Undoable): string {
  return undoableText(earlier)
    .replace(/^the /, '')
    .replace(/(of|as) operation /, '$1 ')
    .replace(/ · .*/, '');
}

/**
 * The action that `u` takes back now, for the key line, from the longest to the shortest text: `pause of 22 operations`, `22
 * pauses`, `21 of 22 pauses` once polls have seen that one was changed since. Its number is left out only if the cursor is on the operation: `pause`.
 */
export function undoSubjects(state: MonitorState): readonly string[] {
  const now = undoableNow(state);
  if (now === null) return [];
  const whole = undoableBrief(now);
  const [action = ''] = whole.split(/ (?:of|as) /);
  if (now.kind === 'one') return isUnderCursor(state, now.action.undo) ? [whole, action] : [whole];
  // Not `pause of 22`: that is the pause of operation 22.
  const many = now.kind === 'accepted' ? now.failures.length : now.action.changes.length;
  const left = now.kind === 'accepted' ? many : possibleToChangeBack(state.changedRows, now.action);
  if (left < many) {
    const part = `${count(left)} of ${count(many)}`;
    return [`${action} of ${part} operations`, `${part} ${plural(action)}`];
  }
  return [whole, many === 1 ? action : `${count(many)} ${plural(action)}`];
}

function isUnderCursor(state: MonitorState, { id, identity }: Transition): boolean {
  const selected = selectedOperation(state);
  return selected?.id === id && (identity === null || identity === selected.identity);
}

function plural(action: string): string {
  return action.endsWith('ry') ? action.replace(/y$/, 'ies') : `${action}s`;
}
