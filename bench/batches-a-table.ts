import type pg from 'pg';

/**
 * Returns the number of batches in the total of each table (fill.sql). New rows name the total of their table, as those of workers do:
 * with another total, migtop would take each for an operation with its own total, and count the table again.
 *
 * @throws {Error} if the table was not filled
 */
export async function batchesATable(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ batches: number }>(
    `SELECT total_records / batch_size AS batches FROM migration_control
     WHERE phase = 'execution' AND total_records > batch_size ORDER BY id LIMIT 1`,
  );
  const [first] = rows;
  if (first === undefined) throw new Error('migration_control has no filled batches');
  return first.batches;
}

/** The batch size of a table, by its number, as in fill.sql. */
export const batchSizeOf = (tableNumber: number): number => (tableNumber % 2 === 0 ? 500 : 1000);

/** `batchSizeOf` in SQL, for an expression with the number. */
export const batchSizeSql = (tableNumber: string): string => `CASE WHEN ${tableNumber} % 2 = 0 THEN 500 ELSE 1000 END`;
