import { messageOf } from '../database/database-error.ts';
import type { Settled } from '../database/settle.ts';
import type { Operation, Status } from '../domain/operation.ts';
import { isOf, type NewAction } from '../domain/tracked-actions.ts';
import { type Action, decide, type Outcome, type Transition, undoOf } from '../domain/transitions.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { notFound } from '../presentation/result-text.ts';
import { fieldOf } from '../presentation/text-field.ts';
import type { Toast } from '../presentation/toast.ts';
import type { Controls } from './controls.ts';
import { label } from './news.ts';
import type { MonitorState, UndoableTransition } from './state.ts';
import type { Store } from './store.ts';
import { selectedOperation } from './views.ts';

export interface ActionOptions {
  readonly table: ControlTable;
  readonly store: Store;
  readonly now: () => number;
  readonly toast: (tone: Toast['tone'], text: string) => void;
  /** What follows every write, whatever came of it: the operator wants to see how the row is now. */
  readonly afterwards: (id: number) => void;
}

const done: Readonly<Record<string, string>> = {
  paused: 'paused',
  running: 'resumed',
  pending: 'resumed',
  skipped: 'skipped',
};

export interface Actions extends Pick<Controls, 'act' | 'confirm' | 'undo'> {
  /** Looks up the actions whose outcome is not known, and tells what is found. */
  settle(): Promise<void>;
}

/** The commands that change the table. */
export function createActions(options: ActionOptions): Actions {
  const { table, store, now } = options;
  /** The names of the tables of what was acted on, for what is told of it later. */
  const tableNames = new Map<number, string>();

  /** Which operation it is, where several may have the id. Where one has it, it may be renamed and is followed all the same. */
  const identityOf = (transition: Transition): string | null =>
    table.target.isFollowable ? null : transition.identity;

  async function write(
    transition: Transition,
    subject: Pick<Operation, 'id' | 'tableName' | 'version'>,
    action: Action | 'undo',
    verb: string,
    reason: string | null = null,
  ): Promise<void> {
    const undoes = action === 'undo';
    const name = label(subject);
    tableNames.set(subject.id, subject.tableName);
    store.emit({ kind: 'writing' });
    let toast: Toast;
    let undoable: UndoableTransition | null | undefined;
    let receipt: NewAction | null = null;
    const onWaiting = (why: string): void => {
      if (store.state().writing > 0) options.toast('news', `still waiting: ${why} (${action}, ${name})`);
    };
    try {
      const outcome = await table.act(transition, { action, reason, seenVersion: subject.version }, onWaiting);
      toast = { ...tell(outcome, transition, name, verb, undoes, table.target.rowSecurity), atMs: now() };
      if (outcome.kind === 'applied') {
        const { id, from, to } = transition;
        const { at: requestedAt, version } = outcome;
        receipt = {
          action,
          operationId: id,
          identity: identityOf(transition),
          tableName: subject.tableName,
          from,
          to,
          requestedAt,
          version,
        };
      }
      // What was undone, or can no longer be, is not offered again; where nothing was changed it is.
      if (undoes) undoable = unchanged.includes(outcome.kind) ? undefined : null;
      else if (outcome.kind === 'applied') {
        undoable = { undo: undoOf(transition, outcome.version, outcome.hadCompletedAt), tableName: subject.tableName };
      }
    } catch (error) {
      // Nothing is done that could not be written down.
      toast = { tone: 'bad', text: `not ${verb}: ${name}. ${messageOf(error)}`, atMs: now() };
    }
    store.emit({ kind: 'written', undoable, receipt, toast });
    options.afterwards(subject.id);
  }

  function report(settled: Settled): void {
    const { action: asked, result, version, at: requestedAt } = settled;
    const { id, from, to, completedAt } = asked.transition;
    const tableName = tableNames.get(id) ?? '';
    const action = asked.entry.action as Action | 'undo';
    const isApplied = result === 'applied' && version !== null;
    store.emit({ kind: 'writing' });
    store.emit({
      kind: 'written',
      toast: {
        ...tellSettled(
          settled,
          tableName === '' ? `operation ${id}` : label({ id, tableName }),
          table.target.rowSecurity,
        ),
        atMs: now(),
      },
      // Whether it had a completed_at before is not known: only what has not touched that can be taken back.
      undoable:
        isApplied && action !== 'undo' && completedAt === 'keep'
          ? { undo: undoOf(asked.transition, version, false), tableName }
          : undefined,
      receipt: isApplied
        ? { action, operationId: id, identity: identityOf(asked.transition), tableName, from, to, requestedAt, version }
        : null,
    });
    options.afterwards(id);
  }

  let settling = false;

  return {
    async settle() {
      if (settling) return;
      settling = true;
      try {
        for (const settled of await table.settle()) report(settled);
      } finally {
        settling = false;
      }
    },
    act(action: Action) {
      const operation = selectedOperation(store.state());
      if (operation === null) return;
      const decision = decide(action, operation, pausedFrom(store.state(), operation));
      if (decision.kind === 'refused') return;
      const { transition: move } = decision;
      // Pause and resume can be taken back, so they act at once; a skip gives up records, so it asks.
      if (action === 'skip')
        store.emit({
          kind: 'overlaid',
          overlay: { kind: 'confirm', operation, move, reason: fieldOf(''), editing: false, reasonBefore: fieldOf('') },
        });
      else void write(move, operation, action, verbOf(action, move));
    },
    confirm() {
      const { overlay } = store.state();
      if (overlay.kind !== 'confirm') return;
      store.emit({ kind: 'overlaid', overlay: { kind: 'none' } });
      void write(overlay.move, overlay.operation, 'skip', 'skipped', overlay.reason.text.trim() || null);
    },
    undo() {
      const { undoable: lastMove } = store.state();
      if (lastMove === null) return;
      void write(
        lastMove.undo,
        { id: lastMove.undo.id, tableName: lastMove.tableName, version: lastMove.undo.version },
        'undo',
        verbOf('undo', lastMove.undo),
      );
    },
  };
}

/** After these the row is as it was before. */
const unchanged: readonly Outcome['kind'][] = ['locked', 'refused', 'unsent', 'unknown'];

/** The outcome of an action, in one line. */
function tell(
  outcome: Outcome,
  transition: Transition,
  name: string,
  verb: string,
  undoes: boolean,
  rowSecurity: boolean,
): Omit<Toast, 'atMs'> {
  const hint = undoes ? '' : ' · u undoes it';
  switch (outcome.kind) {
    case 'applied':
      return outcome.isUnconfirmed
        ? { tone: 'bad', text: `${verb}: ${name}, committed here, not confirmed by the standby${hint}` }
        : { tone: 'good', text: `${verb}: ${name}${hint}` };
    case 'stale':
      // An undo asks for the very version that the action left.
      if (outcome.actual === transition.from)
        return { tone: 'bad', text: `not ${verb}, it is ${outcome.actual} now: ${name}. The row was changed since` };
      return { tone: 'bad', text: `not ${verb}, it is ${outcome.actual} now: ${name}. Somebody was faster` };
    case 'changed':
      return {
        tone: 'bad',
        text: `not ${verb}, operation ${transition.id} is other work now (${outcome.now}): ${name}`,
      };
    case 'gone':
      return {
        tone: 'bad',
        text: `not ${verb}, ${notFound(rowSecurity)}: ${name}`,
      };
    case 'locked':
      return { tone: 'bad', text: `not ${verb}, ${lockedBy(outcome)} holds its row: ${name}. Try again` };
    case 'refused':
      return { tone: 'bad', text: `not ${verb}, ${outcome.reason}: ${name}` };
    case 'unsent':
      return { tone: 'bad', text: `not sent, so not ${verb}: ${name}. ${outcome.reason}` };
    case 'unknown':
      return { tone: 'bad', unsettled: true, text: `not known whether it was ${verb}: ${name}. ${outcome.reason}` };
  }
}

/** What was found out about an action whose outcome was not known, in one line. */
function tellSettled({ action, result, status }: Settled, name: string, mayBeHidden: boolean): Omit<Toast, 'atMs'> {
  const verb = verbOf(action.entry.action, action.transition);
  switch (result) {
    case 'applied':
      return { tone: 'good', text: `it was ${verb}, as is known now: ${name}` };
    case 'not applied':
      return { tone: 'bad', text: `it was not ${verb}, as is known now: ${name}` };
    case 'unclear': {
      const now = status === null ? `it is ${notFound(mayBeHidden)}` : `it is ${status} now`;
      return { tone: 'bad', text: `nothing tells whether it was ${verb}: ${name}; ${now}` };
    }
  }
}

function verbOf(action: string, { to }: Transition): string {
  return action === 'undo' ? `${to} again` : (done[to] ?? to);
}

function lockedBy({ pid, application }: Extract<Outcome, { kind: 'locked' }>): string {
  if (pid === null) return 'another transaction';
  return application === null ? `pid ${pid}` : `pid ${pid} (${application})`;
}

/** Resolves when no write is in progress any more, or after so long. */
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

/** What an operation was when it was paused: in this session, else in another, as far as the audit says. */
function pausedFrom({ trackedActions: receipts, activity, target }: MonitorState, operation: Operation): Status | null {
  const own = receipts.findLast((one) => isOf(one, operation));
  if (own !== undefined) return own.to === 'paused' ? own.from : null;
  // The audit tells no more than the id: where several operations may have it, it may be of another.
  if (!target.isFollowable) return null;
  const last = activity?.find(({ operationId, outcome }) => operationId === operation.id && outcome === 'applied');
  return last?.toStatus === 'paused' && last.fromStatus === 'pending' ? 'pending' : null;
}
