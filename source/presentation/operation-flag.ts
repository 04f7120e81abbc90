import type { AuditEntry } from '../domain/audit.ts';
import { isOverwritten, lastDecisions } from '../domain/audited-results.ts';
import type { Observation } from '../domain/observation.ts';
import { isOpen, type Operation } from '../domain/operation.ts';
import { isAtWorkPaused } from '../domain/paused-reports.ts';
import type { Stall } from '../domain/stalls.ts';
import { isOf, isUpTo, type TrackedAction } from '../domain/tracked-actions.ts';
import type { Track } from '../domain/tracks.ts';

/** The mark of an operation in the lists. */
export type OperationFlag = 'STALLED' | 'STILL?' | 'DEAD?' | 'OVERWRITTEN' | 'NOT STOPPED' | 'OTHER TIME ZONE';

export const stallFlag: Readonly<Record<Stall['kind'], OperationFlag>> = {
  blocked: 'STALLED',
  still: 'STALLED',
  'no session': 'DEAD?',
  suspected: 'STILL?',
};

interface Known {
  readonly track: Track | undefined;
  readonly stall: Stall | null;
  /** The actions of this session. */
  readonly actions: readonly TrackedAction[];
  /** The actions of all sessions, newest first; null if they were not read yet. */
  readonly activity: readonly AuditEntry[] | null;
}

/** The mark of an operation: the result of an action on it comes before its stall. Null without one. */
export function flagOf(
  observation: Observation,
  operation: Operation,
  { track, stall, actions, activity }: Known,
): OperationFlag | null {
  const { repeated, memo, snapshot } = observation;
  const { takenAt } = snapshot;
  const own = actions.findLast((one) => isOf(one, operation));
  const ofAction = actionFlag(own, operation);
  if (ofAction !== null) return ofAction;
  if (isAtWorkPaused(track, takenAt)) return 'NOT STOPPED';
  const last = memo(lastDecisions, activity ?? []).get(operation.id);
  const isKnown = !repeated.has(operation.id) && own?.isUnchecked !== true;
  if (isKnown && isOverwritten(last, operation, takenAt, (entry) => isUpTo(own, entry))) return 'OVERWRITTEN';
  if (stall !== null) return stallFlag[stall.kind];
  return (track?.writerOffset ?? 0) === 0 ? null : 'OTHER TIME ZONE';
}

/** The result of an action marks its row until the row has the requested status, or the operator acts again. */
function actionFlag(action: TrackedAction | undefined, operation: Operation): OperationFlag | null {
  const isOther = operation.status !== action?.to;
  if (action?.result.kind === 'overwritten' && isOther && isOpen(operation.status)) return 'OVERWRITTEN';
  return action?.result.kind === 'progressing' ? 'NOT STOPPED' : null;
}
