import { readTogether } from './bounds.ts';
import type { Connection } from './connection.ts';
import { sqlFor } from './sql.ts';

/** Maximum time of the search. Every inspection of the table repeats it, and without an index it reads the whole table. */
const searchSeconds = 2;

/** Maximum number of rows that the search counts (sql/queries/null-ids.sql). */
const most = 1000;

/** How many rows have no id, up to a thousand; 0 if the search takes too long. A UNIQUE constraint allows any number of them. */
export async function countNullIds(connection: Connection, table: string, serverVersion: number): Promise<number> {
  const read = { text: sqlFor('null-ids', table), seconds: searchSeconds };
  try {
    const [rows = []] = await readTogether(connection, { hasConnectionChecks: false, serverVersion }, [read]);
    return Number(rows[0]?.rows ?? 0);
  } catch {
    return 0;
  }
}

/** The note about the rows without an id. */
export function nullIdsNote(rows: number): string[] {
  if (rows === 0) return [];
  const named = rows === 1 ? '1 row has' : `${rows >= most ? `${most} rows or more` : `${rows} rows`} have`;
  return [`${named} no id (NULL): counted, but in no list, and out of reach of actions`];
}
