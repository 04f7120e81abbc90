import type { Observation } from '../domain/observation.ts';
import { phaseRateAndEta, type RateAndEta } from '../domain/rate-and-eta.ts';
import { type MonitorState, shown } from './state.ts';

/** The state with the rate and the ETA of what it shows: each frame shows them several times, and each key draws a frame. */
export function withPace(state: MonitorState): MonitorState {
  const observation = shown(state);
  if (observation === null || state.pace?.of === observation) return state;
  return { ...state, pace: { of: observation, ...phaseRateAndEta(observation) } };
}

/** The rate and the ETA of the current phase of what is shown. */
export function paceOf(state: MonitorState, observation: Observation): RateAndEta {
  return state.pace?.of === observation ? state.pace : phaseRateAndEta(observation);
}
