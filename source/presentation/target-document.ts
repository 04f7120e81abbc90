import type { Target } from '../database/target.ts';
import { visibleName } from '../domain/visible-name.ts';

/** The database and table of a JSON document; never a password. */
export interface TargetDocument {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly table: string;
}

/** The server, database and table of a document; it has no password. */
export function targetDocument({ host, port, user, database, table }: Target): TargetDocument {
  return { host, port, user, database, table: visibleName(table) };
}

/** A server's name for a title: a socket directory is long and not informative. */
export function hostName(host: string): string {
  return host.startsWith('/') ? 'local' : host;
}
