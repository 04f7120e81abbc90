import { isPlainTable } from '../domain/quotable.ts';
import { quoteName, shellWord } from '../domain/quote-name.ts';
import { type Read, readTogether } from './bounds.ts';
import type { Connection } from './connection.ts';
import { DatabaseError, messageOf, sqlState, sqlStateOf } from './database-error.ts';
import type { Statement } from './literals.ts';
import type { Reader } from './read-ahead.ts';
import { type QueryName, sqlFor } from './sql.ts';

/** Maximum time of each query that looks up the table, in seconds. */
const inspectSeconds = 4;

/**
 * Reads a table's description from the catalogs, with the obstacles to a change. Returns no row if there is no such table.
 *
 * @param named the table as the user named it
 * @throws {DatabaseError}
 */
export async function lookUp(connection: Connection, named: string): Promise<Record<string, unknown>[]> {
  try {
    const of = { values: [named], seconds: inspectSeconds };
    const read = (name: QueryName): Read => ({ text: sqlFor(name, 'migration_control'), ...of });
    const unknown = { hasConnectionChecks: false, serverVersion: null };
    const [found = [], obstacles = []] = await readTogether(connection, unknown, [read('inspect'), read('obstacles')]);
    return found.map((row, index) => ({ ...row, ...obstacles[index] }));
  } catch (error) {
    const schema = named.trim().replace(/\s*\.\s*("([^"]|"")*"|[^".]*)$/, '');
    const state = sqlStateOf(error instanceof DatabaseError ? error.cause : error);
    // The revoked privilege may be that of a catalog instead. PostgreSQL translates the message, but not the names in it.
    const isSchema = schema !== named.trim() && messageOf(error).includes(schema.replaceAll('"', ''));
    if (isSchema && state === sqlState.insufficientPrivilege)
      throw new DatabaseError(
        'no-privilege',
        `User "${connection.address.user}" may not use the schema ${schema}. Ask the owner for: GRANT USAGE ON SCHEMA ${schema} TO ${quoteName(connection.address.user)}`,
        error,
      );
    throw notAName(named, error);
  }
}

/** The error that there is no such table, with the tables of that name in other schemas, or the privilege that hides them. */
export async function noTable(connection: Connection, named: string): Promise<unknown> {
  let elsewhere: Record<string, unknown>[];
  try {
    elsewhere = await connection.read(sqlFor('elsewhere', 'migration_control'), [named]);
  } catch (error) {
    return notAName(named, error);
  }
  const { database } = connection.address;
  const where = named.includes('.') ? `in database "${database}"` : `on the search path of database "${database}"`;
  const none = `There is no ${isPlainTable(named) ? `table ${named}` : 'such table'} ${where}.`;
  const names: string[] = [];
  const hidden: string[] = [];
  for (const row of elsewhere) {
    const name = String(row.name);
    const problem = await lookUp(connection, name).then(() => null, unusable);
    if (problem === null) names.push(shellWord(name));
    else hidden.push(problem);
  }
  if (names.length > 0)
    return new DatabaseError('no-table', `${none} There is one elsewhere: use --table ${names.join(' or --table ')}`);
  // PostgreSQL leaves a schema that a role may not use out of its search path without a word.
  if (hidden.length > 0) return new DatabaseError('no-privilege', `${none} There is one elsewhere. ${hidden[0]}`);
  return new DatabaseError(
    'no-table',
    `${none} Name it with --table schema.name, or create it with: migtop init --apply`,
  );
}

/** The missing privilege as text; null for any other error. */
function unusable(error: unknown): string | null {
  return error instanceof DatabaseError && error.kind === 'no-privilege' ? error.message : null;
}

/** The statement of `triggersOf` (sql/queries/triggers.sql). */
export function triggersStatement(named: string): Statement {
  return { text: sqlFor('triggers', 'migration_control'), values: [named] };
}

/** The triggers of the table; null if this role may not read the catalog: `readOptions` reports that. */
export async function triggersOf(reader: Reader, named: string): Promise<unknown> {
  const { text, values } = triggersStatement(named);
  try {
    const [row] = await reader.read(text, values);
    return row?.triggers ?? null;
  } catch (error) {
    const state = sqlStateOf(error instanceof DatabaseError ? error.cause : error);
    if (state === sqlState.insufficientPrivilege) return null;
    throw error;
  }
}

/** The usage error if PostgreSQL cannot parse the name: the SQLSTATE depends on the version of PostgreSQL. */
export function notAName(named: string, error: unknown): unknown {
  const state = error instanceof DatabaseError ? sqlStateOf(error.cause) : '';
  const codes: readonly string[] = [
    sqlState.invalidName,
    sqlState.syntaxError,
    sqlState.invalidParameterValue,
    sqlState.featureNotSupported,
  ];
  if (!codes.includes(state)) return error;
  return new DatabaseError(
    'usage',
    `${isPlainTable(named) ? `"${named}"` : 'That'} is not the name of a table. Write --table name or --table schema.name, with "double quotes" where SQL needs them.`,
    error,
  );
}
