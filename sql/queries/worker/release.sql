-- Puts a running operation of this worker back into the queue, its counter kept, for any worker to go on with.
-- `started_at` is cleared: a pending row that had one would be resumed, after a pause, to `running` with nobody on it.
-- $1 bigint  id      $2 bigint  worker
-- Returns no row: gone. `moved` false: `body` says what it is now; `mine` false: it is another worker's.
WITH target AS (
  SELECT * FROM migration_control WHERE id OPERATOR(pg_catalog.=) $1::bigint FOR UPDATE
),
moved AS (
  UPDATE migration_control AS operation
  SET status = 'pending', worker_id = NULL, started_at = NULL
  FROM target
  WHERE operation.id OPERATOR(pg_catalog.=) target.id
    AND target.status OPERATOR(pg_catalog.=) 'running'
    AND coalesce(target.worker_id OPERATOR(pg_catalog.=) $2::bigint, true)
  RETURNING operation.*
),
now AS (
  SELECT status OPERATOR(pg_catalog.=) 'pending' AS migtop_moved, moved.* FROM moved
  UNION ALL
  SELECT false, target.* FROM target WHERE NOT EXISTS (SELECT FROM moved)
)
SELECT
  migtop_moved AS moved,
  coalesce(worker_id OPERATOR(pg_catalog.=) $2::bigint, true) AS mine,
  pg_catalog.to_jsonb(now.*) OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(
    'started_at', pg_catalog.date_part('epoch', started_at::timestamp),
    'completed_at', pg_catalog.date_part('epoch', completed_at::timestamp)) AS body,
  pg_catalog.set_config('application_name',
    (SELECT reset_val FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'application_name'), false) AS session
FROM now
