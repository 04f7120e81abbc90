import { type Deadline, deadlineOf, renamed, type Until } from '../domain/deadline.ts';
import type { Observation } from '../domain/observation.ts';

/** The deadline of a monitor: as it was given, and its instant once the database's clock is known. */
export interface DeadlineState {
  readonly until: Until | null;
  readonly deadline: Deadline | null;
  /** Whether it was typed in this session. Absent: it was given at the start. */
  readonly isTyped?: boolean;
}

/** A deadline that was just given. */
export function newDeadline(until: Until | null, latest: Observation | null, isTyped = false): DeadlineState {
  return withDeadline({ until, deadline: null, isTyped }, latest);
}

/** A time of the day is the next one after it was given, so its instant is computed once. */
export function withDeadline(state: DeadlineState, latest: Observation | null): DeadlineState {
  const { until, deadline, isTyped } = state;
  if (until === null || latest === null) return state;
  const { takenAt, zone } = latest.snapshot;
  return {
    ...state,
    deadline: deadline === null ? deadlineOf(until, takenAt, zone, isTyped) : renamed(deadline, until, takenAt, zone),
  };
}
