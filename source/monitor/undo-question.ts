import type { SeenFailure } from '../domain/acceptance.ts';
import { largest } from '../domain/extremes.ts';
import { ofOperations } from '../domain/filter/resolve.ts';
import type { Operation } from '../domain/operation.ts';
import { isPauseOrResume } from '../domain/transitions.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { count } from '../presentation/figures.ts';
import type { Say } from '../presentation/toast.ts';
import type { UndoableBulk } from './acting-state.ts';
import { readMembers } from './bulk-members.ts';
import { keyOf } from './commands.ts';
import type { UndoQuestion } from './overlay.ts';
import { createRest } from './poll-interval.ts';
import type { MonitorState } from './state.ts';
import type { Store } from './store.ts';
import { nextUndoText, undoableNow, undoableText } from './undo-history.ts';
import type { Undoable } from './undoable.ts';
import { planUndo } from './who-changed.ts';

/** From how many seconds on an action on many is an old one: a stray `u` must not pause hundreds of operations. */
const oldSeconds = 120;

/** The question that `u` asks now; null if it undoes at once. */
export function undoQuestion(state: MonitorState): UndoQuestion | null {
  const undoable = undoableNow(state);
  if (undoable === null || undoable.kind === 'one') return null;
  const all = undoable.kind === 'many' ? undoable.action.changes.length : undoable.failures.length;
  const at = undoable.kind === 'many' ? (undoable.action.at ?? null) : acceptedAt(state, undoable.failures);
  const isOld = at !== null && (state.latest?.snapshot.takenAt ?? at) - at > oldSeconds;
  if (all < 2 || (!state.isUndoEarlier && !isOld)) return null;
  return { kind: 'undo', undoable, what: undoableText(undoable), at, isLast: !state.isUndoEarlier, all, asLeft: null };
}

/** When failures were accepted, on the database's clock; null if that is unknown. */
function acceptedAt({ latest }: MonitorState, failures: readonly SeenFailure[]): number | null {
  const times = failures.flatMap(({ id }) => {
    const resolution = latest?.triage.of(id)?.resolution;
    return resolution?.kind === 'accepted' && resolution.at !== null ? [resolution.at] : [];
  });
  return times.length === 0 ? null : largest(times);
}

/** Closes a question whose undo would change nothing. The next undo is of the action before that one. */
export function giveUpUndo(store: Store, { undoable, what, all }: UndoQuestion): void {
  store.emit({ kind: 'overlaid', overlay: { kind: 'none' } });
  const state = store.state();
  const now = undoableNow(state);
  if (now === null || !isSame(now, undoable)) return;
  const { text, brief } = nextUndoText(state, keyOf(state, 'undo'));
  const none = `none of ${count(all)} is still as it left it`;
  const toast = { tone: 'info', atMs: state.nowMs, own: true } as const;
  store.emit({
    kind: 'undo-given-up',
    toast: { ...toast, text: `cannot undo ${what}: ${none}${text}`, brief: `${what}: ${none}${brief}` },
  });
}

/** Asks before an old action on many is undone. */
export function createUndoQuestion({
  store,
  table,
  toast,
  undo,
}: {
  readonly store: Store;
  readonly table: ControlTable;
  readonly toast: Say;
  /** Undoes the action of now without a question. */
  readonly undo: () => void;
}): {
  /** Undoes the action of now, or asks first. */
  readonly undo: () => void;
  /** Undoes the action of the open question. Returns whether one is open. */
  readonly confirm: () => boolean;
  /** Reads again which rows the open question would change: another session may have changed one. */
  readonly afterPoll: () => void;
} {
  const rest = createRest(() => performance.now());

  async function read(question: UndoQuestion, bulk: UndoableBulk): Promise<void> {
    const reading = new AbortController();
    const isOpen = (): boolean => {
      const { overlay } = store.state();
      return overlay.kind === 'undo' && overlay.undoable === question.undoable;
    };
    const onRead = (): void => {
      if (!isOpen()) reading.abort();
    };
    const ids = bulk.changes.map(({ transition: { id } }) => id);
    const { operations, isWhole } = await readMembers(table, ofOperations(ids), onRead, reading.signal);
    const { changes } = await planUndo(table, bulk.changes, store.state());
    if (!isWhole || !isOpen()) return;
    const rows = Map.groupBy(operations, ({ id }) => id);
    const asLeft = changes.filter((change) => rows.get(change.transition.id)?.some((row) => isAsLeft(row, change)));
    store.emit({ kind: 'overlaid', overlay: { ...question, asLeft: asLeft.length } });
  }

  /** The question stays as it is where that cannot be read: the undo itself says why. */
  function readOpen(): void {
    const { overlay } = store.state();
    if (overlay.kind !== 'undo' || overlay.undoable.kind !== 'many') return;
    const { action } = overlay.undoable;
    void rest(() => read(overlay, action).catch(() => {}));
  }

  return {
    undo() {
      const question = undoQuestion(store.state());
      if (question === null) return undo();
      store.emit({ kind: 'overlaid', overlay: question });
      readOpen();
    },
    confirm() {
      const { overlay } = store.state();
      if (overlay.kind !== 'undo') return false;
      store.emit({ kind: 'overlaid', overlay: { kind: 'none' } });
      const now = undoableNow(store.state());
      if (now !== null && isSame(now, overlay.undoable)) undo();
      else toast('bad', `not undone: ${overlay.what} is not the action that comes next any more`);
      return true;
    },
    afterPoll: readOpen,
  };
}

/** Whether the undo of a change would change its row, as far as the row shows it. */
function isAsLeft(row: Operation, { transition, rewrite }: UndoableBulk['changes'][number]): boolean {
  const { identity, from, version } = transition;
  if ((identity !== null && row.identity !== identity) || row.status !== from) return false;
  if (rewrite?.kind === 'batch size') return row.batchSize === rewrite.from;
  return isPauseOrResume(transition) || version === null || row.version === version;
}

function isSame(one: Undoable, other: Undoable): boolean {
  if (one.kind === 'many') return other.kind === 'many' && one.action.key === other.action.key;
  return one.kind === 'accepted' && other.kind === 'accepted' && one.failures === other.failures;
}
