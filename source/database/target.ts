import type { TableIdentity } from '../domain/audit.ts';
import { cleanLine } from '../domain/clean-text.ts';
import { type ControlColumn, counterColumns } from '../domain/control-columns.ts';
import { shellWord } from '../domain/quote-name.ts';
import type { SinceScope } from '../domain/since.ts';
import { visibleName } from '../domain/visible-name.ts';
import type { Zone } from '../domain/zone.ts';
import type { AuditVersion } from './audit-version.ts';
import type { Connection } from './connection.ts';
import { DatabaseError } from './database-error.ts';
import { readFollowing } from './following.ts';
import { lookUp, noTable, triggersOf, triggersStatement } from './look-up.ts';
import { notesStatement, readNotes } from './notes.ts';
import { type OptionProblem, optionsStatement, readOptions } from './options.ts';
import { readAhead } from './read-ahead.ts';
import {
  kindOfRelation,
  mayUpdate,
  otherReason,
  type TableColumn,
  tableColumns,
  triggerNotes,
  whyReadOnly,
} from './read-only.ts';
import type { Statistic } from './refused-statistics.ts';
import { readStatistics, statisticsStatement } from './statistics.ts';
import { zoned, zoneStatement } from './zone.ts';

/** The table that migtop watches, and the privileges of this role on it. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** The other settings of the connection that were given, such as `sslmode`; no secret is among them. */
  readonly settings?: readonly (readonly [keyword: string, value: string])[];
  readonly user: string;
  readonly database: string;
  /** Schema-qualified and quoted by PostgreSQL: safe in SQL. */
  readonly table: string;
  /** Identifies the table independently of how the user typed the server's address and the table's name. */
  readonly identity: TableIdentity;
  readonly serverVersion: number;
  /** How many rows the last ANALYZE found; absent if there was none. */
  readonly estimatedRows?: number;
  /** Whether the rows have a version (xmin), which shows changes; rows of a view have none. */
  readonly hasVersions: boolean;
  /** Whether each id is one row, found by an index: only then can migtop follow its changes from poll to poll. */
  readonly isFollowable: boolean;
  /** Counters of a type that allows more than whole numbers: numeric, float8. Such a value is shown as unreadable. */
  readonly looseCounters?: readonly string[];
  /** The restriction of the table by `--since`. */
  readonly scope?: SinceScope;
  /** The time zone of the table's writers; absent for UTC. */
  readonly zone?: Zone;
  /** The timestamp columns whose type includes a time zone. */
  readonly zonedColumns?: readonly string[];
  /** Whether sql/options/guard.sql is installed: then workers cannot revert a pause or a skip. */
  readonly guarded: boolean;
  /** The audit table (sql/options/audit.sql), quoted like `table`; null if there is none, or it cannot be used. */
  readonly audit: string | null;
  /** A relation that has the audit table's name but is not the audit; null if there is none. */
  readonly foreignAudit: string | null;
  /** The problems of guard and audit, which the header shows. */
  readonly optionProblems: readonly OptionProblem[];
  readonly auditVersion: AuditVersion;
  /** Server statistics that this role may not read: the queries omit them. */
  readonly refused: readonly Statistic[];
  /** Whether row-level security applies to this role: then migtop counts only the rows that the role may see. */
  readonly rowSecurity: boolean;
  /** Whether this role may update the columns that an action changes. */
  readonly mayUpdate: boolean;
  /** Whether the server can check for a disconnected client while it runs a statement. */
  readonly hasConnectionChecks: boolean;
  /** Whether the server must not send answers in their transaction: nothing would end it if this program is suspended. */
  readonly holdsAnswers: boolean;
  /** Why actions are not possible; null if they are. */
  readonly readOnly: string | null;
  /** Whether that is because this role lacks a privilege. */
  readonly lacksPrivilege?: boolean;
  /** The full names of other tables and views of the same name: the user may have meant one of them. */
  readonly namesakes: readonly string[];
  /** Notes for the operator, a sentence each. */
  readonly notes: readonly string[];
}

/** The required type of a column, by pg_type's category: any text, any number, any date or time. */
const kinds = {
  text: { category: 'S', needs: 'a text' },
  number: { category: 'N', needs: 'a number' },
  timestamp: { category: 'D', needs: 'a timestamp' },
} as const;

const wholeTypes = ['smallint', 'integer', 'bigint'];

/** The columns of the specification's table. A table may have other columns too, in any order. */
const requiredColumns = {
  id: 'number',
  phase: 'text',
  table_name: 'text',
  operation: 'text',
  status: 'text',
  records_processed: 'number',
  total_records: 'number',
  started_at: 'timestamp',
  completed_at: 'timestamp',
  error_message: 'text',
  batch_size: 'number',
  worker_id: 'number',
  source_query: 'text',
  validation_query: 'text',
} as const satisfies Record<ControlColumn, keyof typeof kinds>;

/** The kinds of relation that migtop can read: tables, partitioned tables, views, materialized views, foreign tables. */
const watchable = ['r', 'p', 'v', 'm', 'f'];

/**
 * Finds the table and checks that migtop can watch it, before the first frame is drawn.
 *
 * @param named the table as the user wrote it; a name without a schema is found on the search path
 * @param known the target of the last inspection: its table is looked up by its full name, independently of the search path
 * @throws {DatabaseError} kind `usage`, `no-table`, `unfit-table` or `no-privilege`, each with its remedy
 */
export async function inspectTarget(
  connection: Connection,
  named: string,
  known: Target | null = null,
): Promise<Target> {
  const name = known?.table ?? named;
  const [described] = await lookUp(connection, name);
  if (described === undefined) throw await noTable(connection, name);
  const columns = tableColumns(described.columns);
  try {
    checkFit(described, columns);
  } catch (error) {
    throw await namingOthers(error, connection, String(described.name), named);
  }
  const { host, port, settings = [] } = connection.address;
  const table = String(described.name);
  const database = visibleName(String(described.database));
  const oid = String(described.oid);
  const reader = await readAhead(connection, Number(described.server_version), [
    triggersStatement(name),
    optionsStatement(table, oid),
    statisticsStatement(),
    notesStatement(table, named),
    zoneStatement(table),
  ]);
  const row: Record<string, unknown> = { ...described, triggers: await triggersOf(reader, name) };
  const {
    databaseOid,
    unwritable,
    notes: optionNotes,
    ...options
  } = await readOptions(reader, { table, oid, role: String(row.role) });
  const statistics = await readStatistics(reader);
  const identity = { system: statistics.system ?? `${host}:${port}`, database, databaseOid, table, tableOid: oid };
  const { namesakes, notes: tableNotes, refusal } = await readNotes(reader, table, named);
  if (known === null && refusal !== null) throw new DatabaseError('unfit-table', refusal);
  const { isFollowable, notes: followingNotes } = await readFollowing(connection, row, table);
  const notes = [
    ...(row.row_security === true ? ['row-level security: figures include only the rows that you may see'] : []),
    ...followingNotes,
    ...triggerNotes(row, columns),
    ...tableNotes,
    ...optionNotes,
    ...statistics.notes,
  ];
  const isAnother = known !== null && known.identity.tableOid !== identity.tableOid;
  return {
    host,
    settings,
    port,
    user: visibleName(String(row.user)),
    database,
    table,
    identity,
    serverVersion: Number(row.server_version),
    ...(Number(row.estimated_rows) > 0 ? { estimatedRows: Number(row.estimated_rows) } : {}),
    hasVersions: row.has_versions === true,
    isFollowable,
    ...looseCounters(columns),
    ...(await zoned(reader, table, columns, known)),
    ...options,
    refused: statistics.refused,
    rowSecurity: row.row_security === true,
    mayUpdate: mayUpdate(columns),
    hasConnectionChecks: row.has_connection_checks === true,
    holdsAnswers: row.is_local === true || (row.has_connection_checks !== true && row.has_versions === true),
    readOnly: whyReadOnly(row, columns) ?? unwritable,
    lacksPrivilege: otherReason(row) === null && (!mayUpdate(columns) || unwritable !== null),
    namesakes,
    notes: isAnother ? [anotherTableNote(table), ...notes] : notes,
  };
}

/** The note that another table has the name of the one that was inspected before. */
export function anotherTableNote(table: string): string {
  return `${table} is not the same table as before: it was created again, or renamed`;
}

/** @throws {DatabaseError} kind `unfit-table` or `no-privilege` */
function checkFit(row: Record<string, unknown>, columns: readonly TableColumn[]): void {
  const table = String(row.name);
  const user = visibleName(String(row.user));
  // The name is written into SQL and onto the screen unchanged.
  if (cleanLine(table) !== table) {
    throw new DatabaseError(
      'unfit-table',
      `The name of ${table} contains control characters. Rename it with: ALTER TABLE … RENAME TO …`,
    );
  }
  const relation = String(row.relkind);
  if (row.is_temporary === true) {
    throw new DatabaseError(
      'unfit-table',
      `${table} is a temporary table of this session, perhaps left by another client of a pooler. Name the table with --table schema.name`,
    );
  }
  if (!watchable.includes(relation)) {
    throw new DatabaseError(
      'unfit-table',
      `${table} is ${kindOfRelation(relation)}, and migtop watches a table or a view. Name the table itself with --table schema.name`,
    );
  }
  const missing = Object.keys(requiredColumns).filter((name) => !columns.some((column) => column.name === name));
  if (missing.length > 0) {
    throw new DatabaseError(
      'unfit-table',
      `${table} lacks ${missing.length === 1 ? 'the column' : 'the columns'} ${missing.join(', ')}, so it is not a migration_control table. Name another with --table schema.name, or add what is missing (migtop init prints the types).`,
    );
  }
  const id = columns.find((column) => column.name === 'id');
  if (id && !wholeTypes.includes(id.type)) {
    throw new DatabaseError(
      'unfit-table',
      `${table} has an id of type ${id.type}; migtop needs a whole number there (the specification has SERIAL).`,
    );
  }
  for (const { name, type, category } of columns) {
    const kind = Object.entries(requiredColumns).find(([required]) => required === name)?.[1];
    if (kind === undefined || (category === kinds[kind].category && !type.startsWith('time '))) continue;
    throw new DatabaseError(
      'unfit-table',
      `${table} has a ${name} of type ${type}; migtop needs ${kinds[kind].needs} there (migtop init prints the types).`,
    );
  }
  if (row.may_select !== true) {
    throw new DatabaseError(
      'no-privilege',
      `User "${user}" may not read the whole table ${table} (SELECT on columns is not enough). Ask the owner for: GRANT SELECT ON ${table} TO ${visibleName(String(row.role))}`,
    );
  }
}

/** The first table on the search path is unsuitable, so the message names the others: the user may have meant one of them. */
async function namingOthers(error: unknown, connection: Connection, table: string, named: string): Promise<unknown> {
  if (!(error instanceof DatabaseError)) return error;
  const { namesakes } = await readNotes(connection, table, named);
  if (namesakes.length === 0) return error;
  const names = namesakes.map((name) => `--table ${shellWord(name)}`).join(' or ');
  return new DatabaseError(error.kind, `${error.message} There is one of that name elsewhere: ${names}`, error.cause);
}

function looseCounters(columns: readonly TableColumn[]): Pick<Target, 'looseCounters'> {
  const loose = columns.filter(
    ({ name, type }) => counterColumns.includes(name) && !wholeTypes.includes(type) && type !== 'money',
  );
  return loose.length === 0 ? {} : { looseCounters: loose.map(({ name }) => name) };
}
