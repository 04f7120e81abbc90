-- Ends a running operation of this worker: completed, or failed with its error. One compare-and-set on one row.
-- $1 bigint  id                                    $2 bigint  worker
-- $3 text    'completed' or 'failed'               $4 text    the error of a failure
-- $5 bigint  records processed, null to keep       $6 bigint  total records, null to keep
-- Returns no row: gone. `moved` false: `body` says what it is now; `mine` false: it is another worker's.
WITH target AS (
  SELECT * FROM migration_control WHERE id = $1::bigint FOR UPDATE
),
moved AS (
  UPDATE migration_control AS operation
  SET status = $3::text,
      completed_at = clock_timestamp()::timestamp,
      records_processed = coalesce($5::bigint, operation.records_processed),
      total_records = coalesce($6::bigint, operation.total_records),
      error_message = CASE $3::text WHEN 'failed' THEN $4::text ELSE operation.error_message END
  FROM target
  WHERE operation.id = target.id
    AND target.status = 'running'
    AND coalesce(target.worker_id = $2::bigint, true)
  RETURNING operation.*
),
now AS (
  SELECT status = $3::text AS migtop_moved, moved.* FROM moved
  UNION ALL
  SELECT false, target.* FROM target WHERE NOT EXISTS (SELECT FROM moved)
)
SELECT
  migtop_moved AS moved,
  coalesce(worker_id = $2::bigint, true) AS mine,
  to_jsonb(now.*) || jsonb_build_object(
    'started_at', date_part('epoch', started_at::timestamp),
    'completed_at', date_part('epoch', completed_at::timestamp)) AS body,
  CASE WHEN status NOT IN ('running', 'paused') OR worker_id <> $2::bigint THEN
    set_config('application_name', (SELECT reset_val FROM pg_settings WHERE name = 'application_name'), false)
  END AS session
FROM now
