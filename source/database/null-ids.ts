import { readTogether } from './bounds.ts';
import type { Connection } from './connection.ts';
import { sqlFor } from './sql.ts';

/** How long the search may take: it is repeated whenever the table is looked at, and without an index it reads all of it. */
const searchSeconds = 2;

/** The search stops here (sql/queries/null-ids.sql). */
const most = 1000;

/** How many rows have no id, up to a thousand: a UNIQUE constraint allows any number of them. 0 where it takes too long to tell. */
export async function countNullIds(connection: Connection, table: string, serverVersion: number): Promise<number> {
  const read = { text: sqlFor('null-ids', table), seconds: searchSeconds };
  try {
    const [rows = []] = await readTogether(connection, { hasConnectionChecks: false, serverVersion }, [read]);
    return Number(rows[0]?.rows ?? 0);
  } catch {
    return 0;
  }
}

/** What an operator should know of them. */
export function nullIdsNote(rows: number): string[] {
  if (rows === 0) return [];
  const named = rows === 1 ? '1 row has' : `${rows >= most ? `${most} rows or more` : `${rows} rows`} have`;
  return [`${named} no id (NULL): counted, in no list, and no action reaches ${rows === 1 ? 'it' : 'them'}`];
}
