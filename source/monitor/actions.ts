import type { ControlTable } from '../database/control-table.ts';
import { messageOf } from '../database/database-error.ts';
import type { Operation } from '../domain/operation.ts';
import type { NewReceipt } from '../domain/receipts.ts';
import { type Action, decide, type Move, type Outcome, undoOf } from '../domain/transitions.ts';
import type { Controls } from './controls.ts';
import { label } from './news.ts';
import type { DoneMove, Toast } from './state.ts';
import type { Store } from './store.ts';
import { fieldOf } from './text-field.ts';
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

/** The commands that change the table. */
export function createActions(options: ActionOptions): Pick<Controls, 'act' | 'confirm' | 'undo'> {
  const { table, store, now } = options;

  async function write(
    move: Move,
    subject: Pick<Operation, 'id' | 'tableName'>,
    action: Action | 'undo',
    verb: string,
    reason: string | null = null,
  ): Promise<void> {
    const undoes = action === 'undo';
    store.emit({ kind: 'writing' });
    let toast: Toast;
    let undoable: DoneMove | null | undefined;
    let receipt: NewReceipt | null = null;
    try {
      const outcome = await table.act(move, { action, reason });
      toast = { ...tell(outcome, subject, verb, undoes), atMs: now() };
      if (outcome.kind === 'moved') {
        const { id, from, to } = move;
        const { at: requestedAt, version } = outcome;
        receipt = { action, operationId: id, tableName: subject.tableName, from, to, requestedAt, version };
      }
      // What was undone, or can no longer be, is not offered again; a row that was only locked is.
      if (undoes) undoable = outcome.kind === 'locked' || outcome.kind === 'refused' ? undefined : null;
      else if (outcome.kind === 'moved') {
        undoable = { undo: undoOf(move, outcome.version, outcome.hadCompletedAt), tableName: subject.tableName };
      }
    } catch (error) {
      // The connection broke between the statement and its answer: only the next poll can say.
      toast = {
        tone: 'bad',
        unsettled: true,
        text: `not known whether it was ${verb}: ${label(subject)}. ${messageOf(error)}`,
        atMs: now(),
      };
    }
    store.emit({ kind: 'written', undoable, receipt, toast });
    options.afterwards(subject.id);
  }

  return {
    act(action: Action) {
      const operation = selectedOperation(store.state());
      if (operation === null) return;
      const decision = decide(action, operation);
      if (decision.kind === 'refused') return;
      const { move } = decision;
      // Pause and resume can be taken back, so they act at once; a skip gives up records, so it asks.
      if (action === 'skip')
        store.emit({
          kind: 'overlaid',
          overlay: { kind: 'confirm', operation, move, reason: fieldOf(''), editing: false, reasonBefore: fieldOf('') },
        });
      else void write(move, operation, action, done[move.to] ?? move.to);
    },
    confirm() {
      const { overlay } = store.state();
      if (overlay.kind !== 'confirm') return;
      store.emit({ kind: 'overlaid', overlay: { kind: 'none' } });
      void write(overlay.move, overlay.operation, 'skip', 'skipped', overlay.reason.text.trim() || null);
    },
    undo() {
      const { lastMove } = store.state();
      if (lastMove === null) return;
      void write(
        lastMove.undo,
        { id: lastMove.undo.id, tableName: lastMove.tableName },
        'undo',
        `${lastMove.undo.to} again`,
      );
    },
  };
}

/** What became of a write, in one line. */
function tell(
  outcome: Outcome,
  subject: Pick<Operation, 'id' | 'tableName'>,
  verb: string,
  undoes: boolean,
): Omit<Toast, 'atMs'> {
  const name = label(subject);
  switch (outcome.kind) {
    case 'moved':
      return { tone: 'good', text: `${verb}: ${name}${undoes ? '' : ' · u undoes it'}` };
    case 'stale':
      return { tone: 'bad', text: `not ${verb}, it is ${outcome.actual} now: ${name}. Somebody was faster` };
    case 'gone':
      return { tone: 'bad', text: `not ${verb}, no longer in the table: ${name}` };
    case 'locked':
      return { tone: 'bad', text: `not ${verb}, ${lockedBy(outcome)} holds its row: ${name}. Try again` };
    case 'refused':
      return { tone: 'bad', text: `not ${verb}, ${outcome.reason}: ${name}` };
  }
}

function lockedBy({ pid, application }: Extract<Outcome, { kind: 'locked' }>): string {
  if (pid === null) return 'another transaction';
  return application === null ? `pid ${pid}` : `pid ${pid} (${application})`;
}

/** A write is bounded on the server by 5 s; the line may be slow. */
const longestWriteMs = 7000;

/** Resolves when no write is on its way any more: closing would cancel what the operator believes done. */
export async function whenWritten(store: Store): Promise<void> {
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
    const timer = setTimeout(done, longestWriteMs);
    check();
  });
}
