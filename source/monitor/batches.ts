import { type BatchPlan, type Change, undoOfBatch } from '../domain/batch-actions.ts';
import type { Action } from '../domain/transitions.ts';
import { planText } from '../presentation/batch-text.ts';
import { type CommandTarget, commandLine } from '../presentation/command-line.ts';
import { fieldOf } from '../presentation/text-field.ts';
import { batchDialog, confirmedCount, otherPart } from './batch-dialog.ts';
import { type BatchRunnerOptions, createBatchRunner, failuresOf } from './batch-runner.ts';
import { keyOf } from './commands.ts';
import type { Controls } from './controls.ts';
import { marked, memberOf, noMarks, toggled } from './marks.ts';
import {
  kindFilter,
  markedMembers,
  ofKind,
  type Subject,
  statusesOfAll,
  subjectOf,
  subjectText,
  tableFilter,
} from './subject.ts';
import { selectedOperation } from './views.ts';

export interface Batches
  extends Pick<
    Controls,
    'retry' | 'pauseAll' | 'mark' | 'markAll' | 'unmarkAll' | 'confirmBatch' | 'switchPart' | 'lastReason' | 'leave'
  > {
  /** Acts on a subject of many operations. */
  actOn(action: Action, subject: Subject): void;
  undo(): void;
  /** Stops the action in progress after its current message. Returns whether there was one. */
  stop(): boolean;
  /** Looks whether the watched retry has ended. */
  afterPoll(): void;
}

/** The commands that mark operations, and those that change many at once. */
export function createBatches(options: BatchRunnerOptions): Batches {
  const { store, toast } = options;
  const { set, working, readAll, planFor, membersOf, run, filterFrom, readMembers, stop } = createBatchRunner(options);

  /** Opens the dialog at once; it shows the plan as soon as the operations have been read. */
  function ask(action: 'skip' | 'retry', subject: Subject): void {
    const what = subjectText(subject);
    const open = (plan: BatchPlan | null): void => {
      const { overlay } = store.state();
      if (plan !== null && plan.changes.length === 0) {
        if (overlay.kind === 'batch') store.emit({ kind: 'overlaid', overlay: { kind: 'none' } });
        toast('bad', `cannot ${action} ${what}: ${planText(action, plan)}`);
        return;
      }
      const dialog = batchDialog({
        action,
        what,
        command: commandOf(action, subject, store.state().target),
        plan,
        failureKind: failureKindOf(action, subject),
      });
      const typed = overlay.kind === 'batch' && dialog.part !== 'keys' ? { ...overlay, plan } : dialog;
      store.emit({ kind: 'overlaid', overlay: typed });
    };
    if (subject.kind === 'marks' || subject.kind === 'operation') {
      open(planFor(action, subject.kind === 'marks' ? subject.members : [memberOf(subject.operation)]));
      return;
    }
    open(null);
    void working(action, what, async (signal) => {
      const members = await membersOf(action, subject, signal);
      if (store.state().overlay.kind !== 'batch') return;
      if (members === null) store.emit({ kind: 'overlaid', overlay: { kind: 'none' } });
      else open(planFor(action, members));
    });
  }

  function begin(action: Action | 'retry', subject: Subject): void {
    if (action === 'skip' || action === 'retry') {
      ask(action, subject);
      return;
    }
    const what = subjectText(subject);
    void working(action, what, async (signal) => {
      const members = await membersOf(action, subject, signal);
      if (members === null) return;
      const plan = planFor(action, members);
      if (plan.changes.length === 0) toast('bad', `cannot ${action} ${what}: ${planText(action, plan)}`);
      else await run(action, what, plan, null, signal);
    });
  }

  return {
    actOn: begin,
    retry() {
      const state = store.state();
      const { canary } = state.acting;
      // After the first one of a kind has completed, the rest of the kind follows.
      const rest: Subject | null =
        canary?.isCompleted === true && state.overlay.kind === 'none'
          ? { kind: 'kind', failureKind: canary.failureKind, ids: canary.rest }
          : null;
      const subject = rest ?? subjectOf(state);
      if (subject !== null) begin('retry', subject);
    },
    confirmBatch() {
      const { overlay } = store.state();
      if (overlay.kind !== 'batch') return;
      const confirmed = confirmedCount(overlay);
      const { action, what, plan, reason } = overlay;
      if (plan === null) return;
      if (confirmed === null) {
        toast('bad', `type ${plan.changes.length} to ${action} that many operations`);
        return;
      }
      store.emit({ kind: 'overlaid', overlay: { kind: 'none' } });
      const changes = plan.changes.slice(0, confirmed);
      const part = confirmed === plan.changes.length ? plan : { changes, refused: [] };
      const { failureKind } = overlay;
      void working(action, what, async (signal) => {
        const results = await run(action, what, part, reason.text.trim() || null, signal);
        const [outcome] = results.map((one) => one.outcome);
        if (
          failureKind === null ||
          results.length !== 1 ||
          outcome?.kind !== 'applied' ||
          outcome.added === undefined
        ) {
          set({ canary: null });
          return;
        }
        const rest = plan.changes.slice(1).map(({ transition }) => transition.id);
        set({ canary: { failureKind, id: outcome.added.id, rest, isCompleted: false } });
      });
    },
    lastReason() {
      const { overlay, acting } = store.state();
      if (acting.lastReason === null) return;
      const reason = fieldOf(acting.lastReason);
      if (overlay.kind === 'batch' || overlay.kind === 'confirm')
        store.emit({ kind: 'overlaid', overlay: { ...overlay, reason } });
    },
    switchPart() {
      const { overlay } = store.state();
      if (overlay.kind === 'confirm') store.emit({ kind: 'overlaid', overlay: { ...overlay, editing: false } });
      if (overlay.kind === 'batch') store.emit({ kind: 'overlaid', overlay: otherPart(overlay) });
    },
    pauseAll() {
      const { pausedAll } = store.state().acting;
      const action = pausedAll === null ? 'pause' : 'resume';
      const what = pausedAll === null ? 'everything that runs or waits' : 'what the last P paused';
      void working(action, what, async (signal) => {
        if (pausedAll !== null) {
          await run('resume', what, { changes: pausedAll, refused: [] }, null, signal);
          set({ pausedAll: null });
          return;
        }
        const operations = await readAll('pause', what, 'status:running,pending', signal);
        if (operations === null) return;
        const plan = planFor('pause', operations);
        if (plan.changes.length === 0) {
          toast('bad', 'nothing runs or waits');
          return;
        }
        const results = await run('pause', what, plan, null, signal);
        // A worker that finishes its batch changes the row once more: the status alone decides then.
        const back = undoOfBatch(results).map(
          (change): Change => ({ ...change, transition: { ...change.transition, version: null } }),
        );
        if (back.length > 0) set({ pausedAll: back });
      });
    },
    undo() {
      const { undoable } = store.state().acting;
      if (undoable === null) return;
      const what = `the ${undoable.action} of ${undoable.what}`;
      void working('undo', what, async (signal) => {
        await run('undo', what, { changes: undoable.changes, refused: [] }, null, signal);
      });
    },
    mark() {
      const state = store.state();
      const operation = selectedOperation(state);
      if (operation !== null) set({ marks: toggled(state.acting.marks, operation) });
    },
    markAll() {
      const state = store.state();
      const kind = state.view === 'failures' ? state.failureKind : null;
      const inKind = kind === null ? null : ofKind(state, kind);
      const filter = inKind?.kind === 'kind' ? failuresOf(inKind.ids) : filterFrom(allOfView(state.view, state.filter));
      if (filter === null) {
        toast('bad', 'no operations match');
        return;
      }
      void working('mark', 'marks', async (signal) => {
        const onRead = (done: number): void => set({ running: { action: 'mark', what: 'marks', total: null, done } });
        const { operations, isWhole } = await readMembers(filter, onRead, signal);
        set({ marks: marked(store.state().acting.marks, operations) });
        const all = markedMembers(store.state()).length;
        toast(
          isWhole ? 'info' : 'bad',
          isWhole ? `${all} marked` : `the newest ${all} are marked: no more can be marked at once`,
        );
      });
    },
    unmarkAll: () => set({ marks: noMarks }),
    stop,
    leave() {
      if (!stop()) options.onQuit();
    },
    afterPoll() {
      const { acting, latest } = store.state();
      const { canary } = acting;
      if (canary === null || canary.isCompleted || latest === null) return;
      const seen = [...latest.snapshot.operations, ...latest.snapshot.failures].find(({ id }) => id === canary.id);
      if (seen?.status === 'completed') {
        set({ canary: { ...canary, isCompleted: true } });
        const rest = `${keyOf('retry')} retries the other ${canary.rest.length} of its kind`;
        toast('good', `the retry has completed: operation ${canary.id} · ${seen.tableName}  (${rest})`);
      } else if (seen?.status === 'failed' || seen?.status === 'skipped') {
        set({ canary: null });
        toast(
          'bad',
          `the retry has ${seen.status}: operation ${canary.id}: ${seen.errorMessage ?? 'no error message'}`,
        );
      }
    },
  };
}

/** Of the failures of one kind, one may be retried first, and watched. */
function failureKindOf(action: 'skip' | 'retry', subject: Subject): string | null {
  return action === 'retry' && subject.kind === 'kind' && subject.ids.length > 1 ? subject.failureKind : null;
}

/** The command line that does the same. */
function commandOf(action: 'skip' | 'retry', subject: Subject, target: CommandTarget): string {
  if (subject.kind === 'table')
    return commandLine(
      action,
      { where: `${tableFilter(subject.tableName)} status:${statusesOfAll[action].join(',')}` },
      target,
    );
  if (subject.kind === 'kind') return commandLine(action, { where: kindFilter(subject.failureKind) }, target);
  const ids = subject.kind === 'operation' ? [subject.operation.id] : subject.members.map(({ id }) => id);
  return commandLine(action, { ids }, target);
}

/** The filter of the operations that a view lists. */
function allOfView(view: string, filter: string): string {
  if (view === 'workers') return `${filter} status:running,paused`;
  return view === 'failures' ? `${filter} status:failed` : filter;
}
