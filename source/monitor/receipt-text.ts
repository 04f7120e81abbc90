import type { Receipt } from '../domain/receipts.ts';
import { duration } from './figures.ts';
import type { Toast } from './state.ts';

/** What is said of an operation that is not found. */
export function notFound(mayBeHidden: boolean): string {
  return mayBeHidden ? 'deleted or hidden from you by a row-level security policy' : 'no longer in the table';
}

/** What an operator is told when something became of an action; the worst where several things did. */
export function receiptNews(
  before: readonly Receipt[],
  after: readonly Receipt[],
  atMs: number,
  mayBeHidden = false,
): Toast | null {
  // Following changes receipts in place: what was at an index is still the same action.
  const news = after.filter(
    (receipt, index) =>
      receipt.state.kind !== before[index]?.state.kind &&
      // Of what others did only that it did not hold is news here.
      (receipt.by === undefined || isTrouble(receipt)),
  );
  const worst = news.find(isTrouble) ?? news.at(-1);
  if (worst === undefined) return null;
  const byOther = worst.by === undefined ? '' : `, ${worst.to} by ${worst.by}`;
  const table = worst.tableName === '' ? '' : ` (${worst.tableName})`;
  const name = `operation ${worst.operationId}${table}${byOther}`;
  const { state } = worst;
  switch (state.kind) {
    case 'overwritten':
      return {
        tone: 'bad',
        text: `overwritten by ${by(state.workerId)} after ${duration(state.afterSeconds)}, ${state.status} again: ${name}. See sql/options/guard.sql`,
        atMs,
      };
    case 'moving':
      return { tone: 'bad', text: `moving while ${worst.to}, by ${by(state.workerId)}: ${name}`, atMs };
    case 'acknowledged':
      return { tone: 'good', text: acknowledged(worst, name, state.afterSeconds), atMs };
    case 'gone':
      return { tone: 'bad', text: `${name} is ${notFound(mayBeHidden)}`, atMs };
    default:
      return null;
  }
}

function isTrouble({ state }: Receipt): boolean {
  return state.kind === 'overwritten' || state.kind === 'moving';
}

function acknowledged(receipt: Receipt, name: string, afterSeconds: number): string {
  if (receipt.to === 'running' || receipt.to === 'pending')
    return `moves again, ${duration(afterSeconds)} after the ${receipt.action}: ${name}`;
  // A worker that wrote once more on its way to a stop has changed the row: undo would refuse, resume does the same.
  const hint = receipt.movements > 0 ? (receipt.to === 'paused' ? ' · r resumes it' : '') : ' · u undoes it';
  const undo = receipt.action === 'undo' ? '' : hint;
  if (receipt.from !== 'running') return `${receipt.to}: ${name}${undo}`;
  return `${receipt.to}, stopped moving after ${duration(afterSeconds)}: ${name}${undo}`;
}

function by(workerId: number | null): string {
  return workerId === null ? 'somebody' : `worker ${workerId}`;
}
