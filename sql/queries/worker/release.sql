-- Puts a running operation of this worker back into the queue, its counter kept, for any worker to go on with.
-- `started_at` is cleared: a pending row that had one would be resumed, after a pause, to `running` with nobody on it.
-- $1 bigint  id      $2 bigint  worker
-- Returns no row: gone. `moved` false: `body` says what it is now; `mine` false: it is another worker's.
WITH target AS (
  SELECT * FROM migration_control WHERE id = $1::bigint FOR UPDATE
),
moved AS (
  UPDATE migration_control AS operation
  SET status = 'pending', worker_id = NULL, started_at = NULL
  FROM target
  WHERE operation.id = target.id
    AND target.status = 'running'
    AND coalesce(target.worker_id = $2::bigint, true)
  RETURNING operation.*
),
now AS (
  SELECT status = 'pending' AS migtop_moved, moved.* FROM moved
  UNION ALL
  SELECT false, target.* FROM target WHERE NOT EXISTS (SELECT FROM moved)
)
SELECT
  migtop_moved AS moved,
  coalesce(worker_id = $2::bigint, true) AS mine,
  to_jsonb(now.*) || jsonb_build_object(
    'started_at', date_part('epoch', started_at::timestamp),
    'completed_at', date_part('epoch', completed_at::timestamp)) AS body,
  set_config('application_name', (SELECT reset_val FROM pg_settings WHERE name = 'application_name'), false) AS session
FROM now
