import type { Settled } from '../database/settle.ts';
import { resultWithin } from '../database/waits.ts';
import { appliedIds, type BulkPlan, withGone, withoutRefused } from '../domain/bulk-actions.ts';
import { ofOperations } from '../domain/filter/resolve.ts';
import type { Operation } from '../domain/operation.ts';
import { type SkipCosts, skipCostsOf } from '../domain/skip-costs.ts';
import type { Action } from '../domain/transitions.ts';
import { verbOf } from '../presentation/bulk-text.ts';
import { count } from '../presentation/figures.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import { refusedText } from '../presentation/plan-text.ts';
import { offered } from '../presentation/text-field.ts';
import { bulkDialog, confirmedCount, isConfirmed, numberNeeded, otherPart, withTypedOf } from './bulk-dialog.ts';
import { readMembers } from './bulk-members.ts';
import { type BulkRunnerOptions, createBulkRunner } from './bulk-runner.ts';
import {
  type Asked,
  allOfView,
  commandOf,
  failureKindOf,
  matesOf,
  restHere,
  takeOverOf,
  whyNone,
} from './bulk-subject.ts';
import { canaryAfter, watchText } from './canary.ts';
import type { Controls } from './controls.ts';
import { followCanary } from './follow-canary.ts';
import { createGoneCheck } from './gone-check.ts';
import { marked, memberOf, noMarks, toggled } from './marks.ts';
import { createPauseAll } from './pause-all.ts';
import { createResizing } from './resizing.ts';
import { createResults } from './results.ts';
import { switchedReason } from './skip-dialog.ts';
import { failuresOfKind, markedMembers, type Subject, subjectOf, subjectText } from './subject.ts';
import { selectedOperation } from './views.ts';
import { planUndo } from './who-changed.ts';

export interface BulkActions
  extends Pick<
    Controls,
    | 'retry'
    | 'takeOver'
    | 'pauseAll'
    | 'mark'
    | 'markAll'
    | 'unmarkAll'
    | 'confirmBulk'
    | 'switchPart'
    | 'lastReason'
    | 'leave'
    | 'batchSize'
    | 'applyBatchSize'
    | 'showResults'
    | 'filterResults'
    | 'openResult'
  > {
  /** Acts on a subject of many operations. */
  actOn(action: Action, subject: Subject): void;
  undo(): void;
  /** Closes the typed reason of the open dialog, or confirms the action with it. Returns whether that dialog is open. */
  applyReason(): boolean;
  /** Takes in the outcomes of its rows that were not known. Returns those of other actions. */
  settled(all: readonly Settled[]): readonly Settled[];
  /** Stops the action in progress after its current message. Returns whether there was one. */
  stop(): boolean;
  /** Looks whether the watched retry has ended, and marked operations are gone. @param asked the operations that the poll was asked for, live or not */
  afterPoll(asked: readonly number[]): void;
}

const noMatch = 'no operations match';

/** How long an undo waits for the outcomes of the one before it, in milliseconds. */
const settleMs = 2000;

/** For how many operations the dialog of a retry reads the other attempts first, which takes a second for a thousand; for more, the retry finds them. */
const mostRefusalsRead = 1000;

/** The commands that mark operations, and those that change many at once. */
export function createBulkActions(options: BulkRunnerOptions): BulkActions {
  const { store, toast } = options;
  const runner = createBulkRunner(options);
  const { set, working, planFor, membersOf, run, filterFrom, stop } = runner;
  const resizing = createResizing({ store, toast, runner });
  const checkGone = createGoneCheck(options);
  const everything = createPauseAll({ store, table: options.table, toast, runner });

  /** Opens the dialog at once; it shows the plan as soon as the operations have been read. */
  function ask(action: Asked, subject: Subject): void {
    const what = subjectText(subject);
    const open = (plan: BulkPlan | null, members: readonly Operation[]): void => {
      const state = store.state();
      const { overlay } = state;
      if (plan !== null && plan.changes.length === 0) {
        if (overlay.kind === 'bulk') store.emit({ kind: 'overlaid', overlay: { kind: 'none' } });
        toast('bad', `cannot ${verbOf(action)} ${what}: ${whyNone(action, plan, subject)}`);
        return;
      }
      const cost = action === 'skip' && plan !== null ? skipCostsOf(store.state().latest, plan, members) : null;
      const acted = subject.kind === 'marks' && plan !== null ? { ...subject, members } : subject;
      const dialog = bulkDialog({
        action,
        what,
        command: commandOf(action, acted, state),
        isOfMarks: subject.kind === 'marks',
        members,
        plan,
        failureKind: failureKindOf(action, subject),
        mates: action === 'retry' ? matesOf(state, subject) : null,
        takeOver: action === 'takeover' ? takeOverOf(state, subject) : null,
        cost,
      });
      store.emit({ kind: 'overlaid', overlay: withTypedOf(dialog, overlay) });
      if (cost !== null) void readCosts(cost);
    };
    if (subject.kind === 'operation') {
      const members = [memberOf(subject.operation)];
      open(planFor(action, members, true), members);
      return;
    }
    open(null, []);
    void working(action, what, async (signal) => {
      const read = await membersOf(action, subject, signal);
      if (store.state().overlay.kind !== 'bulk') return;
      if (read === null) store.emit({ kind: 'overlaid', overlay: { kind: 'none' } });
      else open(withGone(await plannedFor(action, read.members, signal), read.gone), read.members);
    });
  }

  /** The plan of an action on many without the retries that would be refused: of several failures of one work, one is retried. */
  async function plannedFor(action: Asked, members: readonly Operation[], signal: AbortSignal): Promise<BulkPlan> {
    const plan = planFor(action, members);
    if (action !== 'retry' || plan.changes.length > mostRefusalsRead) return plan;
    return withoutRefused(plan, await options.table.retryRefusals(plan.changes, signal));
  }

  /** Shows in the open dialog what the tables show of the cost. */
  async function readCosts(cost: SkipCosts): Promise<void> {
    const read = await options.table.tableCosts(cost.tables).catch(() => null);
    const { overlay } = store.state();
    if (read !== null && overlay.kind === 'bulk' && overlay.cost === cost)
      store.emit({ kind: 'overlaid', overlay: { ...overlay, cost: { ...cost, read } } });
  }

  function begin(action: Action | 'retry' | 'takeover', subject: Subject): void {
    if (action === 'skip' || action === 'retry' || action === 'takeover') {
      ask(action, subject);
      return;
    }
    const what = subjectText(subject);
    void working(action, what, async (signal) => {
      const read = await membersOf(action, subject, signal);
      if (read === null) return;
      const plan = withGone(planFor(action, read.members), read.gone);
      if (plan.changes.length === 0) toast('bad', `cannot ${action} ${what}: ${refusedText(plan)}`);
      else await run(action, what, plan, null, signal);
    });
  }

  function confirmBulk(): void {
    const { overlay } = store.state();
    if (overlay.kind !== 'bulk') return;
    const dialog = overlay;
    const confirmed = confirmedCount(dialog);
    const { action, plan, reason } = dialog;
    if (plan === null) return;
    if (confirmed === null) {
      toast('bad', numberNeeded(overlay));
      return;
    }
    store.emit({ kind: 'overlaid', overlay: { kind: 'none' } });
    const changes = plan.changes.slice(0, confirmed);
    const [first] = changes;
    const isWhole = confirmed === plan.changes.length || first === undefined;
    const part = isWhole ? plan : { changes, refused: [] };
    const what = isWhole ? dialog.what : operationLabel({ id: first.transition.id, tableName: first.tableName });
    const kind = overlay.mates?.failureKind ?? overlay.failureKind;
    const rest = overlay.mates?.ids ?? plan.changes.slice(1).map(({ transition }) => transition.id);
    void working(action, what, async (signal) => {
      const mayWatch = kind !== null && rest.length > 0;
      const watching = mayWatch ? watchText(store.state().acting.canary) : '';
      const results = await run(action, what, part, reason.text.trim() || null, signal, watching);
      const [outcome] = results.map((one) => one.outcome);
      const { added, at: since } = results.length === 1 && outcome?.kind === 'applied' ? outcome : { at: 0 };
      const isBegun = mayWatch && added !== undefined;
      const { canary } = store.state().acting;
      const retried = action === 'retry' ? appliedIds(results) : [];
      set({
        canary: isBegun
          ? { failureKind: kind, id: added.id, identity: added.identity, since, rest, isCompleted: false }
          : canaryAfter(canary, retried),
      });
    });
  }

  return {
    actOn: begin,
    retry() {
      const state = store.state();
      const subject = restHere(state) ?? subjectOf(state);
      if (subject !== null) begin('retry', subject);
    },
    takeOver() {
      const subject = subjectOf(store.state());
      if (subject !== null) begin('takeover', subject);
    },
    ...resizing,
    ...createResults(store, options.readDetail),
    confirmBulk: () => void (resizing.confirmBatchSize() || confirmBulk()),
    applyReason() {
      const { overlay } = store.state();
      if (overlay.kind !== 'bulk') return false;
      if (isConfirmed(overlay)) confirmBulk();
      else store.emit({ kind: 'overlaid', overlay: otherPart(overlay) });
      return true;
    },
    lastReason() {
      const { overlay, acting } = store.state();
      if (acting.lastReason === null) return;
      const reason = offered(acting.lastReason);
      if (overlay.kind === 'bulk' || overlay.kind === 'confirm')
        store.emit({ kind: 'overlaid', overlay: { ...overlay, reason } });
    },
    switchPart() {
      const { overlay } = store.state();
      if (overlay.kind === 'confirm') store.emit({ kind: 'overlaid', overlay: switchedReason(overlay) });
      if (overlay.kind === 'bulk') store.emit({ kind: 'overlaid', overlay: otherPart(overlay) });
    },
    pauseAll: everything.pauseAll,
    undo() {
      const { undoable } = store.state().acting;
      if (undoable === null) return;
      const what = `the ${undoable.action} of ${undoable.what}`;
      void working('undo', what, async (signal) => {
        // Rows that an earlier undo with an unknown outcome did change back were not changed by another session.
        if (runner.unsettledBulkActions.hasUndoOf(undoable.key)) await resultWithin(options.settle(), settleMs);
        const now = store.state().acting.undoable;
        if (now?.key !== undoable.key) return;
        const plan = await planUndo(options.table, now.changes, store.state());
        if (plan.changes.length === 0 && plan.refused.length > 0) {
          const text = `cannot undo ${what}: ${refusedText(plan)}`;
          store.emit({ kind: 'undo-given-up', toast: { tone: 'bad', text, atMs: options.now(), own: true } });
          everything.afterUndo(undoable, [], plan.refused);
          return;
        }
        const results = await run('undo', what, plan, null, signal);
        everything.afterUndo(undoable, results, plan.refused);
      });
    },
    settled: (all) =>
      runner.unsettledBulkActions.settled(all, ({ action, what, undone }, outcomes) => {
        if (undone === null) everything.afterSettled({ action, what }, outcomes);
        else everything.afterUndo(undone, outcomes);
        options.afterwards();
      }),
    mark() {
      const state = store.state();
      const operation = selectedOperation(state);
      if (operation !== null) set({ marks: toggled(state.acting.marks, operation) });
    },
    markAll() {
      const state = store.state();
      const kind = state.view === 'failures' ? state.failureKind : null;
      const inKind = kind === null ? null : failuresOfKind(state, kind);
      const filter =
        inKind?.kind === 'kind'
          ? ofOperations(inKind.ids, ['failed'])
          : filterFrom(allOfView(state.view, state.filter));
      if (filter === null) {
        toast('bad', noMatch);
        return;
      }
      void working('mark', 'marks', async (signal) => {
        const onRead = (done: number): void => set({ running: { action: 'mark', what: 'marks', total: null, done } });
        const { operations, isWhole } = await readMembers(options.table, filter, onRead, signal);
        if (isWhole && operations.length === 0) {
          toast('bad', noMatch);
          return;
        }
        set({ marks: marked(store.state().acting.marks, operations) });
        const all = markedMembers(store.state()).length;
        toast(
          isWhole ? 'info' : 'bad',
          isWhole ? `${count(all)} marked` : `the newest ${count(all)} are marked: no more can be marked at once`,
          { isOfMarks: true },
        );
      });
    },
    unmarkAll: () => set({ marks: noMarks }),
    stop,
    leave() {
      if (!stop()) options.onQuit();
    },
    afterPoll(asked) {
      followCanary({ store, toast, set }, asked);
      void checkGone().catch(() => {});
    },
  };
}
