import { bulkKeys } from '../database/bulk-keys.ts';
import { messageOf } from '../database/database-error.ts';
import { batchSizeAction } from '../domain/batch-size.ts';
import {
  type BulkPlan,
  type Change,
  planBulk,
  planRetries,
  type RowOutcome,
  undoOfBulk,
} from '../domain/bulk-actions.ts';
import { bulkOf } from '../domain/bulk-key.ts';
import { parseFilter } from '../domain/filter/parse.ts';
import { ofOperations, type ResolvedFilter, resolveFilter } from '../domain/filter/resolve.ts';
import { pauseAllReason } from '../domain/last-actors.ts';
import { type Operation, operationKey } from '../domain/operation.ts';
import { planSkip, resolvedBy } from '../domain/skipping.ts';
import { planTakeOver } from '../domain/takeover.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { bulkBrief, bulkResult, retryText, verbOf } from '../presentation/bulk-text.ts';
import { sizeText } from '../presentation/size-text.ts';
import { listHint, type Say, undoHint } from '../presentation/toast.ts';
import { type ActingState, type BulkAction, type ManyAction, mostBulkActions } from './acting-state.ts';
import { pausedFrom } from './actions.ts';
import { readMembers, tooMany } from './bulk-members.ts';
import { changedBackBy, ownAction, possibleLater, trackedOf, withdrawnBy } from './bulk-outcomes.ts';
import { keyOf } from './commands.ts';
import { factsOf } from './filter-facts.ts';
import { foundIn } from './found-status.ts';
import { type MarkedNow, readMarked } from './marked-now.ts';
import { marksAfter, memberOf, unmarked } from './marks.ts';
import { otherAttempt } from './other-attempt.ts';
import { outsideText, stillPausedText } from './paused-all.ts';
import { createUnsettledBulkActions } from './settled-bulk.ts';
import { shown } from './state.ts';
import type { Store } from './store.ts';
import { type Subject, statusesOfAll, subjectText, tableFilter } from './subject.ts';
import { nextUndoText } from './undo-history.ts';
import { namingChangers } from './who-changed.ts';
import { pauseOverText } from './withdrawn.ts';

export interface BulkRunnerOptions {
  readonly table: ControlTable;
  readonly store: Store;
  readonly now: () => number;
  readonly toast: Say;
  /** Called after every action on many: the operator wants to see the rows as they are now. */
  readonly afterwards: () => void;
  /** Looks up the outcomes that are not known. */
  readonly settle: () => Promise<void>;
  readonly onQuit: () => void;
  readonly readDetail: (id: number) => void;
}

export type BulkRunner = ReturnType<typeof createBulkRunner>;

/** Reads the operations of an action on many, and runs it. One runs at a time, and can be stopped. */
export function createBulkRunner(options: BulkRunnerOptions) {
  const { table, store, now, toast } = options;
  const unsettledBulkActions = createUnsettledBulkActions(options);
  let stopping: AbortController | null = null;

  const set = (change: Partial<ActingState>): void => store.emit({ kind: 'acting', change });

  function filterFrom(text: string): ResolvedFilter | null {
    const state = store.state();
    const observation = shown(state);
    const parsed = parseFilter(text);
    return parsed.kind === 'wrong' || observation === null
      ? null
      : resolveFilter(parsed.filter, factsOf(state, observation));
  }

  /** Does work that may be stopped, one at a time, and reports its failure. */
  async function working(
    action: BulkAction | 'mark',
    what: string,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const controller = new AbortController();
    stopping = controller;
    set({ running: { action, what, total: null, done: 0 } });
    try {
      await work(controller.signal);
    } catch (error) {
      // A dialog without a plan waited for what could not be read.
      const { overlay } = store.state();
      if (overlay.kind === 'bulk' && overlay.plan === null) store.emit({ kind: 'overlaid', overlay: { kind: 'none' } });
      toast('bad', `cannot ${verbOf(action)} ${what}: ${messageOf(error)}`);
    } finally {
      stopping = null;
      set({ running: null });
    }
  }

  /** @param isOne whether it is one operation that the operator chose: its worker need not be proven dead */
  function planFor(action: Exclude<ManyAction, 'batch size'>, members: readonly Operation[], isOne = false): BulkPlan {
    const state = store.state();
    if (action === 'retry') return planRetries(members, (member) => otherAttempt(state, member));
    if (action === 'takeover')
      return state.latest === null ? { changes: [], refused: [] } : planTakeOver(state.latest, members, isOne);
    if (action === 'skip') return planSkip(members, (member) => resolvedBy(state.latest, member));
    return planBulk(action, members, (member) => pausedFrom(state, member));
  }

  /** All operations of a filter; null if they were not read, after a toast that says why. */
  async function readAll(
    action: BulkAction,
    what: string,
    filterText: string | ResolvedFilter,
    signal: AbortSignal,
  ): Promise<readonly Operation[] | null> {
    const filter = typeof filterText === 'string' ? filterFrom(filterText) : filterText;
    if (filter === null) return null;
    const onRead = (done: number): void => set({ running: { action, what, total: null, done } });
    const { operations, isWhole } = await readMembers(table, filter, onRead, signal);
    if (isWhole) return operations.map(memberOf);
    toast('bad', signal.aborted ? stoppedText : tooMany(what));
    return null;
  }

  /** The operations of a subject as they are now; null if they were not read, after a toast that says why. */
  async function membersOf(action: ManyAction, subject: Subject, signal: AbortSignal): Promise<MarkedNow | null> {
    if (subject.kind === 'operation') return { members: [memberOf(subject.operation)], gone: [] };
    const what = subjectText(subject);
    if (subject.kind === 'marks') {
      const onRead = (done: number): void => set({ running: { action, what, total: null, done } });
      const now = await readMarked(table, subject.members, onRead, signal);
      if (now === null) toast('bad', stoppedText);
      else if (now.gone.length > 0) set({ marks: unmarked(store.state().acting.marks, now.gone) });
      return now;
    }
    const statuses = statusesOfAll[action].join(',');
    const filter =
      subject.kind === 'kind'
        ? ofOperations(subject.ids, ['failed'])
        : `${tableFilter(subject.tableName)} status:${statuses}`;
    const members = await readAll(action, what, filter, signal);
    return members && { members, gone: [] };
  }

  /**
   * Makes the changes, shows the progress, and reports the result.
   *
   * @param watching what the message of a single retry says of its watch
   */
  async function run(
    action: BulkAction,
    what: string,
    plan: BulkPlan,
    reason: string | null,
    signal: AbortSignal,
    watching = '',
  ): Promise<readonly RowOutcome[]> {
    const { changes } = plan;
    const before = action === 'undo' ? store.state().acting.undoable : null;
    store.emit({ kind: 'writing' });
    const ids = changes.map(({ transition }) => transition.id);
    set({
      running: { action, what, total: changes.length, done: 0 },
      writing: [...store.state().acting.writing, ...ids],
    });
    let done = 0;
    const onOutcomes = (outcomes: readonly RowOutcome[]): void => {
      done += outcomes.length;
      set({ running: { action, what, total: changes.length, done } });
    };
    let results: readonly RowOutcome[] = [];
    let over: ReturnType<typeof pauseOverText> = null;
    let text: string;
    let brief: string;
    const nextKey = bulkKeys();
    const key = bulkOf(nextKey()) ?? '';
    try {
      for (const part of partsOf(action, changes)) {
        const { write, name } = part;
        results = [
          ...results,
          ...(await write(part.changes, { action: name, reason, nextKey }, { onOutcomes, signal })),
        ];
      }
      results = await namingChangers(results, table, store.state());
      const isWhole = action === 'undo' && plan.refused.length === 0;
      over = isWhole ? pauseOverText(what, results) : null;
      const single =
        action === 'retry'
          ? retryText(results, plan.refused.length, watching)
          : action === 'batch size'
            ? sizeText(results, plan.refused.length)
            : (over?.text ?? null);
      text = single ?? bulkResult(action, results, plan.refused);
      brief = over?.brief ?? single ?? bulkBrief(action, results, plan.refused);
      const outside = results.length === 0 ? '' : outsideText(store.state(), what);
      [text, brief] = [`${text}${outside}`, `${brief}${outside}`];
    } catch (error) {
      text = `cannot ${verbOf(action)} ${what}: ${messageOf(error)}`;
      brief = text;
    }
    const applied = results.filter(({ outcome }) => outcome.kind === 'applied').length;
    // Most of it was done: that is no error. The list of the results says which rows were not changed.
    const tone = over !== null ? 'info' : applied === 0 ? 'bad' : applied === results.length ? 'good' : 'info';
    const undo = action === 'undo' ? [] : undoOfBulk(results);
    const left = action === 'undo' ? possibleLater(results) : [];
    const isUndone = action === 'undo' && results.length > 0 && left.length === 0;
    const undoKey = keyOf(store.state(), 'undo');
    const isMany = results.length + plan.refused.length > 1;
    const paused = action === 'undo' ? stillPausedText(before, results, keyOf(store.state(), 'pause-all')) : '';
    const next = isUndone ? nextUndoText(store.state(), undoKey) : { text: '', brief: '' };
    const undoHints = [
      ...(paused === '' ? [] : [`  (${paused})`]),
      ...(undo.length > 0 ? [undoHint(undoKey)] : []),
      ...(left.length > 0 ? [`  (${undoKey} undoes the rest)`] : []),
    ].join('');
    const others = applied === 0 ? 0 : results.length + plan.refused.length - applied;
    const isListable = isMany && results.length > 0 && store.state().overlay.kind !== 'results';
    const lists = isListable ? listHint(keyOf(store.state(), 'results'), others) : '';
    const hint = `${undoHints}${next.text}${lists}`;
    const briefHint = `${undoHints}${next.brief}`;
    const [one] = results;
    const found =
      isMany || one === undefined ? null : foundIn(one.outcome, one.change.transition, table.target.isFollowable);
    const unknown = results.flatMap(({ change, outcome }) => (outcome.kind === 'unknown' ? [change] : []));
    const unsettled = unknown.length > 0;
    if (unsettled) unsettledBulkActions.add({ key, action, what, undone: before, changes: unknown });
    const at = results.reduce<number | null>(
      (latest, { outcome }) => (outcome.kind === 'applied' ? Math.max(latest ?? outcome.at, outcome.at) : latest),
      null,
    );
    store.emit({
      kind: 'written',
      undoable: undefined,
      undoableMany: undo.length > 0 ? { key, action, what, changes: undo, ...(at !== null && { at }) } : undefined,
      undoRest: before !== null && results.length > 0 ? { key: before.key, changes: left } : undefined,
      changedBack: action === 'undo' ? changedBackBy(results) : [],
      withdrawn: withdrawnBy(action, results),
      tracked: trackedOf(action, results, table.target.isFollowable),
      // A narrow window has why rows were not changed in a few words, and where each row is, before it cuts what else to do.
      toast: {
        tone: unsettled ? 'bad' : tone,
        text: `${text}${hint}`,
        ...(hint !== '' && {
          brief: `${brief}${applied < results.length && paused === '' ? `${lists}${briefHint}` : `${briefHint}${lists}`}`,
        }),
        atMs: now(),
        changed: applied,
        ...(unsettled && { unsettled }),
        ...(found !== null && { found: { ...found, text: [text, hint], brief: [brief, briefHint] } }),
      },
    });
    const isDone = new Set(ids);
    set({ writing: store.state().acting.writing.filter((id) => !isDone.has(id)) });
    const appliedKeys = new Set(
      results.filter(({ outcome }) => outcome.kind === 'applied').map(({ change }) => keyOfChange(change)),
    );
    const { bulkActions } = store.state().acting;
    const bulk = { key, action, what, results, refused: plan.refused, at };
    set({
      ...(isMany && results.length > 0 && { bulkActions: [...bulkActions, bulk].slice(-mostBulkActions) }),
      ...(at !== null && { lastActed: ownAction(action, what, results, at) }),
      ...(reason !== null && reason !== pauseAllReason && { lastReason: reason }),
      marks: marksAfter(store.state().acting.marks, appliedKeys, isMany),
    });
    options.afterwards();
    return results;
  }

  /** The changes by what writes them and by what the audit calls them: the name of a batch size has the sizes. */
  function partsOf(action: BulkAction, changes: readonly Change[]) {
    const [first] = changes;
    if (action === 'retry') return [{ write: table.retryMany, name: action as string, changes }];
    if (first?.rewrite === undefined) return [{ write: table.actMany, name: action as string, changes }];
    const nameOf = ({ rewrite }: Change): string =>
      rewrite?.kind === 'batch size' ? batchSizeAction(rewrite.from, rewrite.to, action === 'undo') : action;
    return [...Map.groupBy(changes, nameOf)].map(([name, own]) => ({ write: table.rewriteMany, name, changes: own }));
  }

  return {
    set,
    working,
    planFor,
    membersOf,
    readAll,
    filterFrom,
    run,
    unsettledBulkActions,
    stop(): boolean {
      stopping?.abort();
      return stopping !== null;
    },
  };
}

const stoppedText = 'stopped: nothing was changed';

function keyOfChange({ transition: { id, identity } }: Change): string {
  return operationKey({ id, identity: identity ?? '' });
}
