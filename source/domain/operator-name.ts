import type { AuditEntry } from './audit.ts';

/**
 * An operator as every list, report and message names them: `ops2@bastion`. Without a user of the operating system the
 * database role stands for it; without a host, the user alone.
 */
export function operatorName({
  osUser,
  host,
  databaseRole,
}: Pick<AuditEntry, 'osUser' | 'host' | 'databaseRole'>): string {
  const user = osUser === '' ? databaseRole : osUser;
  return host === '' ? user : `${user}@${host}`;
}
