import type { TrackedAction } from '../domain/tracked-actions.ts';
import { duration } from './figures.ts';
import type { Toast } from './toast.ts';

/** What is said of an operation that is not found. */
export function notFound(mayBeHidden: boolean): string {
  return mayBeHidden ? 'deleted or hidden from you by a row-level security policy' : 'no longer in the table';
}

/** What an operator is told when something became of an action; the worst where several things did. */
export function receiptNews(
  before: readonly TrackedAction[],
  after: readonly TrackedAction[],
  atMs: number,
  mayBeHidden = false,
): Toast | null {
  // Following changes receipts in place: what was at an index is still the same action.
  const news = after.filter(
    (action, index) =>
      action.result.kind !== before[index]?.result.kind &&
      // Of what others did only that it did not hold is news here.
      (action.by === undefined || isTrouble(action)),
  );
  const worst = news.find(isTrouble) ?? news.at(-1);
  if (worst === undefined) return null;
  const byOther = worst.by === undefined ? '' : `, ${worst.to} by ${worst.by}`;
  const table = worst.tableName === '' ? '' : ` (${worst.tableName})`;
  const name = `operation ${worst.operationId}${table}${byOther}`;
  const { result: state } = worst;
  switch (state.kind) {
    case 'overwritten':
      return {
        tone: 'bad',
        text: `overwritten by ${by(state.workerId)} after ${duration(state.afterSeconds)}, ${state.status} again: ${name}. See sql/options/guard.sql`,
        atMs,
      };
    case 'progressing':
      return { tone: 'bad', text: `moving while ${worst.to}, by ${by(state.workerId)}: ${name}`, atMs };
    case 'acknowledged':
      return { tone: 'good', text: acknowledged(worst, name, state.afterSeconds), atMs };
    case 'gone':
      return { tone: 'bad', text: `${name} is ${notFound(mayBeHidden)}`, atMs };
    default:
      return null;
  }
}

function isTrouble({ result: state }: TrackedAction): boolean {
  return state.kind === 'overwritten' || state.kind === 'progressing';
}

function acknowledged(action: TrackedAction, name: string, afterSeconds: number): string {
  if (action.to === 'running' || action.to === 'pending')
    return `moves again, ${duration(afterSeconds)} after the ${action.action}: ${name}`;
  // A worker that wrote once more on its way to a stop has changed the row: undo would refuse, resume does the same.
  const hint = action.progressCount > 0 ? (action.to === 'paused' ? ' · r resumes it' : '') : ' · u undoes it';
  const undo = action.action === 'undo' ? '' : hint;
  if (action.from !== 'running') return `${action.to}: ${name}${undo}`;
  return `${action.to}, stopped moving after ${duration(afterSeconds)}: ${name}${undo}`;
}

function by(workerId: number | null): string {
  return workerId === null ? 'somebody' : `worker ${workerId}`;
}
