import type { Connection } from '../database/connection.ts';
import { query } from '../database/query.ts';
import { storedNames } from '../database/stored-names.ts';
import { readTagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import type { TableCosts } from '../domain/skip-costs.ts';
import { visibleName } from '../domain/visible-name.ts';

/** How many tables are looked up. */
const mostTables = 1000;

/** Reads what the tables show of the cost of a skip of many operations. @throws {DatabaseError} */
export async function readTableCosts(
  connection: Connection,
  target: Target,
  tables: readonly string[],
): Promise<TableCosts> {
  const values = storedNames(tables.slice(0, mostTables));
  const read = { ...query('skip-costs', target, values), seconds: 3 };
  const [[row] = []] = await readTagged(connection, target, [read]);
  const body = (row?.body ?? {}) as { open?: unknown; references?: unknown };
  return {
    open: Number(body.open ?? 0),
    references: Array.isArray(body.references) ? body.references.map((name) => visibleName(String(name))) : [],
  };
}
