import type { AuditEntry } from './audit.ts';
import { isRestoredPause, standingChange } from './holders.ts';
import { operatorName } from './operator-name.ts';

/** The reason of a pause of all running and pending operations (`P`): by it a later session finds what it paused. */
export const pauseAllReason = 'all running and pending operations (P)';

/** The reason of a pause by `P` as earlier versions of migtop wrote it. */
const earlierReason = 'everything that runs or waits';

/**
 * An operator, and the operations whose newest action is by this operator and made this change of their status. After the undo of a resume, it is
 * the pause from before.
 */
export interface LastActor extends Pick<AuditEntry, 'osUser' | 'host' | 'databaseRole' | 'toStatus'> {
  readonly fromStatus?: string;
  /** Whether it was a pause of all running and pending operations. */
  readonly isOfAll?: boolean;
  /** Whether it was an action of this session; absent if the audit has no keys by which that is known. */
  readonly isOwn?: boolean;
  readonly ids: readonly number[];
}

/** Whether an action was part of a pause of all running and pending operations. */
export function isPauseOfAll({ action, reason }: Pick<AuditEntry, 'action' | 'reason'>): boolean {
  if (action !== 'pause') return false;
  // A reason that was added later follows the first one.
  return [pauseAllReason, earlierReason].some((one) => reason === one || reason?.startsWith(`${one};`) === true);
}

/**
 * Who acted last on each operation, by a list of actions, newest first.
 *
 * @param isOwnKey whether an action with that key is one of this session
 */
export function lastActorsIn(
  activity: readonly AuditEntry[],
  isOwnKey: (key: string) => boolean = () => false,
): readonly LastActor[] {
  const seen = new Set<number>();
  const actors = new Map<string, LastActor & { readonly ids: number[] }>();
  const byId = activity.some(isRestoredPause) ? Map.groupBy(activity, ({ operationId }) => operationId) : null;
  for (const newest of activity) {
    const { operationId } = newest;
    if (newest.outcome !== 'applied' || seen.has(operationId)) continue;
    seen.add(operationId);
    const entry = isRestoredPause(newest) ? (standingChange(byId?.get(operationId) ?? []) ?? newest) : newest;
    const { osUser, host, databaseRole, action, fromStatus, toStatus, reason } = entry;
    const isOfAll = isPauseOfAll({ action, reason });
    const own = entry.key === null ? {} : { isOwn: isOwnKey(entry.key) };
    const key = JSON.stringify([osUser, host, databaseRole, fromStatus, toStatus, isOfAll, own]);
    const actor = actors.get(key) ?? { osUser, host, databaseRole, fromStatus, toStatus, isOfAll, ...own, ids: [] };
    actor.ids.push(operationId);
    actors.set(key, actor);
  }
  return [...actors.values()];
}

/**
 * Who acted last on each operation, by the audit table and, for operations of which that has no action, by the local audit: there are
 * the actions from before the audit was installed.
 */
export function withLocalActors(audited: readonly LastActor[], local: readonly LastActor[]): readonly LastActor[] {
  const seen = new Set(audited.flatMap(({ ids }) => ids));
  const others = local.map((actor) => ({ ...actor, ids: actor.ids.filter((id) => !seen.has(id)) }));
  return [...audited, ...others.filter(({ ids }) => ids.length > 0)];
}

/** The names by which an operator is found: `ops2`, the database role, `ops2@bastion`. */
export function operatorNames({
  osUser,
  databaseRole,
  host,
}: Pick<AuditEntry, 'osUser' | 'databaseRole' | 'host'>): readonly string[] {
  return [osUser, databaseRole, operatorName({ osUser, databaseRole, host })];
}
