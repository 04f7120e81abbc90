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

/** The file has two blocks; each ends with a line that contains only its dollar quote. */
const statements = schema.split(/(?<=^\$\w+\$;$)/m).filter((text) => text.trim() !== '');

/** Maximum duration of one block in seconds: creating an index on an existing table takes long. Locks are waited for two seconds at most. */
const maximumSeconds = 3600;

/** `migtop init`: prints the SQL that creates the table, or runs it with --apply. An existing table keeps its rows. */
export async function runInit(
  { connection: given, flags }: { connection: string | undefined; flags: Flags },
  surroundings: Surroundings,
): Promise<number> {
  const { env, stdout, stderr } = surroundings;
  if (flags.table !== 'migration_control') {
    throw new DatabaseError(
      'usage',
      'init takes no --table: it creates migration_control, the name in the specification, in the first schema of the search path.',
    );
  }
  if (!flags.apply) {
    await print(stdout, schema);
    return 0;
  }
  const connection = await connectAsking(connectionSettings(given, env), flags, surroundings);
  const { host, user, database } = connection.address;
  try {
    const [before] = await connection.read(sqlFor('creation', 'migration_control'));
    // Each block is one transaction: the second validates checks that the first added, without blocking writers.
    for (const text of statements) await connection.readAll([{ text }], maximumSeconds);
    const [place] = await connection.read(sqlFor('creation', 'migration_control'));
    if (place !== undefined && place.owner !== place.role)
      stderr.write(`migtop: note: ${visibleName(`${place.schema}.migration_control belongs to ${place.owner}`)}\n`);
    const isNew = before === undefined || before.owner === null;
    const result = isNew ? 'created migration_control' : 'migration_control already exists';
    await print(stdout, `${cleanLine(`${result} in database "${database}" at ${host}`)}\n`);
    return 0;
  } catch (error) {
    const cause = error instanceof DatabaseError ? error.cause : undefined;
    switch (sqlStateOf(cause)) {
      case sqlState.insufficientPrivilege:
        throw new DatabaseError(
          'no-privilege',
          `User "${user}" cannot create the table: ${messageOf(cause)}. ${await remedyOf(connection)}`,
          error,
        );
      case sqlState.undefinedColumn:
        throw new DatabaseError(
          'unfit-table',
          `A different table migration_control already exists: ${messageOf(cause)}. Rename it, or use another schema: migtop init --apply "dbname=${database} options='-c search_path=…'"`,
          error,
        );
      case sqlState.invalidSchemaName:
        throw new DatabaseError(
          'failed',
          `Cannot create the table: ${messageOf(cause)}. Create the first schema of the search path: CREATE SCHEMA …`,
          error,
        );
    }
    throw error;
  } finally {
    await connection.close();
  }
}

/** The remedy for a missing privilege: the role that can create the table, or the grant. */
async function remedyOf(connection: Connection): Promise<string> {
  const { user, database } = connection.address;
  const [row] = await connection.read(sqlFor('creation', 'migration_control')).catch(() => []);
  if (row !== undefined && row.owner !== null && row.may_create === true)
    return `The table already exists but is incomplete: run migtop init --apply as its owner, ${visibleName(String(row.owner))}.`;
  const schema = row === undefined ? '…' : visibleName(String(row.schema));
  const role = row === undefined ? quoteName(user) : visibleName(String(row.role));
  return `Ask the owner of database "${database}" for: GRANT CREATE ON SCHEMA ${schema} TO ${role}`;
}
