-- Claims the oldest pending operation. Any number of workers may ask at once: a row that one of them is about to take is
-- passed over by the others, and one that was taken meanwhile is looked at again once it is locked, and left.
-- $1 text    phase, null for any      $2 text    table, null for any      $3 text  operation, null for any
-- $4 bigint  worker                   $5 text    the session's name up to the operation's id
-- Returns no row where nothing is pending.
WITH next AS (
  SELECT id
  FROM migration_control
  WHERE status = 'pending'
    AND ($1::text IS NULL OR phase = $1::text)
    AND ($2::text IS NULL OR table_name = $2::text)
    AND ($3::text IS NULL OR operation = $3::text)
  ORDER BY id
  LIMIT 1
  FOR UPDATE SKIP LOCKED
),
claimed AS (
  UPDATE migration_control AS operation
  SET status = 'running',
      worker_id = $4::bigint,
      started_at = coalesce(operation.started_at, clock_timestamp()::timestamp)
  FROM next
  WHERE operation.id = next.id AND operation.status = 'pending'
  RETURNING operation.*
)
SELECT
  to_jsonb(claimed.*) || jsonb_build_object(
    'started_at', date_part('epoch', started_at::timestamp),
    'completed_at', date_part('epoch', completed_at::timestamp)) AS body,
  set_config('application_name', $5::text || id, false) AS session
FROM claimed
