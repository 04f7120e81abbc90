-- Writes the counter of a running or paused operation and returns its status, which it never changes. The row is locked
-- first, so the returned status is the latest committed one.
-- $1 bigint  id             $2 bigint  records processed
-- $3 bigint  worker         $4 text    application_name up to the operation's id
-- $5 bigint  the counter that the row must still have, null for any
-- Always returns a row. `status` is null if the operation is gone, `mine` is false if it is another worker's, `written` is
-- false if the counter was not changed. `batch_size` is as an operator may have changed it. If the worker has to stop, application_name is reset to its initial value.
WITH target AS (
  SELECT id, status, records_processed, batch_size, coalesce(worker_id OPERATOR(pg_catalog.=) $3::bigint, true) AS mine
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) $1::bigint
  FOR UPDATE
),
written AS (
  UPDATE migration_control AS operation
  SET records_processed = $2::bigint
  FROM target
  WHERE operation.id OPERATOR(pg_catalog.=) target.id
    AND target.mine
    AND target.status OPERATOR(pg_catalog.=) ANY (ARRAY['running', 'paused'])
    AND ($5::bigint IS NULL OR coalesce(target.records_processed, 0) OPERATOR(pg_catalog.=) $5::bigint)
  RETURNING operation.id
)
SELECT
  target.status,
  coalesce(target.mine, false) AS mine,
  written.id IS NOT NULL AS written,
  target.batch_size::pg_catalog.float8 AS batch_size,
  pg_catalog.set_config('application_name', CASE
    WHEN written.id IS NULL THEN (SELECT reset_val FROM pg_catalog.pg_settings
      WHERE name OPERATOR(pg_catalog.=) 'application_name')
    WHEN target.status OPERATOR(pg_catalog.=) 'paused'
      THEN $4::pg_catalog.text OPERATOR(pg_catalog.||) target.id::pg_catalog.text OPERATOR(pg_catalog.||) ' paused'
    ELSE $4::pg_catalog.text OPERATOR(pg_catalog.||) target.id::pg_catalog.text END, false) AS session
FROM (VALUES (true)) AS always
LEFT JOIN target ON true
LEFT JOIN written ON true
