import type { Observation } from '../domain/observation.ts';
import { elapsedSeconds, type Operation } from '../domain/operation.ts';
import { count, duration } from '../presentation/figures.ts';
import { notBegun } from '../presentation/not-begun.ts';
import type { Canary } from './acting-state.ts';
import type { MonitorState } from './state.ts';

/** Returns the watched retry after an action on many that begins no watch: the failures that it has retried wait for the watched retry no more. */
export function canaryAfter(canary: Canary | null, retried: readonly number[]): Canary | null {
  if (canary === null || retried.length === 0) return canary;
  const rest = canary.rest.filter((id) => !retried.includes(id));
  return canary.isCompleted && rest.length === 0 ? null : { ...canary, rest };
}

/** The end of the message of a retry that is watched: `, watching it`, and which retry is no longer watched. */
export function watchText(before: Canary | null): string {
  return before === null || before.isCompleted ? ', watching it' : `, watching it and not ${before.id}`;
}

/** The failures that wait for the watched retry and that nothing has resolved since. */
export function unresolvedRest({ latest }: Pick<MonitorState, 'latest'>, { rest }: Canary): readonly number[] {
  return rest.filter((id) => {
    const failure = latest?.triage.of(id);
    // Where all failures are known, one that is not among them was skipped, or deleted.
    if (failure == null) return latest?.triage.isWhole !== true;
    return failure.resolution.kind === 'unresolved' && failure.openAttempt === undefined;
  });
}

/** After how many seconds it is said why nobody begins a retry: a worker looks for work every few seconds. */
const overdueSeconds = 10;

/** The watched retry of one failure of a kind. */
export interface WatchedRetry {
  readonly failureKind: string;
  /** `retry 2135 pending for 12s (start a worker)`, `retry 2135 completed, 11 left`. */
  readonly text: string;
  /**
   * The state in few words, for a row that names the kind too: `retry pending`, or why it is not begun: `retry waits: start a
   * worker`.
   */
  readonly brief: string;
  /** The status of the operation that was added; null if it is not known. */
  readonly status: Operation['status'] | null;
  /** How many failures wait for it. */
  readonly left: number;
}

/** Returns the state of the watched retry and since when it has it; null if none is watched, or nothing is left to offer after it. */
export function watchedRetry(state: MonitorState, observation: Observation): WatchedRetry | null {
  const { canary } = state.acting;
  if (canary === null) return null;
  const { failureKind, id, isCompleted } = canary;
  const left = unresolvedRest(state, canary).length;
  if (isCompleted)
    return left === 0
      ? null
      : {
          failureKind,
          text: `retry ${id} completed, ${count(left)} left`,
          brief: 'retry completed',
          status: 'completed',
          left,
        };
  const { operations, failures } = observation.snapshot;
  const row = [...operations, ...failures].find((one) => one.id === id);
  const isOverdue = observation.snapshot.takenAt - canary.since >= overdueSeconds;
  const why = row?.status === 'pending' && isOverdue ? notBegun(observation, row) : null;
  const since = row === undefined ? '' : ` ${stateText(row, canary, observation)}`;
  const doing = why === null ? since : `${since} (${why.brief})`;
  const brief = row === undefined ? 'retry' : why === null ? `retry ${row.status}` : `retry waits: ${why.brief}`;
  return { failureKind, text: `retry ${id}${doing}`, brief, status: row?.status ?? null, left };
}

/** Its status, and for how long where that is known: it was pending since it was added, and may have been paused at any time since. */
function stateText(row: Operation, { since }: Canary, { snapshot: { takenAt, zone } }: Observation): string {
  const pending = row.status === 'pending' ? takenAt - since : null;
  const seconds = row.status === 'running' ? elapsedSeconds(row, takenAt, zone) : pending;
  return seconds === null ? row.status : `${row.status} for ${duration(Math.max(0, Math.floor(seconds)))}`;
}
