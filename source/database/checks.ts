import { readTogether } from './bounds.ts';
import type { Connection } from './connection.ts';
import { sqlFor } from './sql.ts';

/** Maximum time of the checks, in seconds. Every inspection repeats them, and without an index they read the whole table. */
const checkSeconds = 2;

/** The result of the checks of a table (sql/queries/checks/). */
export interface Checked {
  /** False if polls cannot follow the changes of the table, because of a problem that a check found. */
  readonly isFollowable: boolean;
  /** A sentence for each problem. */
  readonly notes: readonly string[];
}

/**
 * Runs the checks of a table. If they fail or take too long together, it runs each of them, and ignores those that fail.
 *
 * @param table the full name of the table
 */
export async function checkTable(
  connection: Connection,
  { table, oid, serverVersion }: { readonly table: string; readonly oid: string; readonly serverVersion: number },
): Promise<Checked> {
  const run = async (text: string): Promise<readonly Record<string, unknown>[] | null> => {
    const read = { text, values: [oid], seconds: checkSeconds };
    const rows = readTogether(connection, { hasConnectionChecks: false, serverVersion }, [read]);
    return rows.then(([found = []]) => found).catch(() => null);
  };
  const text = sqlFor('checks', table);
  const each = checksOf(text);
  const together = await run(text);
  const rows = together ?? (await Promise.all(each.length > 1 ? each.map(run) : [])).flatMap((found) => found ?? []);
  return {
    isFollowable: rows.every((row) => row.is_followable !== false),
    notes: rows.map(({ note }) => String(note)),
  };
}

/** The statements of the union that `checks.sql` is. */
export function checksOf(text: string): readonly string[] {
  return text.split(/(?<=^\))\nUNION ALL\n(?=\($)/m);
}
