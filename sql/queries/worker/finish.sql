-- Ends a running operation of this worker: completed, or failed with its error. One compare-and-set on one row.
-- $1 bigint  id                                    $2 bigint  worker
-- $3 text    'completed' or 'failed'               $4 text    the error of a failure
-- $5 bigint  records processed, null to keep       $6 bigint  total records, null to keep
-- An error that an earlier life of the row left does not stay on a completed one.
-- Returns no row: gone. `moved` false: `body` says what it is now; `mine` false: it is another worker's.
WITH target AS (
  SELECT * FROM migration_control WHERE id OPERATOR(pg_catalog.=) $1::bigint FOR UPDATE
),
moved AS (
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
  RETURNING operation.*
),
now AS (
  SELECT status OPERATOR(pg_catalog.=) $3::pg_catalog.text AS migtop_moved, moved.* FROM moved
  UNION ALL
  SELECT false, target.* FROM target WHERE NOT EXISTS (SELECT FROM moved)
)
SELECT
  migtop_moved AS moved,
  coalesce(worker_id OPERATOR(pg_catalog.=) $2::bigint, true) AS mine,
  pg_catalog.to_jsonb(now.*) OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(
    'started_at', pg_catalog.date_part('epoch', started_at::timestamp),
    'completed_at', pg_catalog.date_part('epoch', completed_at::timestamp)) AS body,
  CASE WHEN status OPERATOR(pg_catalog.<>) ALL (ARRAY['running', 'paused']) OR worker_id OPERATOR(pg_catalog.<>) $2::bigint THEN
    pg_catalog.set_config('application_name',
      (SELECT reset_val FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'application_name'), false)
  END AS session
FROM now
