import type { Settled } from '../database/settle.ts';
import { type Change, type RowOutcome, undoOfBulk } from '../domain/bulk-actions.ts';
import { bulkOf } from '../domain/bulk-key.ts';
import { outcomeLookedUp } from '../domain/looked-up.ts';
import { operationKey } from '../domain/operation.ts';
import type { Transition } from '../domain/transitions.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { count } from '../presentation/figures.ts';
import { settledText } from '../presentation/settled-bulk-text.ts';
import type { BulkAction, UndoableBulk } from './acting-state.ts';
import { ownAction, trackedOf } from './bulk-outcomes.ts';
import { keyOf } from './commands.ts';
import { marksAfter } from './marks.ts';
import type { MonitorState } from './state.ts';
import type { Store } from './store.ts';
import { undoableBulk, undoableNow, withRest, withUndoableMany } from './undo-history.ts';

/** An action on many with rows whose outcome is not known, because the connection was lost. */
export interface UnsettledBulk {
  /** The part of the key that all its actions share (`bulkOf`). */
  readonly key: string;
  readonly action: BulkAction;
  readonly what: string;
  /** The action on many that it takes back; null if it is no undo. */
  readonly undone: UndoableBulk | null;
  /** The changes of these rows. */
  readonly changes: readonly Change[];
  /** Outcomes of others that were found later. */
  readonly found?: readonly RowOutcome[];
}

/** The actions on many of this session with rows whose outcome is not known. */
export interface UnsettledBulkActions {
  add(bulk: UnsettledBulk): void;
  /** Whether there is one that takes this action back. */
  hasUndoOf(key: string): boolean;
  /**
   * Takes the outcomes that are known now into the actions on many that they belong to, and reports them.
   *
   * @param onBulk called with the outcomes of each
   * @returns those that belong to none
   */
  settled(
    all: readonly Settled[],
    onBulk: (bulk: UnsettledBulk, outcomes: readonly RowOutcome[]) => void,
  ): readonly Settled[];
}

/** Follows actions on many whose outcome is not known after a lost connection, until it is. */
export function createUnsettledBulkActions({
  store,
  table,
  now,
}: {
  readonly store: Store;
  readonly table: ControlTable;
  readonly now: () => number;
}): UnsettledBulkActions {
  const open = new Map<string, UnsettledBulk>();

  function report(bulk: UnsettledBulk, settled: ReadonlyMap<string, Settled>): readonly RowOutcome[] {
    const { key, action, what, undone, changes } = bulk;
    const outcomes = changes.flatMap((change): RowOutcome[] => {
      const found = settled.get(rowOf(change.transition));
      return found === undefined ? [] : [{ change, outcome: outcomeLookedUp(found) }];
    });
    const left = changes.filter(({ transition }) => !settled.has(rowOf(transition)));
    const all = [...(bulk.found ?? []), ...outcomes];
    if (left.length === 0) open.delete(key);
    else open.set(key, { ...bulk, changes: left, found: all });

    const state = store.state();
    const undo = action === 'undo' || action === 'retry' ? [] : undoOfBulk(outcomes.filter(canBeUndone));
    const undoableMany = undo.length === 0 ? undefined : { key, action, what, changes: undo };
    const rest = undone === null ? null : undoableBulk(state, undone.key);
    const undoRest = rest === null ? undefined : { ...rest, changes: rest.changes.filter(isLeft(settled)) };
    const after =
      undoRest !== undefined
        ? withRest(state, undoRest)
        : undoableMany === undefined
          ? state
          : withUndoableMany(state, undoableMany);
    const inTable = outcomes.filter(isInTable);
    const { text, isGood } = settledText(action, all);
    const hint = hintOf(after, bulk, undo.length);
    store.emit({ kind: 'writing' });
    store.emit({
      kind: 'written',
      undoable: undefined,
      undoableMany,
      undoRest,
      // The operation that a retry has added is not known.
      tracked: action === 'retry' ? [] : trackedOf(action, inTable, table.target.isFollowable),
      toast: { tone: isGood ? 'good' : 'bad', text: `${text}${hint}`, atMs: now(), changed: inTable.length },
    });
    store.emit({ kind: 'acting', change: withOutcomes(store.state(), key, outcomes) });
    return outcomes;
  }

  return {
    add: (bulk) => void open.set(bulk.key, bulk),
    hasUndoOf: (key) => [...open.values()].some(({ undone }) => undone?.key === key),
    settled(all, onBulk) {
      const others: Settled[] = [];
      for (const [key, found] of Map.groupBy(all, ({ action }) => bulkOf(action.entry.key))) {
        const bulk = key === null ? undefined : open.get(key);
        if (bulk === undefined) others.push(...found);
        else onBulk(bulk, report(bulk, new Map(found.map((one) => [rowOf(one.action.transition), one]))));
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

/** The actions on many of the state with these outcomes; the marks go as after the action, and a later reason is for it. */
function withOutcomes(
  { acting: { bulkActions, marks, lastActed } }: MonitorState,
  key: string,
  outcomes: readonly RowOutcome[],
): Partial<MonitorState['acting']> {
  const known = new Map(outcomes.map(({ change, outcome }) => [change, outcome]));
  const applied = new Set(outcomes.filter(isInTable).map(({ change }) => rowOf(change.transition)));
  const settled = bulkActions.map((bulk) => {
    if (bulk.key !== key) return bulk;
    const results = bulk.results.map(({ change, outcome }) => ({ change, outcome: known.get(change) ?? outcome }));
    const at = outcomes.reduce<number | null>(
      (latest, { outcome }) => (outcome.kind === 'applied' ? Math.max(latest ?? outcome.at, outcome.at) : latest),
      bulk.at,
    );
    return { ...bulk, results, at };
  });
  // Only an action on several rows is among them.
  const isMany = bulkActions.some((bulk) => bulk.key === key);
  const last = settled.at(-1);
  const isLast = last?.key === key && last.at !== null && applied.size > 0 && last.at >= (lastActed?.at ?? 0);
  return {
    bulkActions: settled,
    marks: marksAfter(marks, applied, isMany),
    ...(isLast && { lastActed: ownAction(last.action, last.what, last.results, last.at) }),
  };
}

/** Returns a hint: the effect of `u` now, and the key that lists the rows. @param undo how many of these rows it takes back */
function hintOf(state: MonitorState, { key, undone }: UnsettledBulk, undo: number): string {
  const now = undoableNow(state);
  const bulk = now?.kind === 'many' && now.action.key === (undone?.key ?? key) ? now.action : null;
  const what =
    undone !== null ? 'the rest' : undo > 0 ? 'it' : bulk === null ? '' : `the other ${count(bulk.changes.length)}`;
  const hint = bulk === null ? '' : `  (${keyOf(state, 'undo')} undoes ${what})`;
  // In the list itself the key does something else.
  const isListed = state.overlay.kind !== 'results' && state.acting.bulkActions.some((one) => one.key === key);
  return `${hint}${isListed ? `  (${keyOf(state, 'results')} lists them)` : ''}`;
}
