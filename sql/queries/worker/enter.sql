-- Takes up one operation by its id: a pending one is claimed, a running one that names no worker is adopted, all others
-- stay what they are. The row is locked first, so what comes back is the newest there is.
-- $1 bigint  id      $2 bigint  worker      $3 text  the session's name up to the operation's id
-- Returns no row: gone. `mine` false: it is another worker's.
WITH target AS (
  SELECT * FROM migration_control WHERE id = $1::bigint FOR UPDATE
),
taken AS (
  UPDATE migration_control AS operation
  SET status = 'running',
      worker_id = $2::bigint,
      started_at = coalesce(operation.started_at, clock_timestamp()::timestamp)
  FROM target
  WHERE operation.id = target.id
    AND (target.status = 'pending' OR (target.status = 'running' AND target.worker_id IS NULL))
  RETURNING operation.*
),
now AS (
  SELECT * FROM taken
  UNION ALL
  SELECT * FROM target WHERE NOT EXISTS (SELECT FROM taken)
)
SELECT
  to_jsonb(now.*) || jsonb_build_object(
    'started_at', date_part('epoch', started_at::timestamp),
    'completed_at', date_part('epoch', completed_at::timestamp)) AS body,
  coalesce(worker_id = $2::bigint, true) AS mine,
  CASE
    WHEN worker_id = $2::bigint AND status = 'running' THEN set_config('application_name', $3::text || id, false)
    WHEN worker_id = $2::bigint AND status = 'paused' THEN
      set_config('application_name', $3::text || id || ' paused', false)
  END AS session
FROM now
