-- Writes the counter of a running or paused operation and returns its status, which it never changes. The row is locked
-- first, so the returned status is the latest committed one.
-- $1 bigint  id             $2 bigint  records processed
-- $3 bigint  worker         $4 text    application_name up to the operation's id
-- $5 bigint  the counter that the row must still have, null for any
-- $6 text    start and $7 text seconds worked, as this process claimed it (fragments/reclaimed.sql); null if it has not
-- Always returns a row. `status` is null if the operation is gone, `mine` is false if it is another worker's, or if another
-- process with this worker id has claimed it since (`reclaimed`). `written` is false if the counter was not changed.
-- `batch_size` is as an operator may have changed it. If the worker has to stop, application_name is reset to its initial value.
WITH target AS (
  SELECT id, status, records_processed, batch_size, started_at, validation_query, worker_id
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) $1::bigint
  FOR UPDATE
),
seen AS (
  SELECT one.*, one.worker_id OPERATOR(pg_catalog.=) $3::bigint AND
      -- include ../fragments/reclaimed.sql
    AS reclaimed
  FROM target AS one CROSS JOIN (
    SELECT $6::pg_catalog.text AS start, $7::pg_catalog.text AS worked
  ) AS held
),
written AS (
  UPDATE migration_control AS operation
  SET records_processed = $2::bigint
  FROM seen
  WHERE operation.id OPERATOR(pg_catalog.=) seen.id
    AND coalesce(seen.worker_id OPERATOR(pg_catalog.=) $3::bigint, true)
    AND seen.reclaimed IS NOT TRUE
    AND seen.status OPERATOR(pg_catalog.=) ANY (ARRAY['running', 'paused'])
    AND ($5::bigint IS NULL OR coalesce(seen.records_processed, 0) OPERATOR(pg_catalog.=) $5::bigint)
  RETURNING operation.id AS written_id
)
SELECT
  seen.status,
  coalesce(seen.worker_id OPERATOR(pg_catalog.=) $3::bigint, seen.id IS NOT NULL) AND seen.reclaimed IS NOT TRUE AS mine,
  seen.reclaimed IS TRUE AS reclaimed,
  written.written_id IS NOT NULL AS written,
  CASE WHEN written.written_id IS NOT NULL AND seen.worker_id IS NOT NULL THEN
    -- include ../fragments/claim.sql
  END AS claim,
  seen.batch_size::pg_catalog.float8 AS batch_size,
  pg_catalog.set_config('application_name', CASE
    WHEN written.written_id IS NULL THEN (SELECT reset_val FROM pg_catalog.pg_settings
      WHERE name OPERATOR(pg_catalog.=) 'application_name')
    WHEN seen.status OPERATOR(pg_catalog.=) 'paused'
      THEN $4::pg_catalog.text OPERATOR(pg_catalog.||) seen.id::pg_catalog.text OPERATOR(pg_catalog.||) ' paused'
    ELSE $4::pg_catalog.text OPERATOR(pg_catalog.||) seen.id::pg_catalog.text END, false) AS session
FROM (VALUES (true)) AS always
LEFT JOIN seen ON true
LEFT JOIN written ON true
