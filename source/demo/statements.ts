/**
 * The statements of the simulation itself; its workers write through migtop/worker. Each statement is short and its own
 * transaction, because all share PGlite's only session.
 */

/** Inserts the rows from before the demo started. */
export const insertHistory = `
INSERT INTO migration_control (
  phase, table_name, operation, status, records_processed, total_records, started_at, completed_at,
  error_message, batch_size, worker_id, source_query, validation_query)
SELECT
  phase, table_name, operation, status, records_processed, total_records,
  localtimestamp - make_interval(secs => started_ago), localtimestamp - make_interval(secs => completed_ago),
  error_message, batch_size, worker_id, source_query, validation_query
FROM ROWS FROM (jsonb_to_recordset($1::text::jsonb) AS (
  phase text, table_name text, operation text, status text, records_processed int, total_records int,
  started_ago float8, completed_ago float8, error_message text, batch_size int, worker_id int,
  source_query text, validation_query text)) WITH ORDINALITY AS past(
  phase, table_name, operation, status, records_processed, total_records,
  started_ago, completed_ago, error_message, batch_size, worker_id, source_query, validation_query, place)
ORDER BY place
RETURNING id, status, worker_id`;

/** Inserts one pending batch, unless $8 execution batches are pending already. */
export const enqueue = `
INSERT INTO migration_control (
  phase, table_name, operation, status, records_processed, total_records, batch_size, source_query, validation_query)
SELECT $1::text, $2::text, $3::text, 'pending', 0, $4::int, $5::int, $6::text, $7::text
WHERE (SELECT count(*) FROM migration_control WHERE status = 'pending' AND phase = 'execution') < $8::int
RETURNING id`;

/** Returns a row if operation $1 is failed and no later operation has repeated it. */
export const unsettled = `
SELECT FROM migration_control AS failed
WHERE failed.id = $1::int AND failed.status = 'failed' AND NOT EXISTS (
  SELECT FROM migration_control AS later
  WHERE later.id > failed.id AND later.table_name = failed.table_name AND later.source_query = failed.source_query)`;

/**
 * The operation that a worker may claim next, and how many of its records other operations have migrated. The validation of a
 * table waits until all its batches have a row (the tables in $1), none of them is open, and every failure was repeated.
 */
export const nextPending = `
SELECT phase, table_name, operation, coalesce((
    SELECT sum(earlier.records_processed)::float8 FROM migration_control AS earlier
    WHERE earlier.id <> ready.id AND earlier.table_name = ready.table_name AND earlier.phase = ready.phase
      AND earlier.source_query = ready.source_query), 0) AS done_before
FROM migration_control AS ready
WHERE status = 'pending' AND (phase <> 'validation' OR table_name = ANY ($1::text[]) AND NOT EXISTS (
  SELECT FROM migration_control AS other
  WHERE other.table_name = ready.table_name AND other.phase = 'execution' AND (
    other.status IN ('pending', 'running', 'paused')
    OR other.status = 'failed' AND NOT EXISTS (
      SELECT FROM migration_control AS later
      WHERE later.id > other.id AND later.table_name = other.table_name
        AND later.source_query = other.source_query))))
ORDER BY phase = 'validation' DESC, id
LIMIT 1`;

/** How many records of a table have been migrated. */
export const countMigrated = `
SELECT coalesce(sum(records_processed), 0)::float8 AS migrated
FROM migration_control WHERE table_name = $1::text AND phase = 'execution'`;

/** Inserts a pending retry for each failure that was not repeated. */
export const retryLeftFailures = `
INSERT INTO migration_control (
  phase, table_name, operation, status, records_processed, total_records, batch_size, source_query, validation_query)
SELECT phase, table_name,
  'retry_batch_' || coalesce(substring(source_query FROM 'OFFSET ([0-9]{1,9})')::int / nullif(batch_size, 0) + 1, 1),
  'pending', 0, total_records, batch_size, source_query, validation_query
FROM migration_control AS failed
WHERE status = 'failed' AND phase = 'execution' AND source_query IS NOT NULL AND NOT EXISTS (
  SELECT FROM migration_control AS later
  WHERE later.id > failed.id AND later.table_name = failed.table_name AND later.source_query = failed.source_query)
ORDER BY id
RETURNING id`;
