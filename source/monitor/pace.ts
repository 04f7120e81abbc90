import type { Observation } from '../domain/observation.ts';
import { peaksAfter } from '../domain/peaks.ts';
import { phaseRateAndEta, type RateAndEta } from '../domain/rate-and-eta.ts';
import { peakRate } from '../domain/throughput.ts';
import { keptEta } from './kept-eta.ts';
import { type MonitorState, shown } from './state.ts';

/** The state with the rate and the ETA of what it shows: each frame shows them several times, and each key draws a frame. */
export function withPace(state: MonitorState): MonitorState {
  const observation = shown(state);
  if (observation === null || state.pace?.of === observation) return state;
  return { ...state, pace: paceAfter(state.pace, observation) };
}

/** The rate and the ETA of an observation, after those that were shown before it. */
export function paceAfter(before: MonitorState['pace'], observation: Observation): NonNullable<MonitorState['pace']> {
  const known = keptEta(before?.computed, observation);
  const current = phaseRateAndEta(observation, known);
  const computed = known === null ? { of: observation, eta: current.eta } : before?.computed;
  const { watchedSince } = observation.throughput.migration;
  const { takenAt } = observation.snapshot;
  const peaks = peaksAfter(before?.peaks, { watchedSince, takenAt, recordsPerSecond: current.recordsPerSecond });
  return { of: observation, ...current, peaks, ...(computed !== undefined && { computed }) };
}

/** The rate and the ETA of the current phase of what is shown. */
export function paceOf(state: MonitorState, observation: Observation): RateAndEta {
  return state.pace?.of === observation ? state.pace : phaseRateAndEta(observation);
}

/** The highest rate of the last hour, never below a rate that was shown beside it. */
export function hourlyPeak(state: MonitorState, observation: Observation): number {
  return Math.max(
    paceOf(state, observation).recordsPerSecond ?? 0,
    state.pace?.peaks.rates[0]?.recordsPerSecond ?? 0,
    peakRate(observation.throughput.migration, observation.snapshot.takenAt, 3600) ?? 0,
  );
}
