import type { Settled } from '../database/settle.ts';
import { type Change, type RowOutcome, undoOfBatch } from '../domain/batch-actions.ts';
import { batchOf } from '../domain/batch-key.ts';
import { outcomeLookedUp } from '../domain/looked-up.ts';
import { operationKey } from '../domain/operation.ts';
import type { Transition } from '../domain/transitions.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { settledText } from '../presentation/batch-text.ts';
import { count } from '../presentation/figures.ts';
import type { BatchAction, UndoableBatch } from './acting-state.ts';
import { ownAction, trackedOf } from './batch-outcomes.ts';
import { keyOf } from './commands.ts';
import type { MonitorState } from './state.ts';
import type { Store } from './store.ts';
import { undoableBatch, undoableNow, withRest, withUndoableMany } from './undo-history.ts';

/** An action on many with rows whose outcome is not known, because the connection was lost. */
export interface UnsettledBatch {
  /** The part of the key that all its actions share (`batchOf`). */
  readonly key: string;
  readonly action: BatchAction;
  readonly what: string;
  /** The action on many that it takes back; null if it is no undo. */
  readonly undone: UndoableBatch | null;
  /** The changes of these rows. */
  readonly changes: readonly Change[];
  /** Outcomes of others that were found later. */
  readonly found?: readonly RowOutcome[];
}

/** The actions on many of this session with rows whose outcome is not known. */
export interface UnsettledBatches {
  add(batch: UnsettledBatch): void;
  /** Whether there is one that takes this action back. */
  hasUndoOf(key: string): boolean;
  /**
   * Takes the outcomes that are known now into the actions on many that they belong to, and reports them.
   *
   * @param onBatch called with the outcomes of each
   * @returns those that belong to none
   */
  settled(
    all: readonly Settled[],
    onBatch: (batch: UnsettledBatch, outcomes: readonly RowOutcome[]) => void,
  ): readonly Settled[];
}

/** Follows actions on many whose outcome is not known after a lost connection, until it is. */
export function createUnsettledBatches({
  store,
  table,
  now,
}: {
  readonly store: Store;
  readonly table: ControlTable;
  readonly now: () => number;
}): UnsettledBatches {
  const open = new Map<string, UnsettledBatch>();

  function report(batch: UnsettledBatch, settled: ReadonlyMap<string, Settled>): readonly RowOutcome[] {
    const { key, action, what, undone, changes } = batch;
    const outcomes = changes.flatMap((change): RowOutcome[] => {
      const found = settled.get(rowOf(change.transition));
      return found === undefined ? [] : [{ change, outcome: outcomeLookedUp(found) }];
    });
    const left = changes.filter(({ transition }) => !settled.has(rowOf(transition)));
    const all = [...(batch.found ?? []), ...outcomes];
    if (left.length === 0) open.delete(key);
    else open.set(key, { ...batch, changes: left, found: all });

    const state = store.state();
    const undo = action === 'undo' || action === 'retry' ? [] : undoOfBatch(outcomes.filter(canBeUndone));
    const undoableMany = undo.length === 0 ? undefined : { key, action, what, changes: undo };
    const rest = undone === null ? null : undoableBatch(state, undone.key);
    const undoRest = rest === null ? undefined : { ...rest, changes: rest.changes.filter(isLeft(settled)) };
    const after =
      undoRest !== undefined
        ? withRest(state, undoRest)
        : undoableMany === undefined
          ? state
          : withUndoableMany(state, undoableMany);
    const { text, isGood } = settledText(action, all);
    const hint = hintOf(after, batch, undo.length);
    store.emit({ kind: 'writing' });
    store.emit({
      kind: 'written',
      undoable: undefined,
      undoableMany,
      undoRest,
      // The operation that a retry has added is not known.
      tracked: action === 'retry' ? [] : trackedOf(action, outcomes.filter(isInTable), table.target.isFollowable),
      toast: { tone: isGood ? 'good' : 'bad', text: `${text}${hint}`, atMs: now() },
    });
    store.emit({ kind: 'acting', change: withOutcomes(store.state(), key, outcomes) });
    return outcomes;
  }

  return {
    add: (batch) => void open.set(batch.key, batch),
    hasUndoOf: (key) => [...open.values()].some(({ undone }) => undone?.key === key),
    settled(all, onBatch) {
      const others: Settled[] = [];
      for (const [key, found] of Map.groupBy(all, ({ action }) => batchOf(action.entry.key))) {
        const batch = key === null ? undefined : open.get(key);
        if (batch === undefined) others.push(...found);
        else onBatch(batch, report(batch, new Map(found.map((one) => [rowOf(one.action.transition), one]))));
      }
      return others;
    },
  };
}

function rowOf({ id, identity }: Pick<Transition, 'id' | 'identity'>): string {
  return operationKey({ id, identity: identity ?? '' });
}

function isInTable({ outcome }: RowOutcome): boolean {
  return outcome.kind === 'applied' && outcome.version !== '';
}

/** Whether completed_at was filled before is not known: only an action that has kept it can be undone. */
function canBeUndone(row: RowOutcome): boolean {
  return isInTable(row) && row.change.transition.completedAt === 'keep';
}

/** Whether a row is, or may be, still as the action left it that an undo was to take back. */
function isLeft(settled: ReadonlyMap<string, Settled>): (change: Change) => boolean {
  return ({ transition }) => {
    const found = settled.get(rowOf(transition));
    return (
      found === undefined ||
      found.result === 'not applied' ||
      (found.result === 'unclear' && found.status === transition.from)
    );
  };
}

/** The actions on many of the state with these outcomes; what was changed is marked no more, and gets a later reason. */
function withOutcomes(
  { acting: { batches, marks, lastActed } }: MonitorState,
  key: string,
  outcomes: readonly RowOutcome[],
): Partial<MonitorState['acting']> {
  const known = new Map(outcomes.map(({ change, outcome }) => [change, outcome]));
  const applied = new Set(outcomes.filter(isInTable).map(({ change }) => rowOf(change.transition)));
  const settled = batches.map((batch) => {
    if (batch.key !== key) return batch;
    const results = batch.results.map(({ change, outcome }) => ({ change, outcome: known.get(change) ?? outcome }));
    const at = outcomes.reduce<number | null>(
      (latest, { outcome }) => (outcome.kind === 'applied' ? Math.max(latest ?? outcome.at, outcome.at) : latest),
      batch.at,
    );
    return { ...batch, results, at };
  });
  const last = settled.at(-1);
  const isLast = last?.key === key && last.at !== null && applied.size > 0 && last.at >= (lastActed?.at ?? 0);
  return {
    batches: settled,
    marks: new Map([...marks].filter(([row]) => !applied.has(row))),
    ...(isLast && { lastActed: ownAction(last.action, last.what, last.results, last.at) }),
  };
}

/** Returns a hint: the effect of `u` now, and the key that lists the rows. @param undo how many of these rows it takes back */
function hintOf(state: MonitorState, { key, undone }: UnsettledBatch, undo: number): string {
  const now = undoableNow(state);
  const batch = now?.kind === 'many' && now.action.key === (undone?.key ?? key) ? now.action : null;
  const what =
    undone !== null ? 'the rest' : undo > 0 ? 'it' : batch === null ? '' : `the other ${count(batch.changes.length)}`;
  const hint = batch === null ? '' : `  (${keyOf(state, 'undo')} undoes ${what})`;
  const isListed = state.acting.batches.some((one) => one.key === key);
  return `${hint}${isListed ? `  (${keyOf(state, 'results')} lists them)` : ''}`;
}
