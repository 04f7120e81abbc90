import { cleanLine } from '../domain/clean-text.ts';
import type { Connection } from './connect.ts';
import { codeOf, DatabaseError, sqlState } from './database-error.ts';
import { sqlFor } from './sql.ts';

/** The table that is watched, and what this role may do with it. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** Schema-qualified and quoted by PostgreSQL: safe to put into SQL. */
  readonly table: string;
  readonly serverVersion: number;
  /** Why nothing may be changed, or null where it may. */
  readonly readOnly: string | null;
}

/** The columns that the specification's table has; others may stand beside them, in any order. */
const requiredColumns = [
  'id',
  'phase',
  'table_name',
  'operation',
  'status',
  'records_processed',
  'total_records',
  'started_at',
  'completed_at',
  'error_message',
  'batch_size',
  'worker_id',
  'source_query',
  'validation_query',
] as const;

const updatedColumns = ['status', 'completed_at'];

interface Column {
  name: string;
  type: string;
  may_select: boolean;
  may_update: boolean;
}

/**
 * Finds the table and checks that it can be watched, before anything is drawn.
 *
 * @param named the table as the user wrote it; found on the search path where it has no schema
 * @throws {DatabaseError} kind `usage`, `no-table`, `unfit-table` or `no-privilege`, each with its remedy
 */
export async function inspectTarget(connection: Connection, named: string): Promise<Target> {
  const rows = await lookUp(connection, named);
  const row = rows[0];
  const { host, port } = connection.address;
  if (row === undefined) throw await noTable(connection, named);
  const table = String(row.name);
  const user = cleanLine(String(row.user));
  const relation = String(row.relkind);
  if (relation !== 'r' && relation !== 'p') {
    throw new DatabaseError(
      'unfit-table',
      `${table} is ${kindOfRelation(relation)}, and migtop watches a table. Name the table itself with --table schema.name`,
    );
  }
  if (row.may_use_schema !== true) {
    throw new DatabaseError(
      'no-privilege',
      `User "${user}" may not use the schema ${row.schema}. Ask the owner for: GRANT USAGE ON SCHEMA ${row.schema} TO ${user}`,
    );
  }
  const columns = (row.columns ?? []) as Column[];
  const missing = requiredColumns.filter((name) => !columns.some((column) => column.name === name));
  if (missing.length > 0) {
    throw new DatabaseError(
      'unfit-table',
      `${table} lacks ${missing.length === 1 ? 'the column' : 'the columns'} ${missing.join(', ')}, so it is not a migration_control table. Name another with --table schema.name, or add what is missing (sql/migration_control.sql has the types).`,
    );
  }
  const hidden = columns.filter((column) => requiredColumns.some((name) => name === column.name) && !column.may_select);
  if (hidden.length > 0) {
    throw new DatabaseError(
      'no-privilege',
      `User "${user}" may not read ${table}. Ask the owner for: GRANT SELECT ON ${table} TO ${user}`,
    );
  }
  const id = columns.find((column) => column.name === 'id');
  if (id && !['smallint', 'integer', 'bigint'].includes(id.type)) {
    throw new DatabaseError(
      'unfit-table',
      `${table} has an id of type ${id.type}; migtop needs a whole number there (the specification has SERIAL).`,
    );
  }
  return {
    host,
    port,
    user,
    database: cleanLine(String(row.database)),
    table,
    serverVersion: Number(row.server_version),
    readOnly: whyReadOnly(row, columns),
  };
}

async function lookUp(connection: Connection, named: string): Promise<Record<string, unknown>[]> {
  try {
    return await connection.read(sqlFor('inspect', 'migration_control'), [named]);
  } catch (error) {
    const code = error instanceof DatabaseError ? codeOf(error.cause) : '';
    if (code === sqlState.invalidName || code === sqlState.syntaxError || code === '0A000') {
      throw new DatabaseError(
        'usage',
        `"${cleanLine(named)}" is not the name of a table. Write --table name or --table schema.name, with "double quotes" where SQL needs them.`,
        error,
      );
    }
    throw error;
  }
}

async function noTable(connection: Connection, named: string): Promise<DatabaseError> {
  const bare = named.split('.').at(-1) ?? named;
  const elsewhere = await connection.read(sqlFor('elsewhere', 'migration_control'), [bare.replaceAll('"', '')]);
  const names = elsewhere.map((row) => cleanLine(String(row.name)));
  const database = connection.address.database;
  const where = named.includes('.') ? `in database "${database}"` : `on the search path of database "${database}"`;
  const remedy =
    names.length > 0
      ? `There is one elsewhere: use --table ${names.join(' or --table ')}`
      : 'Name it with --table schema.name, or create it with: migtop init --apply';
  return new DatabaseError('no-table', `There is no table ${named} ${where}. ${remedy}`);
}

function whyReadOnly(row: Record<string, unknown>, columns: Column[]): string | null {
  if (row.in_recovery === true) return 'this server is a standby';
  if (row.read_only === true) return 'this database is set to read-only transactions';
  const refused = columns.filter((column) => updatedColumns.includes(column.name) && !column.may_update);
  if (refused.length > 0)
    return `user "${cleanLine(String(row.user))}" has no UPDATE privilege on ${cleanLine(String(row.name))}`;
  return null;
}

function kindOfRelation(relkind: string): string {
  return (
    { v: 'a view', m: 'a materialized view', f: 'a foreign table', i: 'an index', S: 'a sequence', c: 'a type' }[
      relkind
    ] ?? 'not a table'
  );
}
