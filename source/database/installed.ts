import type { OptionName } from '../domain/option-names.ts';
import type { Connection } from './connection.ts';
import { sqlFor } from './sql.ts';

/** A control table and its options, for `migtop init`. */
export interface Installed {
  /** Full name, quoted by PostgreSQL. */
  readonly table: string;
  /** False for a view or another relation of that name. */
  readonly isTable: boolean;
  /** The definition of each option, to be compared with a later one; null if the option is not installed. */
  readonly options: Readonly<Record<OptionName, string | null>>;
  /** Privileges of the option's roles that the option did not grant; null if there are none. */
  readonly beyondRoles: string | null;
}

/** Null if there is no such table. @param named the table as the user wrote it, or its full name */
export async function readInstalled(connection: Connection, named: string): Promise<Installed | null> {
  const [row] = await connection.read(sqlFor('installed', 'migration_control'), [named]);
  if (row === undefined) return null;
  const text = (value: unknown): string | null => (value === null || value === undefined ? null : String(value));
  return {
    table: String(row.name),
    isTable: row.is_table === true,
    options: {
      guard: text(row.guard),
      audit: text(row.audit),
      roles: text(row.roles),
      indexes: text(row.indexes),
    },
    beyondRoles: text(row.beyond_roles),
  };
}
