import { type Deadline, deadlineOf, renamed, type Until } from '../domain/deadline.ts';
import type { Observation } from '../domain/observation.ts';

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
  if (until === null || latest === null) return { until, deadline };
  const { takenAt, zone } = latest.snapshot;
  return {
    until,
    deadline: deadline === null ? deadlineOf(until, takenAt, zone) : renamed(deadline, until, takenAt, zone),
  };
}
