import type { Operation } from '../domain/operation.ts';
import { stallsOf } from '../domain/stalled-operations.ts';
import { judgeTakeOver, type TakeOver } from '../domain/takeover.ts';
import type { Reason } from './command.ts';
import type { MonitorState } from './state.ts';

/** Returns whether the worker of an operation is known to be dead or alive; null before the first poll. */
export function knownTakeOver({ latest }: Pick<MonitorState, 'latest'>, operation: Operation): TakeOver | null {
  if (latest === null) return null;
  // The newest version of the row, not that of a page or of a frozen screen.
  const { id, identity } = operation;
  const newest = latest.snapshot.operations.find((one) => one.id === id && one.identity === identity);
  return judgeTakeOver(latest, newest ?? operation);
}

/** Whether an operation has stalled for another reason than a lock, and that is certain. */
export function hasStalled({ latest }: Pick<MonitorState, 'latest'>, operation: Operation): boolean {
  const kind = latest === null ? undefined : stallsOf(latest).of(operation)?.kind;
  return kind === 'still' || kind === 'no session';
}

/** Why the worker of an operation makes a take over impossible, or null. */
export function whyAlive(state: MonitorState, operation: Operation): Reason | null {
  const known = knownTakeOver(state, operation);
  if (known === null || known.kind !== 'alive') return null;
  return {
    kind: 'status',
    short: 'its worker is alive',
    text: `cannot take over operation ${operation.id}: ${known.why}`,
  };
}
