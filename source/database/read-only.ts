import { visibleName } from '../domain/visible-name.ts';

/** The columns that an action changes. */
const updatedColumns = ['status', 'completed_at'];

/** A column as sql/queries/inspect.sql has it. */
export interface Column {
  name: string;
  type: string;
  category: string;
  not_null: boolean;
  may_update: boolean;
}

/** Why nothing may be changed in a table, or null where it may. */
export function whyReadOnly(row: Record<string, unknown>, columns: readonly Column[]): string | null {
  if (row.in_recovery === true) return 'this server is a standby';
  if (row.relkind !== 'r' && row.relkind !== 'p')
    return `${visibleName(String(row.name))} is ${kindOfRelation(String(row.relkind))}: its rows cannot be compared and set`;
  if (row.read_only === true) return 'this database is set to read-only transactions';
  // One key press must change one row. (The key of a partitioned table holds more than the id.)
  if (row.id_unique !== true && row.relkind !== 'p')
    return `nothing keeps the ids of ${visibleName(String(row.name))} unique: it has no primary key`;
  // PostgreSQL refuses them, or does something else, only once the key is pressed.
  if (row.generated !== null)
    return `${visibleName(String(row.generated))} of ${visibleName(String(row.name))} is a generated column`;
  if (row.rules !== null)
    return `${visibleName(String(row.name))} has rules that rewrite an UPDATE: ${visibleName(String(row.rules))}`;
  if (!mayUpdate(columns))
    return `user "${visibleName(String(row.user))}" has no UPDATE privilege on ${visibleName(String(row.name))}`;
  return null;
}

/** Whether this role may update the columns that an action changes. */
export function mayUpdate(columns: readonly Column[]): boolean {
  return columns.every((column) => !updatedColumns.includes(column.name) || column.may_update);
}

export function kindOfRelation(relkind: string): string {
  return (
    { v: 'a view', m: 'a materialized view', f: 'a foreign table', i: 'an index', S: 'a sequence', c: 'a type' }[
      relkind
    ] ?? 'not a table'
  );
}
