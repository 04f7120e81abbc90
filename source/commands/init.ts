import schema from '../../sql/migration_control.sql';
import type { Connection } from '../database/connection.ts';
import { DatabaseError, messageOf, sqlState, sqlStateOf } from '../database/database-error.ts';
import { connectionSettings } from '../database/libpq/settings.ts';
import { sqlFor } from '../database/sql.ts';
import { cleanLine } from '../domain/clean-text.ts';
import { quoteName } from '../domain/quote-name.ts';
import { visibleName } from '../domain/visible-name.ts';
import type { Flags } from './arguments.ts';
import { connectAsking } from './open.ts';
import { print } from './print.ts';
import type { Surroundings } from './surroundings.ts';

/** The file has two blocks, each of which ends with a line that is its quote alone. */
const statements = schema.split(/(?<=^\$\w+\$;$)/m).filter((text) => text.trim() !== '');

/** How long an index of a table that is there may take. It never waits for others longer than two seconds. */
const longestSeconds = 3600;

/** `migtop init`: prints the SQL that creates the table, or with --apply runs it. It changes no table that is there. */
export async function runInit(
  { connection: given, flags }: { connection: string | undefined; flags: Flags },
  surroundings: Surroundings,
): Promise<number> {
  const { env, stdout, stderr } = surroundings;
  if (flags.table !== 'migration_control') {
    throw new DatabaseError(
      'usage',
      'init creates the table under the name that the specification gives it, migration_control, in the first schema of the search path; it takes no --table.',
    );
  }
  if (!flags.apply) {
    await print(stdout, schema);
    return 0;
  }
  const connection = await connectAsking(connectionSettings(given, env), flags, surroundings);
  const { host, user, database } = connection.address;
  try {
    // Each is a transaction of its own: a check that was made anew is validated while others go on writing.
    for (const text of statements) await connection.readAll([{ text }], longestSeconds);
    const [place] = await connection.read(sqlFor('creation', 'migration_control'));
    if (place !== undefined && place.owner !== place.role)
      stderr.write(`migtop: note: ${visibleName(`${place.schema}.migration_control belongs to ${place.owner}`)}\n`);
    await print(stdout, `${cleanLine(`migration_control is there, in database "${database}" at ${host}.`)}\n`);
    return 0;
  } catch (error) {
    const cause = error instanceof DatabaseError ? error.cause : undefined;
    switch (sqlStateOf(cause)) {
      case sqlState.insufficientPrivilege:
        throw new DatabaseError(
          'no-privilege',
          `User "${user}" may not create the table: ${messageOf(cause)}. ${await remedyOf(connection)}`,
          error,
        );
      case sqlState.undefinedColumn:
        throw new DatabaseError(
          'unfit-table',
          `There is a migration_control already, and it is another table: ${messageOf(cause)}. Rename that one, or put another schema first: migtop init --apply "dbname=${database} options='-c search_path=…'"`,
          error,
        );
      case sqlState.invalidSchemaName:
        throw new DatabaseError(
          'failed',
          `There is no schema to create the table in: ${messageOf(cause)}. Create the first one of the search path with: CREATE SCHEMA …`,
          error,
        );
    }
    throw error;
  } finally {
    await connection.close();
  }
}

/** Who may do what this role may not. */
async function remedyOf(connection: Connection): Promise<string> {
  const { user, database } = connection.address;
  const [row] = await connection.read(sqlFor('creation', 'migration_control')).catch(() => []);
  if (row !== undefined && row.owner !== null && row.may_create === true)
    return `It is there already, and incomplete: run migtop init --apply as its owner, ${visibleName(String(row.owner))}.`;
  const schema = row === undefined ? '…' : visibleName(String(row.schema));
  const role = row === undefined ? quoteName(user) : visibleName(String(row.role));
  return `Ask the owner of database "${database}" for: GRANT CREATE ON SCHEMA ${schema} TO ${role}`;
}
