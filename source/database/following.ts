import { readTogether } from './bounds.ts';
import type { Connection } from './connection.ts';
import { DatabaseError, sqlState, sqlStateOf } from './database-error.ts';
import { countNullIds, nullIdsNote } from './null-ids.ts';
import type { Column } from './read-only.ts';
import { sqlFor } from './sql.ts';

/** How the changes of a table are found. */
export interface Following {
  /** Whether an id is one row, found by an index: only then can its changes be followed from poll to poll. */
  readonly isFollowable: boolean;
  /** A sentence where ids may repeat or are missing. */
  readonly notes: readonly string[];
}

/** Maximum time to look for repeated ids in a view or a foreign table, in seconds. */
const lookSeconds = 2;

/**
 * Reads a view, which runs its owner's code: not before it is known that the table is the one that was meant.
 *
 * @param row what sql/queries/inspect.sql and obstacles.sql found
 * @param table the table, in full
 */
export async function readFollowing(
  connection: Connection,
  row: Readonly<Record<string, unknown>>,
  table: string,
): Promise<Following> {
  const { isFollowable, notes } = await followingOf(connection, row, table);
  const columns = (row.columns ?? []) as Column[];
  const isIdNeeded = columns.some(({ name, not_null }) => name === 'id' && not_null);
  const nullIds = isIdNeeded ? 0 : await countNullIds(connection, table, Number(row.server_version));
  // A row without an id is in no range of ids: only a count of all rows finds it.
  return { isFollowable: isFollowable && nullIds === 0, notes: [...notes, ...nullIdsNote(nullIds)] };
}

async function followingOf(
  connection: Connection,
  row: Readonly<Record<string, unknown>>,
  table: string,
): Promise<Following> {
  const relation = String(row.relkind);
  if (relation === 'v' || relation === 'f') return lookForRepeats(connection, row, table);
  const isFollowable = row.id_unique === true && row.has_children !== true;
  // A partitioned table may have its ids in each partition anew, and a child of an inheritance too.
  return { isFollowable, notes: isFollowable || relation === 'm' ? [] : [counted] };
}

const counted = 'ids may be there more than once: every poll counts all of the table';

/** Nothing keeps the ids of a view unique, and most are: those that repeat are looked for. */
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
    const why = state === sqlState.queryCanceled ? `within ${lookSeconds} s` : 'as the database refuses to count them';
    return {
      isFollowable: true,
      notes: [`cannot tell ${why} whether ids are there more than once: rows that share an id are shown as one`],
    };
  }
}
