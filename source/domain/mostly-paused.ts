import type { Observation } from './observation.ts';
import type { Phase, StatusCounts } from './operation.ts';

/** If this many times as many operations are paused as run, nothing shows when the work ends: as after a pause of all, and one resume. */
const mostPaused = 4;

/**
 * Whether operations are paused and none is running, or so few that they do not show how the others will go on. (Between two
 * batches none is running or paused.)
 */
export function isPaused({ running, paused }: StatusCounts): boolean {
  return paused > 0 && paused >= mostPaused * running;
}

/** `isPaused` of the operations of a phase. */
export function isPausedIn({ phases }: Observation, phase: Phase): boolean {
  const statuses = phases.find((one) => one.phase === phase)?.statuses;
  return statuses !== undefined && isPaused(statuses);
}
