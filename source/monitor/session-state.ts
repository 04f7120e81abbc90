import type { ProductionState } from '../database/production-guard.ts';

/** Settings of the configuration file for the session: its target, and whether that is production. */
export interface SessionState {
  /** The name of the target; null if the connection was named in another way. */
  readonly targetName: string | null;
  /** Whether another target can be chosen. */
  readonly mayChangeTarget: boolean;
  /** The command that connects to the database of the demo, which the help shows; absent if it is no demo. */
  readonly connectWith?: string;
  readonly production: ProductionState;
}

export const plainSession: SessionState = {
  targetName: null,
  mayChangeTarget: false,
  production: { name: null, isLocked: false },
};

/** Why a locked production target may not be changed, and the key that unlocks it; null if it may. */
export function whyProduction({ name, isLocked }: ProductionState, unlockKey: string): string | null {
  return name !== null && isLocked ? `production target ${name} is locked (${unlockKey} unlocks it)` : null;
}
