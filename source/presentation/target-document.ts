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

export function targetDocument({ host, port, user, database, table }: Target): TargetDocument {
  return { host, port, user, database, table: visibleName(table) };
}
