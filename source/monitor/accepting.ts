import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../database/database-error.ts';
import type { AcceptOutcome, SeenFailure } from '../domain/acceptance.ts';
import { operationKey } from '../domain/operation.ts';
import { initCommand } from '../domain/option-names.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { count } from '../presentation/figures.ts';
import { fieldOf } from '../presentation/text-field.ts';
import { type Toast, undoHint } from '../presentation/toast.ts';
import { cannotAcceptGone, failuresToAccept, labelOf, stillUnresolved } from './acceptable.ts';
import type { RunningBulk } from './acting-state.ts';
import { keyOf } from './commands.ts';
import type { Controls } from './controls.ts';
import { marksAfter } from './marks.ts';
import type { Store } from './store.ts';
import { subjectOf } from './subject.ts';

export interface AcceptingOptions {
  readonly table: ControlTable;
  readonly store: Store;
  readonly now: () => number;
  readonly toast: (tone: Toast['tone'], text: string) => void;
  /** Called when the failures have another resolution. */
  readonly afterwards: () => void;
}

export interface Accepting extends Pick<Controls, 'acceptFailure'> {
  /** Accepts the failures of the open field with the note that was typed. Returns whether that field is open. */
  apply(): boolean;
  /** Stops after the current statement. Returns whether failures are being accepted. */
  stop(): boolean;
  /** Takes back the last acceptance; false if the last action was another one. */
  undo(): boolean;
}

/** How many failures one statement accepts. */
const chunkRows = 500;

/** How many failures are accepted before the rests become longer. */
const fastRows = 2000;

/** Maximum rest after a statement, in milliseconds. */
const maxRestMs = 1000;

/** Accepting failures: they leave the unresolved ones, with a note, until the operations fail again. */
export function createAccepting({ table, store, now, toast, afterwards }: AcceptingOptions): Accepting {
  let isStopped = false;
  let isWriting = false;

  function running(bulk: RunningBulk | null): void {
    store.emit({ kind: 'acting', change: { running: bulk } });
  }

  async function write(failures: readonly SeenFailure[], note: string, isAccepted: boolean): Promise<void> {
    const label = labelOf(failures);
    const total: Total = { applied: [], changed: 0, gone: 0, isLocal: false };
    // A take-back that was stopped, or has failed, can be continued.
    const undoable = (): readonly SeenFailure[] | undefined => {
      const left = isAccepted ? total.applied : failures.slice(attempted(total));
      return left.length > 0 ? left : undefined;
    };
    isStopped = false;
    isWriting = true;
    try {
      for (let from = 0; from < failures.length && !isStopped; from += chunkRows) {
        const chunk = failures.slice(from, from + chunkRows);
        const startedMs = now();
        const { applied, changed, gone, isLocal } = await table.accept(chunk, note, isAccepted);
        total.applied.push(...applied);
        total.changed += changed;
        total.gone += gone;
        total.isLocal = isLocal;
        if (from + chunkRows >= failures.length) break;
        running({ action: 'accept', what: label, total: failures.length, done: from + chunk.length });
        // So that the workers keep their throughput; the first failures are accepted faster.
        const times = from < fastRows ? 1 : 9;
        await sleep(Math.min(maxRestMs, times * (now() - startedMs)));
      }
      const keys = new Set(isAccepted ? total.applied.map(operationKey) : []);
      const marks = marksAfter(store.state().acting.marks, keys, failures.length > 1);
      store.emit({ kind: 'acting', change: { marks } });
      const { tone, text, brief } = resultOf(failures, total, isAccepted, table.target.table);
      const hint = isAccepted && total.applied.length > 0 ? undoHint(keyOf(store.state(), 'undo')) : '';
      store.emit({
        kind: 'accepted',
        failures: undoable(),
        toast: { tone, text: `${text}${hint}`, brief: `${brief}${hint}`, atMs: now(), own: true },
      });
    } catch (error) {
      const done = total.applied.length === 0 ? '' : `; ${count(total.applied.length)} were, before that`;
      store.emit({ kind: 'accepted', failures: undoable(), toast: null });
      const what = isAccepted ? 'accept' : 'undo the acceptance of';
      toast('bad', `cannot ${what} ${label}: ${messageOf(error)}${done}`);
    }
    isWriting = false;
    running(null);
    afterwards();
  }

  return {
    acceptFailure() {
      const state = store.state();
      const failures = isWriting ? [] : failuresToAccept(state);
      if (failures.length === 0) return;
      const subject = subjectOf(state);
      const failureKind = subject?.kind === 'kind' ? subject.failureKind : null;
      const overlay = { kind: 'accept', failures, failureKind, field: fieldOf(''), under: state.overlay } as const;
      store.emit({ kind: 'overlaid', overlay });
    },
    apply() {
      const { overlay } = store.state();
      if (overlay.kind !== 'accept') return false;
      const note = overlay.field.text.trim();
      // The field stays open: an acceptance without a reason cannot be defended.
      if (note === '') return true;
      store.emit({ kind: 'overlaid', overlay: overlay.under });
      // While the failures were being read, later attempts may have been found.
      const failures = stillUnresolved(store.state(), overlay.failures);
      if (failures.length > 0) void write(failures, note, true);
      else if (overlay.failures.length === 0) toast('bad', cannotAcceptGone(overlay.gone ?? []));
      else
        toast(
          'info',
          `nothing was accepted: ${labelOf(overlay.failures)} ${overlay.failures.length === 1 ? 'is' : 'are'} resolved`,
        );
      return true;
    },
    stop() {
      if (!isWriting || isStopped) return false;
      isStopped = true;
      return true;
    },
    undo() {
      const { accepted } = store.state();
      if (accepted === null) return false;
      store.emit({ kind: 'accepted', failures: null, toast: store.state().toast });
      void write(accepted, 'undo', false);
      return true;
    },
  };
}

/** The outcomes of all statements until now. */
interface Total extends Omit<AcceptOutcome, 'applied'> {
  readonly applied: SeenFailure[];
  changed: number;
  gone: number;
  isLocal: boolean;
}

const attempted = ({ applied, changed, gone }: Total): number => applied.length + changed + gone;

function resultOf(
  failures: readonly SeenFailure[],
  total: Total,
  isAccepted: boolean,
  control: string,
): Record<'text' | 'brief', string> & Pick<Toast, 'tone'> {
  const { changed, gone, isLocal } = total;
  const applied = total.applied.length;
  const label = labelOf(failures);
  const done = isAccepted ? 'accepted' : 'unresolved again';
  const all = (tone: Toast['tone'], text: string) => ({ tone, text, brief: text });
  if (attempted(total) === 0) return all('info', `stopped: nothing was ${done}`);
  if (changed === failures.length) return all('bad', `not ${done}: ${label} changed since`);
  if (gone === failures.length)
    return all('bad', `not ${done}: ${label} (${gone === 1 ? 'its row was' : 'their rows were'} deleted)`);
  const unsent = failures.length - attempted(total);
  const others = [
    gone === 0 ? '' : `${count(gone)} gone`,
    changed === 0 ? '' : `${count(changed)} changed since`,
    unsent === 0 ? '' : `stopped before ${count(unsent)}`,
  ].filter(Boolean);
  const rest = others.length === 0 ? '' : ` (${others.join(', ')})`;
  if (applied === 0) return all('bad', `not ${done}: ${label}${rest}`);
  const what = others.length === 0 ? label : `${count(applied)} of ${label}`;
  const brief = `${done}: ${what}${rest}${isLocal ? '; only on this machine' : ''}`;
  return { tone: 'good', text: isLocal ? `${brief}: ${initCommand('audit', control)} shares it` : brief, brief };
}
