import type { AuditEntry } from './audit.ts';

/** Another session that watches the database with migtop. */
export interface Watcher {
  /** The role, and the address of the machine; null for a Unix socket, and if the server does not show it. */
  readonly user: string;
  readonly client: string | null;
}

/** When a role last acted, on the database's clock; null if the audit does not show it. */
export function lastActedAt({ user }: Watcher, activity: readonly AuditEntry[]): number | null {
  return activity.find(({ databaseRole, at }) => databaseRole === user && at !== null)?.at ?? null;
}
