import type { Observation } from '../domain/observation.ts';
import { elapsedSeconds, type Operation } from '../domain/operation.ts';
import { count, duration } from '../presentation/figures.ts';
import type { Canary } from './acting-state.ts';
import { stillUnresolved } from './batch-subject.ts';
import { keyOf } from './commands.ts';
import type { MonitorState } from './state.ts';

/** The watched retry of one failure of a kind. */
export interface WatchedRetry {
  readonly failureKind: string;
  /** What it does: `retry 2135 pending for 12s`. */
  readonly state: string;
  /** The same for a row, with the key that comes next: `retry 2135 completed, R retries 11`. */
  readonly text: string;
  /** What comes next, with the keys. */
  readonly next: string;
}

/** What the watched retry does, for how long, and what key comes next; null if none is watched. */
export function watchedRetry(state: MonitorState, observation: Observation): WatchedRetry | null {
  const { canary } = state.acting;
  if (canary === null) return null;
  const { failureKind, id, isCompleted } = canary;
  const rest = stillUnresolved(state, canary).length;
  const [retry, back] = [keyOf(state, 'retry'), keyOf(state, 'back')];
  if (isCompleted)
    return {
      failureKind,
      state: `retry ${id} completed`,
      text: `retry ${id} completed, ${retry} retries ${count(rest)}`,
      next: `${retry} retries the other ${count(rest)}; ${back} stops watching`,
    };
  const { operations, failures } = observation.snapshot;
  const row = [...operations, ...failures].find((one) => one.id === id);
  const doing = `retry ${id}${row === undefined ? '' : ` ${stateText(row, canary, observation)}`}`;
  const then = `when it completes, ${retry} retries the other ${count(rest)}; ${back} stops watching`;
  return {
    failureKind,
    state: doing,
    text: doing,
    next: row?.status === 'pending' ? `it waits for a worker; ${then}` : then,
  };
}

function stateText(row: Operation, { since }: Canary, { snapshot: { takenAt, zone } }: Observation): string {
  const seconds = row.status === 'running' ? elapsedSeconds(row, takenAt, zone) : takenAt - since;
  return seconds === null ? row.status : `${row.status} for ${duration(Math.max(0, Math.floor(seconds)))}`;
}
