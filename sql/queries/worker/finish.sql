-- Marks a running operation of this worker as completed, or as failed with its error: one compare-and-set on one row.
-- $1 bigint  id                                    $2 bigint  worker
-- $3 text    'completed' or 'failed'               $4 text    the error of a failure
-- $5 bigint  records processed, null to keep       $6 bigint  total records, null to keep
-- Clears the error of an earlier attempt when the operation is completed.
-- $7 text    start and $8 text seconds worked, as this process claimed it (fragments/reclaimed.sql); null if it has not
-- Returns no row if the operation is gone. `applied` is false if it was not running, or is another worker's (`mine` false), or if another
-- process with this worker id has claimed it since (`reclaimed`, and `mine` false);
-- `body` is the row as it is now.
WITH target AS (
  SELECT * FROM migration_control WHERE id OPERATOR(pg_catalog.=) $1::bigint FOR UPDATE
),
held AS (
  SELECT $2::bigint AS worker, $3::pg_catalog.text AS becomes, $7::pg_catalog.text AS start, $8::pg_catalog.text AS worked
),
lost AS (
  -- include ../fragments/lost.sql
),
applied AS (
  UPDATE migration_control AS operation
  SET status = $3::pg_catalog.text,
      completed_at = pg_catalog.clock_timestamp()::timestamp,
      records_processed = coalesce($5::bigint, operation.records_processed),
      total_records = coalesce($6::bigint, operation.total_records),
      error_message = CASE WHEN $3::pg_catalog.text OPERATOR(pg_catalog.=) 'failed'
        THEN $4::pg_catalog.text END
  FROM target
  WHERE operation.id OPERATOR(pg_catalog.=) target.id
    AND target.status OPERATOR(pg_catalog.=) 'running'
    AND coalesce(target.worker_id OPERATOR(pg_catalog.=) $2::bigint, true)
    AND NOT EXISTS (SELECT FROM lost)
  RETURNING operation.*
),
now AS (
  -- include ../fragments/row-as-it-is.sql
)
SELECT
  -- include ../fragments/ending.sql
  ,
  CASE WHEN status OPERATOR(pg_catalog.<>) ALL (ARRAY['running', 'paused']) OR worker_id OPERATOR(pg_catalog.<>) $2::bigint
    OR EXISTS (SELECT FROM lost) THEN
    -- include ../fragments/reset-name.sql
  END AS session
FROM now CROSS JOIN held
