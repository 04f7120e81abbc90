import type { Observation } from '../domain/observation.ts';
import { elapsedSeconds, type Operation } from '../domain/operation.ts';
import { count, duration } from '../presentation/figures.ts';
import { notBegun } from '../presentation/not-begun.ts';
import type { Canary } from './acting-state.ts';
import { isKindOpen } from './failures-view.ts';
import type { MonitorState } from './state.ts';
import { isTableOpen } from './table-open.ts';

/** The failures that wait for the watched retry and that nothing has resolved since. */
export function unresolvedRest({ latest }: Pick<MonitorState, 'latest'>, { rest }: Canary): readonly number[] {
  return rest.filter((id) => {
    const failure = latest?.triage.of(id);
    // Where all failures are known, one that is not among them was skipped, or deleted.
    if (failure == null) return latest?.triage.isWhole !== true;
    return failure.resolution.kind === 'unresolved' && failure.openAttempt === undefined;
  });
}

/** Whether `Esc` ends the watch: only where the retry is shown, and after it has gone back, and cleared marks and the filter. */
export function stopsWatching(state: MonitorState): boolean {
  const { acting, overlay, filter } = state;
  if (acting.canary === null || acting.running !== null || acting.marks.size > 0 || state.view !== 'failures')
    return false;
  return overlay.kind === 'none' && filter === '' && !isKindOpen(state) && !isTableOpen(state);
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

/** Returns the state of the watched retry and since when it has it; null if none is watched. */
export function watchedRetry(state: MonitorState, observation: Observation): WatchedRetry | null {
  const { canary } = state.acting;
  if (canary === null) return null;
  const { failureKind, id, isCompleted } = canary;
  const left = unresolvedRest(state, canary).length;
  if (isCompleted)
    return {
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

function stateText(row: Operation, { since }: Canary, { snapshot: { takenAt, zone } }: Observation): string {
  const seconds = row.status === 'running' ? elapsedSeconds(row, takenAt, zone) : takenAt - since;
  return seconds === null ? row.status : `${row.status} for ${duration(Math.max(0, Math.floor(seconds)))}`;
}
