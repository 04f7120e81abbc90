import { visibleName } from '../domain/visible-name.ts';
import type { Connection } from './connection.ts';
import { eachOf } from './fields.ts';
import { sqlFor } from './sql.ts';

/** The columns that an action changes. */
const updatedColumns = ['status', 'completed_at'];

/** A column as sql/queries/inspect.sql returns it. */
export interface TableColumn {
  name: string;
  type: string;
  category: string;
  not_null: boolean;
  may_update: boolean;
}

/** The columns that sql/queries/inspect.sql returns. */
export function tableColumns(body: unknown): readonly TableColumn[] {
  return eachOf(body).map(({ name, type, category, not_null, may_update }) => ({
    name: String(name),
    type: String(type),
    category: String(category),
    not_null: not_null === true,
    may_update: may_update === true,
  }));
}

/** Why actions on a table are not possible; null if they are. The privilege is the last reason. */
export function whyReadOnly(row: Record<string, unknown>, columns: readonly TableColumn[]): string | null {
  const other = otherReason(row);
  if (other !== null) return other;
  if (mayUpdate(columns)) return null;
  return `user "${visibleName(String(row.user))}" has no UPDATE privilege on ${visibleName(String(row.name))}`;
}

/** Why actions on a table are not possible for any role, or not over this connection; null if they are. */
export function otherReason(row: Record<string, unknown>): string | null {
  if (row.in_recovery === true) return standby;
  if (row.relkind !== 'r' && row.relkind !== 'p')
    return `${visibleName(String(row.name))} is ${kindOfRelation(String(row.relkind))}: ${whyNotActed(String(row.relkind))}`;
  const setting = readOnlySetting(row);
  if (setting !== null) return setting;
  // One key press must change one row. (The primary key of a partitioned table may have more columns than the id.)
  if (row.id_unique !== true && row.relkind !== 'p')
    return `${visibleName(String(row.name))} has no primary key: its ids may repeat`;
  // PostgreSQL would refuse or rewrite the UPDATE, but only after the key press.
  if (row.generated !== null)
    return `${visibleName(String(row.generated))} of ${visibleName(String(row.name))} is a generated column`;
  if (row.rules !== null)
    return `${visibleName(String(row.name))} has rules that rewrite an UPDATE: ${visibleName(String(row.rules))}`;
  return null;
}

const standby = 'this server is a standby';

function readOnlySetting(row: Record<string, unknown>): string | null {
  if (typeof row.read_only_by !== 'string') return null;
  return `${readOnlyObject(row.read_only_by, visibleName(String(row.user)))} is set to read-only transactions`;
}

/** Why no transaction of this session can write, with the remedy; null if they can. @throws {DatabaseError} */
export async function whyNoWrites(connection: Connection): Promise<string | null> {
  const [row = {}] = await connection.read(sqlFor('read-only', ''));
  if (row.in_recovery === true) return `${standby}. Connect to the primary: target_session_attrs=read-write finds it`;
  const setting = readOnlySetting(row);
  return setting === null
    ? null
    : `${setting}. Change that, or allow it for this run: PGOPTIONS='-c default_transaction_read_only=off'`;
}

/** The object of which `default_transaction_read_only` is set, by the source that pg_settings names. */
function readOnlyObject(source: string, user: string): string {
  switch (source) {
    case 'user':
      return `user "${user}"`;
    case 'database user':
      return `user "${user}" in this database`;
    case 'database':
      return 'this database';
    // PGOPTIONS, or a pooler that has sent SET.
    case 'client':
    case 'session':
    case 'interactive':
      return 'this connection';
    default:
      return 'this server';
  }
}

/** Why actions on a relation that is no table are not possible. PostgreSQL may be able to update its rows, but not to compare versions. */
function whyNotActed(relkind: string): string {
  switch (relkind) {
    case 'v':
      return 'its rows have no versions to compare. Name its table with --table';
    case 'f':
      return 'its rows have no versions to compare. Connect to the server that has the table';
    default:
      return 'its rows cannot be updated';
  }
}

/** Maximum number of triggers that a note names. */
const mostNamed = 3;

/**
 * A note on the triggers of the table that an action runs; none if no action is possible. The guard (sql/options/guard.sql) is
 * not included: the header shows it, and the notes on the options report a trigger with its name that is not the guard.
 */
export function triggerNotes(row: Record<string, unknown>, columns: readonly TableColumn[]): string[] {
  if (whyReadOnly(row, columns) !== null) return [];
  const names = ((row.triggers ?? []) as string[]).filter((name) => name !== 'migtop_guard');
  if (names.length === 0) return [];
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '';
  const shown = names.slice(0, mostNamed).map(visibleName).join(', ');
  return [
    names.length === 1
      ? `trigger ${shown} runs when a status changes`
      : `triggers ${shown}${more} run when a status changes`,
  ];
}

/** Whether this role may update the columns that an action changes. */
export function mayUpdate(columns: readonly TableColumn[]): boolean {
  return columns.every((column) => !updatedColumns.includes(column.name) || column.may_update);
}

/** The kind of a relation in words, by `pg_class.relkind`. */
export function kindOfRelation(relkind: string): string {
  return (
    { v: 'a view', m: 'a materialized view', f: 'a foreign table', i: 'an index', S: 'a sequence', c: 'a type' }[
      relkind
    ] ?? 'not a table'
  );
}
