import { initCommand } from '../domain/option-names.ts';
import type { TrackedAction } from '../domain/tracked-actions.ts';
import { count, duration } from './figures.ts';
import { operationLabel } from './operation-label.ts';
import { reachedText } from './reached-text.ts';
import { type Toast, undoHint } from './toast.ts';

/** The words after `operation 31 is` for an operation that is not found. */
export function notFound(mayBeHidden: boolean): string {
  return mayBeHidden ? 'deleted or hidden from you by a row-level security policy' : 'no longer in the table';
}

export interface ResultToastOptions {
  readonly atMs: number;
  /** Whether a policy of row-level security may hide a row. */
  readonly mayBeHidden: boolean;
  /** The keys that a toast mentions. */
  readonly keys: { readonly resume: string; readonly undo: string };
}

/** The toast for the actions whose results have changed: the worst of them; null if none has. */
export function resultToast(
  before: readonly TrackedAction[],
  after: readonly TrackedAction[],
  { atMs, mayBeHidden, keys }: ResultToastOptions,
): Toast | null {
  const changed = after.filter(
    // A poll keeps the order: an index is the same action before and after.
    (action, index) =>
      action.result.kind !== before[index]?.result.kind &&
      // The actions of other sessions are reported only if they were undone or ignored.
      ((action.by === undefined && action.isOfBulk !== true) || isTrouble(action)),
  );
  const worst = changed.find(isTrouble) ?? changed.at(-1);
  if (worst === undefined) return null;
  const others = isTrouble(worst) ? changed.filter(({ result }) => result.kind === worst.result.kind).length - 1 : 0;
  const { tone, text } = ofResult(worst, mayBeHidden, keys, others);
  // A narrow window has no room for the table; Activity has it.
  const brief = ofResult({ ...worst, tableName: '' }, mayBeHidden, keys, others).brief;
  // Events of the next polls do not hide the result of this session's own action.
  const own = worst.by === undefined ? ({ own: true, isResult: true } as const) : {};
  const operation = worst.by === undefined || tone === 'good' ? { operationId: worst.operationId } : {};
  const acted = tone === 'good' ? { acted: [worst] } : {};
  return text === '' ? null : { tone, text, brief, atMs, ...own, ...operation, ...acted };
}

/**
 * The result of an action in a sentence, and the same in as few words as 80 columns need; `''` if there is nothing to say.
 *
 * @param others how many other actions were overwritten, or have not stopped their workers, in the same poll
 */
function ofResult(
  tracked: TrackedAction,
  mayBeHidden: boolean,
  keys: ResultToastOptions['keys'],
  others: number,
): { readonly tone: Toast['tone']; readonly text: string; readonly brief: string } {
  const { result, operationId, action, to, by: other } = tracked;
  const name = nameOf(tracked);
  const bad = (text: string, brief = text) => ({ tone: 'bad', text, brief }) as const;
  switch (result.kind) {
    case 'overwritten': {
      const who = by(result.workerId);
      const what = `the ${action}${other === undefined ? '' : ` by ${other}`} of`;
      const after = duration(result.afterSeconds);
      return bad(
        `${who} overwrote ${what} ${operationLabel({ id: operationId, tableName: tracked.tableName })} after ${after}: ${result.status} again${others === 0 ? '' : `, and ${count(others)} more ${others === 1 ? 'action was' : 'actions were'} overwritten`}. To prevent it: ${initCommand('guard')}`,
        `${who} overwrote ${what} ${operationId}: ${result.status}${others === 0 ? '' : `, and ${count(others)} more`}  (${initCommand('guard')})`,
      );
    }
    case 'progressing':
      return bad(
        `${by(result.workerId)} keeps working although ${to}: ${name}${others === 0 ? '' : `; ${count(others)} more ${others === 1 ? 'operation progresses' : 'operations progress'} too`}`,
      );
    case 'acknowledged': {
      const text = acknowledged(tracked, result.afterSeconds, keys);
      return { tone: 'good', text, brief: text };
    }
    case 'gone':
      return bad(`${name} is ${notFound(mayBeHidden)}`);
    default:
      return { tone: 'info', text: '', brief: '' };
  }
}

function nameOf({ operationId, tableName, to, by: other }: TrackedAction): string {
  return `${operationLabel({ id: operationId, tableName })}${other === undefined ? '' : `, ${to} by ${other}`}`;
}

function isTrouble({ result }: TrackedAction): boolean {
  return result.kind === 'overwritten' || result.kind === 'progressing';
}

function acknowledged(tracked: TrackedAction, afterSeconds: number, keys: ResultToastOptions['keys']): string {
  const name = nameOf(tracked);
  const { action, from, to, result } = tracked;
  // For a worker that had stalled before, nothing shows that it has read the pause.
  const isSeen = afterSeconds > 0 || (result.kind === 'acknowledged' && result.isConfirmed);
  const how = isSeen ? `stopped after ${duration(afterSeconds)}` : 'no progress since';
  if (action === 'undo') {
    const stopped = from === 'running' ? `, ${how}` : '';
    return `undone: operation ${tracked.operationId} is ${reachedText(action, to)}${stopped}`;
  }
  if (action === 'retry' || to === 'pending') return `claimed by a worker after ${duration(afterSeconds)}: ${name}`;
  if (to === 'running') return `running again after ${duration(afterSeconds)}: ${name}`;
  const text = from === 'running' ? `${to}, ${how}: ${name}` : `${to}: ${name}`;
  // A worker that wrote once more has changed the row: the undo of a skip would refuse.
  return to === 'paused' || tracked.progressCount === 0 ? `${text}${undoHint(keys.undo)}` : text;
}

/** Who changed a row, if the row shows it. */
export function by(workerId: number | null): string {
  return workerId === null ? 'another session' : `worker ${workerId}`;
}
