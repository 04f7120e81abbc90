import { messageOf } from '../database/database-error.ts';
import type { Settled } from '../database/settle.ts';
import { changedStatus } from '../domain/audited-results.ts';
import type { Operation, Status } from '../domain/operation.ts';
import { hasLostWorker } from '../domain/stalled-operations.ts';
import { isOf, type NewAction } from '../domain/tracked-actions.ts';
import { type Action, decide, isPauseOrResume, type Outcome, type Transition, undoOf } from '../domain/transitions.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import { actedText } from '../presentation/plan-text.ts';
import { fieldOf } from '../presentation/text-field.ts';
import type { Toast } from '../presentation/toast.ts';
import { keyOf } from './commands.ts';
import type { Controls } from './controls.ts';
import { type FoundIn, foundIn, withFound } from './found-status.ts';
import { type Acted, outcomeToast, problemToast, settledToast } from './outcome-toast.ts';
import { whyNotUndone } from './reasons.ts';
import type { MonitorState } from './state.ts';
import type { Store } from './store.ts';
import { type Subject, subjectOf } from './subject.ts';
import { nextUndoText, undoableNow, withoutChangedRow } from './undo-history.ts';
import type { ChangedBack, UndoableTransition } from './undoable.ts';
import { selectedOperation } from './views.ts';
import { namingChanger, otherActors } from './who-changed.ts';

export interface ActionOptions {
  readonly table: ControlTable;
  readonly store: Store;
  readonly now: () => number;
  readonly toast: (tone: Toast['tone'], text: string) => void;
  readonly bulkActions: {
    readonly actOn: (action: Action, subject: Subject) => void;
    readonly undo: () => void;
    readonly settled: (all: readonly Settled[]) => readonly Settled[];
  };
  /** Called after every write, whatever its outcome: the operator wants to see how the row is now. */
  readonly afterwards: (id: number) => void;
}

export interface Actions extends Pick<Controls, 'act' | 'confirm' | 'undo'> {
  /** Looks up the actions whose outcome is not known, and reports what it finds. */
  settle(): Promise<void>;
}

/** The commands that change the table. */
export function createActions(options: ActionOptions): Actions {
  const { table, store, now } = options;
  /** The table of each operation that was acted on, for later messages. */
  const tableNames = new Map<number, string>();

  const actedOf = (action: Acted['action'], transition: Transition, tableName: string): Acted => ({
    action,
    transition,
    tableName,
    mayBeHidden: table.target.rowSecurity,
    undoKey: keyOf(store.state(), 'undo'),
  });

  /** The identity to follow where several operations may have the id; null where one has it, which may be renamed. */
  const identityOf = (transition: Transition): string | null =>
    table.target.isFollowable ? null : transition.identity;

  /** @param undone the action that an undo takes back */
  async function write(
    given: Acted,
    seenVersion: Operation['version'],
    reason: string | null = null,
    undone?: UndoableTransition,
  ): Promise<void> {
    const { action, transition, tableName } = given;
    const { id, from, to } = transition;
    tableNames.set(id, tableName);
    store.emit({ kind: 'writing' });
    store.emit({ kind: 'acting', change: { writing: [...store.state().acting.writing, id] } });
    let toast: Toast;
    let undoable: UndoableTransition | undefined;
    let isUndone = false;
    let changedBack: readonly ChangedBack[] = [];
    let withdrawn: readonly Transition[] = [];
    let tracked: NewAction | null = null;
    let found: FoundIn | null = null;
    const onWaiting = (why: string): void => {
      if (store.state().writing > 0)
        options.toast('info', `the ${action} of ${operationLabel({ id, tableName })} is still waiting: ${why}`);
    };
    try {
      // The status alone does not show that another operator has acted since, and back again.
      const others = undone !== undefined && isPauseOrResume(transition) ? await otherActors(table, [id]) : null;
      const other = others?.get(id);
      const outcome =
        other?.toStatus === from
          ? ({ kind: 'refused', reason: actedText(other.name) } as const)
          : await namingChanger(
              await table.act(transition, { action, reason, seenVersion }, onWaiting),
              transition,
              table,
              store.state(),
            );
      toast = { ...outcomeToast(outcome, given), atMs: now(), operationId: id };
      found = foundIn(outcome, transition, table.target.isFollowable);
      if (outcome.kind === 'applied') {
        const { at: requestedAt, version } = outcome;
        tracked = {
          action,
          operationId: id,
          identity: identityOf(transition),
          tableName,
          from,
          to,
          requestedAt,
          version,
        };
      }
      // An undo is offered once; again only where it has changed nothing.
      if (action === 'undo') isUndone = other !== undefined || !unchanged.includes(outcome.kind);
      const takesBack = action === 'undo' || action === 'resume';
      if (takesBack && outcome.kind === 'stale' && outcome.actual !== from) withdrawn = [transition];
      if (outcome.kind === 'applied') {
        const { version, hadCompletedAt } = outcome;
        if (action === 'undo') changedBack = [{ ...transition, versionBefore: undone?.versionBefore, version }];
        else {
          const undo = undoOf(transition, version, hadCompletedAt);
          undoable = { undo, tableName, versionBefore: seenVersion, versionAfter: version };
        }
      }
    } catch (error) {
      // An action that cannot be written into the audit is not sent.
      toast = { ...problemToast(messageOf(error), given), atMs: now() };
    }
    const hint = isUndone ? nextUndoText(store.state(), given.undoKey) : { text: '', brief: '' };
    toast = withFound(toast, hint, found);
    store.emit({
      kind: 'written',
      undoable,
      undone: isUndone ? undone : undefined,
      changedBack,
      withdrawn,
      tracked,
      toast,
    });
    store.emit({ kind: 'acting', change: { writing: store.state().acting.writing.filter((one) => one !== id) } });
    options.afterwards(id);
  }

  function report(settled: Settled): void {
    const { action: unsettled, result, version, at: requestedAt } = settled;
    const { transition } = unsettled;
    const { id, from, to, completedAt } = transition;
    const tableName = tableNames.get(id) ?? '';
    const action = unsettled.entry.action as Action | 'undo';
    // Other actions have no undo, and no result to track.
    const isFollowed = ['pause', 'resume', 'skip', 'undo'].includes(action) && from !== to;
    const isApplied = isFollowed && result === 'applied' && version !== null;
    const acted = actedOf(action, transition, tableName);
    store.emit({ kind: 'writing' });
    store.emit({
      kind: 'written',
      toast: { ...settledToast(settled, acted), atMs: now(), operationId: id },
      // Whether completed_at was filled before is not known: only an action that has kept it can be undone.
      undoable:
        isApplied && action !== 'undo' && completedAt === 'keep'
          ? { undo: undoOf(transition, version, false), tableName }
          : undefined,
      undone: action === 'undo' ? takenBack(settled) : undefined,
      tracked: isApplied
        ? { action, operationId: id, identity: identityOf(transition), tableName, from, to, requestedAt, version }
        : null,
    });
    options.afterwards(id);
  }

  /** The action that a settled undo has taken back, or that is over because the row is no longer as the action left it. */
  function takenBack({ action: { transition }, result, status }: Settled): UndoableTransition | undefined {
    const { id, identity, from, to } = transition;
    if (result === 'not applied' || (result === 'unclear' && status === from)) return undefined;
    const all = [undoableNow(store.state()), ...store.state().undoableBefore.toReversed()];
    const own = all.find(
      (one) =>
        one?.kind === 'one' &&
        one.action.undo.id === id &&
        one.action.undo.identity === identity &&
        one.action.undo.from === from &&
        one.action.undo.to === to,
    );
    return own?.kind === 'one' ? own.action : undefined;
  }

  /** Shows in the open dialog what the skip may cost. */
  async function readCost(operation: Operation): Promise<void> {
    const [cost, actions] = await Promise.all([
      table.skipCost(operation).catch(() => null),
      table.actionsOn(operation.id).catch(() => []),
    ]);
    const { overlay } = store.state();
    if (overlay.kind === 'confirm' && overlay.operation === operation)
      store.emit({ kind: 'overlaid', overlay: { ...overlay, cost, actions } });
  }

  async function settleNow(): Promise<void> {
    for (const settled of options.bulkActions.settled(await table.settle())) report(settled);
  }

  let settling: Promise<void> | null = null;

  return {
    async settle() {
      settling ??= settleNow().finally(() => {
        settling = null;
      });
      await settling;
    },
    act(action: Action) {
      const subject = subjectOf(store.state());
      if (subject !== null && subject.kind !== 'operation') return options.bulkActions.actOn(action, subject);
      const operation = selectedOperation(store.state());
      if (operation === null) return;
      const decision = decide(action, operation, pausedFrom(store.state(), operation));
      if (decision.kind === 'refused') return;
      const { transition } = decision;
      // A pause and a resume can be undone, so they act at once; a skip gives up records, so it asks.
      if (action === 'skip') {
        store.emit({
          kind: 'overlaid',
          overlay: {
            kind: 'confirm',
            operation,
            transition,
            reason: fieldOf(''),
            editing: false,
            reasonBefore: fieldOf(''),
          },
        });
        void readCost(operation);
      } else void write(actedOf(action, transition, operation.tableName), operation.version);
    },
    confirm() {
      const { overlay } = store.state();
      if (overlay.kind !== 'confirm') return;
      const { transition, operation, reason } = overlay;
      store.emit({ kind: 'overlaid', overlay: { kind: 'none' } });
      const why = reason.text.trim() || null;
      if (why !== null) store.emit({ kind: 'acting', change: { lastReason: why } });
      void write(actedOf('skip', transition, operation.tableName), operation.version, why);
    },
    undo() {
      const { undoable } = store.state();
      if (undoable === null) return options.bulkActions.undo();
      const { undo, tableName } = undoable;
      const why = whyNotUndone(store.state());
      if (why === null) {
        void write(actedOf('undo', undo, tableName), undo.version, null, undoable);
        return;
      }
      const hint = nextUndoText(withoutChangedRow(store.state()), keyOf(store.state(), 'undo'));
      const texts = { text: `${why.text}${hint.text}`, brief: `cannot undo ${undo.id}: ${why.short}${hint.brief}` };
      store.emit({ kind: 'undo-given-up', toast: { tone: 'bad', ...texts, atMs: now(), own: true } });
    },
  };
}

/** The outcomes after which the row is, or may be, as it was before. */
const unchanged: readonly Outcome['kind'][] = ['locked', 'refused', 'not sent', 'unknown'];

/** Resolves when no write is in progress any more, at the latest after `ms`. */
export async function whenWritten(store: Store, ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      unsubscribe();
      clearTimeout(timer);
      resolve();
    };
    const check = (): void => {
      if (store.state().writing === 0) done();
    };
    const unsubscribe = store.subscribe(check);
    const timer = setTimeout(done, ms);
    check();
  });
}

/**
 * The status that an operation had before its pause: from this session's actions, else from the audit; else pending if its
 * worker names its connections and has none. Null if unknown.
 */
export function pausedFrom(state: MonitorState, operation: Operation): Status | null {
  const { trackedActions, activity, target, latest } = state;
  const own = trackedActions.findLast((one) => isOf(one, operation));
  if (own?.to === 'paused') return own.from;
  // The audit has only the id: where several operations may have it, the entry may be about another one.
  const last = target.isFollowable
    ? activity?.find((entry) => entry.operationId === operation.id && changedStatus(entry))
    : undefined;
  const { fromStatus } = last ?? {};
  if (last?.toStatus === 'paused' && (fromStatus === 'pending' || fromStatus === 'running')) return fromStatus;
  return latest !== null && hasLostWorker(latest, operation) ? 'pending' : null;
}
