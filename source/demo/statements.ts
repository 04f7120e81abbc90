/** Every statement of the simulation: each short and a transaction of its own, as all share PGlite's one session. */

/** Fills the table with what has happened before the demo began. */
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

/** Queues one batch, unless enough are waiting: $8 is how many may. */
export const enqueue = `
INSERT INTO migration_control (
  phase, table_name, operation, status, records_processed, total_records, batch_size, source_query, validation_query)
SELECT $1::text, $2::text, $3::text, 'pending', 0, $4::int, $5::int, $6::text, $7::text
WHERE (SELECT count(*) FROM migration_control WHERE status = 'pending' AND phase = 'execution') < $8::int
RETURNING id`;

/** Starts an operation that its worker had planned, under worker $8. */
export const start = `
INSERT INTO migration_control (
  phase, table_name, operation, status, records_processed, total_records, batch_size, source_query, validation_query,
  worker_id, started_at)
VALUES ($1::text, $2::text, $3::text, 'running', 0, $4::int, $5::int, $6::text, $7::text, $8::int, localtimestamp)
RETURNING id`;

/** The same for the repair of operation $9, unless an operator has settled that or somebody has taken it up. */
export const startRepair = `
INSERT INTO migration_control (
  phase, table_name, operation, status, records_processed, total_records, batch_size, source_query, validation_query,
  worker_id, started_at)
SELECT $1::text, $2::text, $3::text, 'running', 0, $4::int, $5::int, $6::text, $7::text, $8::int, localtimestamp
FROM migration_control failed
WHERE failed.id = $9::int AND failed.status = 'failed' AND NOT EXISTS (
  SELECT FROM migration_control later
  WHERE later.id > failed.id AND later.table_name = failed.table_name AND later.source_query = failed.source_query)
RETURNING id`;

/**
 * Takes the next pending operation for worker $1. A table's validation (its name in $2: all its batches have been
 * queued) waits until nothing of its execution is open and no failure is unsettled.
 */
export const claim = `
UPDATE migration_control AS claimed
SET status = 'running', worker_id = $1::int, started_at = coalesce(started_at, localtimestamp)
WHERE id = (
  SELECT id FROM migration_control AS ready
  WHERE status = 'pending' AND (phase <> 'validation' OR table_name = ANY ($2::text[]) AND NOT EXISTS (
    SELECT FROM migration_control AS other
    WHERE other.table_name = ready.table_name AND other.phase = 'execution' AND (
      other.status IN ('pending', 'running', 'paused')
      OR other.status = 'failed' AND NOT EXISTS (
        SELECT FROM migration_control AS later
        WHERE later.id > other.id AND later.table_name = other.table_name
          AND later.source_query = other.source_query))))
  ORDER BY phase = 'validation' DESC, id
  LIMIT 1
  FOR UPDATE SKIP LOCKED)
RETURNING id, phase, table_name, operation, records_processed, total_records, batch_size, source_query,
  validation_query, coalesce((
    SELECT sum(earlier.records_processed)::float8 FROM migration_control AS earlier
    WHERE earlier.id <> claimed.id AND earlier.table_name = claimed.table_name AND earlier.phase = claimed.phase
      AND earlier.source_query = claimed.source_query), 0) AS done_before`;

/** Every one of these is guarded: a row that is not running any more belongs to whoever stopped it. */
export const report = `
UPDATE migration_control SET records_processed = $1::int
WHERE id = $2::int AND status = 'running'
RETURNING id`;

export const complete = `
UPDATE migration_control SET records_processed = $1::int, status = 'completed', completed_at = localtimestamp
WHERE id = $2::int AND status = 'running'
RETURNING id`;

export const fail = `
UPDATE migration_control
SET records_processed = $1::int, status = 'failed', error_message = $3::text, completed_at = localtimestamp
WHERE id = $2::int AND status = 'running'
RETURNING id`;

export const look = `
SELECT status, coalesce(records_processed, 0) AS records_processed FROM migration_control WHERE id = $1::int`;

/** How many records of a table have been moved. */
export const countMoved = `
SELECT coalesce(sum(records_processed), 0)::float8 AS moved
FROM migration_control WHERE table_name = $1::text AND phase = 'execution'`;

/** When all else is done: queues the failures again that nobody has taken up. */
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
