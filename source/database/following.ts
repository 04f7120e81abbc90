import { readTogether } from './bounds.ts';
import { checkTable } from './checks.ts';
import type { Connection } from './connection.ts';
import { DatabaseError, sqlState, sqlStateOf } from './database-error.ts';
import { sqlFor } from './sql.ts';

/** Whether polls can follow the changes of a table. */
export interface Following {
  /** Whether each id is one row, found by an index: only then can migtop follow its changes from poll to poll. */
  readonly isFollowable: boolean;
  /** A sentence if ids may repeat, and one for each problem that a check found. */
  readonly notes: readonly string[];
}

/** Maximum time to search a view or a foreign table for repeated ids, in seconds. */
const lookSeconds = 2;

/**
 * Reads the table. To read a view runs its owner's code, so call this only after it is certain that the user meant this table.
 *
 * @param row the result of sql/queries/inspect.sql and obstacles.sql
 * @param table the full name of the table
 */
export async function readFollowing(
  connection: Connection,
  row: Readonly<Record<string, unknown>>,
  table: string,
): Promise<Following> {
  const { isFollowable, notes } = await followingOf(connection, row, table);
  const of = { table, oid: String(row.oid), serverVersion: Number(row.server_version) };
  const checked = await checkTable(connection, of);
  return { isFollowable: isFollowable && checked.isFollowable, notes: [...notes, ...checked.notes] };
}

async function followingOf(
  connection: Connection,
  row: Readonly<Record<string, unknown>>,
  table: string,
): Promise<Following> {
  const relation = String(row.relkind);
  if (relation === 'v' || relation === 'f') return lookForRepeats(connection, row, table);
  const isFollowable = row.id_unique === true && row.has_children !== true;
  // Partitions may have the same ids, and so may the children of an inheritance.
  return { isFollowable, notes: isFollowable || relation === 'm' ? [] : [counted] };
}

const counted = 'ids may repeat: every poll counts the whole table';

/** The ids of a view are usually unique, but nothing enforces that: searches for repeated ids. */
async function lookForRepeats(
  connection: Connection,
  row: Readonly<Record<string, unknown>>,
  table: string,
): Promise<Following> {
  if (row.may_select !== true) return { isFollowable: true, notes: [] };
  try {
    const read = { text: sqlFor('repeats', table), seconds: lookSeconds };
    const [found = []] = await readTogether(
      connection,
      { hasConnectionChecks: row.has_connection_checks === true, serverVersion: Number(row.server_version) },
      [read],
    );
    return found[0]?.repeats === true ? { isFollowable: false, notes: [counted] } : { isFollowable: true, notes: [] };
  } catch (error) {
    const state = sqlStateOf(error instanceof DatabaseError ? error.cause : error);
    if (state === '' || state.startsWith('08') || state.startsWith('57P')) throw error;
    const why =
      state === sqlState.queryCanceled ? `within ${lookSeconds} s` : 'because the database refuses to count them';
    return {
      isFollowable: true,
      notes: [`cannot find out ${why} whether ids repeat: rows with the same id are shown as one`],
    };
  }
}
