import schema from '../../sql/migration_control.sql';
import { addressOf } from '../database/address.ts';
import { connect } from '../database/connect.ts';
import { connectionParameters } from '../database/conninfo.ts';
import { DatabaseError } from '../database/database-error.ts';
import type { Flags } from './arguments.ts';
import type { Surroundings } from './surroundings.ts';

/** `migtop init`: prints the SQL that creates the table, or with --apply runs it. It changes no table that is there. */
export async function runInit(
  { connection: given, flags }: { connection: string | undefined; flags: Flags },
  { env, stdout }: Surroundings,
): Promise<number> {
  if (flags.table !== 'migration_control') {
    throw new DatabaseError(
      'usage',
      'init creates the table under the name that the specification gives it, migration_control, in the first schema of the search path; it takes no --table.',
    );
  }
  if (!flags.apply) {
    stdout.write(schema);
    return 0;
  }
  const connection = await connect(addressOf(connectionParameters(given, env)));
  try {
    await connection.read(schema);
    stdout.write(
      `migration_control is there, in database "${connection.address.database}" at ${connection.address.host}.\n`,
    );
    return 0;
  } finally {
    await connection.close();
  }
}
