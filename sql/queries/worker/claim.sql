-- Claims the oldest pending operation. Any number of workers may ask at once: a row that one of them is about to take is
-- passed over by the others, and one that was taken meanwhile is looked at again once it is locked, and left.
-- $1 text    phase, null for any      $2 text    table, null for any      $3 text  operation, null for any
-- $4 bigint  worker                   $5 text    the session's name up to the operation's id
-- Returns no row where nothing is pending.
WITH next AS (
  SELECT id
  FROM migration_control
  WHERE status OPERATOR(pg_catalog.=) 'pending'
    AND ($1::pg_catalog.text IS NULL OR phase OPERATOR(pg_catalog.=) $1::pg_catalog.text)
    AND ($2::pg_catalog.text IS NULL OR table_name OPERATOR(pg_catalog.=) $2::pg_catalog.text)
    AND ($3::pg_catalog.text IS NULL OR operation OPERATOR(pg_catalog.=) $3::pg_catalog.text)
  ORDER BY id
  LIMIT 1
  FOR UPDATE SKIP LOCKED
),
claimed AS (
  UPDATE migration_control AS operation
  SET status = 'running',
      worker_id = $4::bigint,
      started_at = coalesce(operation.started_at, pg_catalog.clock_timestamp()::timestamp)
  FROM next
  WHERE operation.id OPERATOR(pg_catalog.=) next.id AND operation.status OPERATOR(pg_catalog.=) 'pending'
  RETURNING operation.*
)
SELECT
  pg_catalog.to_jsonb(claimed.*) OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(
    'started_at', pg_catalog.date_part('epoch', started_at::timestamp),
    'completed_at', pg_catalog.date_part('epoch', completed_at::timestamp)) AS body,
  pg_catalog.set_config('application_name', $5::pg_catalog.text OPERATOR(pg_catalog.||) id::pg_catalog.text, false) AS session
FROM claimed
