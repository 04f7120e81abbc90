import { isPlainTable } from '../domain/quotable.ts';
import { quoteName } from '../domain/quote-name.ts';
import { type Read, readTogether } from './bounds.ts';
import type { Connection } from './connection.ts';
import { DatabaseError, messageOf, sqlState, sqlStateOf } from './database-error.ts';
import { type QueryName, sqlFor } from './sql.ts';

/** How long each of the queries that look the table up may take. */
const inspectSeconds = 4;

/**
 * What the catalogs say of a table, and of what may stand in the way of a change; no row where there is no such table.
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
    const triggers = found.length === 0 ? null : await triggersOf(connection, named);
    return found.map((row, index) => ({ ...row, ...obstacles[index], triggers }));
  } catch (error) {
    const schema = named.trim().replace(/\s*\.\s*("([^"]|"")*"|[^".]*)$/, '');
    const state = sqlStateOf(error instanceof DatabaseError ? error.cause : error);
    // A catalog may be what was revoked, too: PostgreSQL translates all but the names.
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

/** Null where the catalog is revoked from this role: the look for the options tells of that. */
async function triggersOf(connection: Connection, named: string): Promise<unknown> {
  try {
    const [row] = await connection.read(sqlFor('triggers', 'migration_control'), [named]);
    return row?.triggers ?? null;
  } catch (error) {
    const state = sqlStateOf(error instanceof DatabaseError ? error.cause : error);
    if (state === sqlState.insufficientPrivilege) return null;
    throw error;
  }
}

/** The usage error where PostgreSQL cannot read the name: which of its codes says so depends on its version. */
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
