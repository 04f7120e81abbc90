import type { TestDatabase } from './database.ts';

/**
 * Creates the view `growing` of `migration_control`, in which one operation processes so many records a second, by the database's
 * clock: whenever it is read, its counter is exact. A program that updates the row would be late on a busy machine.
 */
export async function createGrowingView(database: TestDatabase, id: number, perSecond: number): Promise<void> {
  await database.query(
    `CREATE VIEW growing AS
     SELECT id, phase, table_name, operation, status,
       CASE WHEN id = ${id} THEN records_processed
         + floor(extract(epoch FROM localtimestamp - began.at) * ${perSecond})::integer ELSE records_processed END
         AS records_processed,
       total_records, started_at, completed_at, error_message, batch_size, worker_id, source_query, validation_query
     FROM migration_control CROSS JOIN (SELECT timestamp '${await now(database)}' AS at) AS began`,
  );
}

async function now(database: TestDatabase): Promise<string> {
  const { rows } = await database.query<{ at: string }>('SELECT localtimestamp::text AS at');
  return rows[0]?.at ?? '';
}
