import { quoteName } from '../domain/quote-name.ts';
import { visibleName } from '../domain/visible-name.ts';
import type { Connection } from './connection.ts';
import { DatabaseError, messageOf, sqlState, sqlStateOf } from './database-error.ts';
import { sqlFor } from './sql.ts';
import type { Target } from './target.ts';

/** Returns the error; if this role has lost a privilege, an error that names the missing GRANT. */
export async function namingPrivilege(error: unknown, connection: Connection, target: Target): Promise<unknown> {
  if (!(error instanceof DatabaseError) || sqlStateOf(error.cause) !== sqlState.insufficientPrivilege) return error;
  try {
    const [row] = await connection.read(sqlFor('privileges', target.table), [target.identity.tableOid]);
    if (row === undefined || (row.may_use === true && row.may_select === true)) return error;
    const what = row.may_use === true ? `SELECT ON ${target.table}` : `USAGE ON SCHEMA ${String(row.schema)}`;
    return new DatabaseError(
      'no-privilege',
      `User "${target.user}" lacks a privilege: ${messageOf(error.cause)}. Ask the owner for: GRANT ${visibleName(what)} TO ${visibleName(String(row.role))}`,
      error.cause,
    );
  } catch {
    return error;
  }
}

/** The GRANT for a message that this role may not change the table, after a blank; '' if it may, or if that is not what is missing. */
export function updateGrant(
  { mayUpdate, lacksPrivilege, table, user }: Pick<Target, 'mayUpdate' | 'lacksPrivilege' | 'table' | 'user'>,
  ofColumns: 'all columns' | 'status',
): string {
  if (mayUpdate || lacksPrivilege !== true) return '';
  const columns = ofColumns === 'status' ? ' (status, completed_at)' : '';
  return ` Ask the owner for: GRANT UPDATE${columns} ON ${table} TO ${quoteName(user)}`;
}
