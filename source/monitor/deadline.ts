import { type Deadline, deadlineOf, type Until } from '../domain/deadline.ts';
import type { Observation } from '../domain/observation.ts';
import { localTimestamp } from '../presentation/figures.ts';
import type { MonitorState } from './state.ts';

/** The deadline of a monitor: as it was given, and its instant once the database's clock is known. */
export interface DeadlineState {
  readonly until: Until | null;
  readonly deadline: Deadline | null;
}

/** A deadline that was just given. */
export function newDeadline(until: Until | null, latest: Observation | null): DeadlineState {
  return withDeadline({ until, deadline: null }, latest);
}

/** A time of the day is the next one after it was given, so its instant is computed once. */
export function withDeadline(state: DeadlineState, latest: Observation | null): DeadlineState {
  const { until, deadline } = state;
  if (until === null || deadline !== null || latest === null) return { until, deadline };
  return { until, deadline: deadlineOf(until, latest.snapshot.takenAt, latest.snapshot.zone) };
}

/** What the key of the deadline has done: `deadline: 12:21`, on another day `deadline: 2026-11-27 06:00`. */
export function deadlineSet({ due: { until, deadline }, target, latest }: MonitorState): string {
  if (until === null) return 'no deadline any more';
  if (deadline === null || latest === null) return `deadline: ${until.text}`;
  const minute = (at: number): string => localTimestamp(at, target.zone)?.slice(0, 16).replace('T', ' ') ?? until.text;
  const [at, now] = [minute(deadline.at), minute(latest.snapshot.takenAt)];
  return `deadline: ${at.slice(0, 10) === now.slice(0, 10) ? at.slice(11) : at}`;
}
