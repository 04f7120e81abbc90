import type { AuditEntry } from './audit.ts';

/** An operator, and the operations whose newest action is by this operator and changed them to this status. */
export interface LastActor extends Pick<AuditEntry, 'osUser' | 'host' | 'databaseRole' | 'toStatus'> {
  readonly ids: readonly number[];
}

/** Who acted last on each operation, by a list of actions, newest first. */
export function lastActorsIn(activity: readonly AuditEntry[]): readonly LastActor[] {
  const seen = new Set<number>();
  const actors = new Map<string, LastActor & { readonly ids: number[] }>();
  for (const { osUser, host, databaseRole, toStatus, operationId, outcome } of activity) {
    if (outcome !== 'applied' || seen.has(operationId)) continue;
    seen.add(operationId);
    const key = JSON.stringify([osUser, host, databaseRole, toStatus]);
    const actor = actors.get(key) ?? { osUser, host, databaseRole, toStatus, ids: [] };
    actor.ids.push(operationId);
    actors.set(key, actor);
  }
  return [...actors.values()];
}

/** The names by which an operator is found: `ops2`, the database role, `ops2@bastion`. */
export function namesOf({
  osUser,
  databaseRole,
  host,
}: Pick<AuditEntry, 'osUser' | 'databaseRole' | 'host'>): readonly string[] {
  return [osUser, databaseRole, `${osUser}@${host}`];
}
