-- Makes a running or paused operation of a worker that died this worker's own. Its status and counter stay.
-- $1 bigint  id            $2 bigint  worker
-- $3 bigint  the worker that the row must still name, null where it names none
-- $4 text    the session's name up to the operation's id
-- Returns no row: gone. `moved` false: `body` says what it is now.
WITH target AS (
  SELECT * FROM migration_control WHERE id = $1::bigint FOR UPDATE
),
moved AS (
  UPDATE migration_control AS operation
  SET worker_id = $2::bigint
  FROM target
  WHERE operation.id = target.id
    AND target.status IN ('running', 'paused')
    AND target.worker_id IS NOT DISTINCT FROM $3::bigint
  RETURNING operation.*
),
now AS (
  SELECT true AS migtop_moved, moved.* FROM moved
  UNION ALL
  SELECT false, target.* FROM target WHERE NOT EXISTS (SELECT FROM moved)
)
SELECT
  migtop_moved AS moved,
  false AS mine,
  to_jsonb(now.*) || jsonb_build_object(
    'started_at', date_part('epoch', started_at::timestamp),
    'completed_at', date_part('epoch', completed_at::timestamp)) AS body,
  CASE WHEN migtop_moved THEN
    set_config('application_name', $4::text || id || CASE status WHEN 'paused' THEN ' paused' ELSE '' END, false)
  END AS session
FROM now
