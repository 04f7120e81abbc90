import type { Observation } from './observation.ts';
import type { Phase } from './operation.ts';
import { isPaused } from './partial-pause.ts';

/** `isPaused` of the operations of a phase. */
export function isPausedIn({ phases }: Observation, phase: Phase): boolean {
  const statuses = phases.find((one) => one.phase === phase)?.statuses;
  return statuses !== undefined && isPaused(statuses);
}
