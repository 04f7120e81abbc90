-- Gives up an operation that join.sql has just started, if another worker, or a second process of this one, had started
-- the same work before it.
-- $1 bigint   id      $2 bigint  worker
-- $3 boolean  whether only rows with the same source query are the same work
-- Returns no row where nobody had: go on. Else `body` is the earlier operation, and this one is skipped.
WITH other AS (
  SELECT other.*
  FROM migration_control AS own
  JOIN migration_control AS other ON other.phase = own.phase
    AND other.table_name = own.table_name
    AND (NOT $3::boolean OR other.source_query IS NOT DISTINCT FROM own.source_query)
  WHERE own.id = $1::bigint
    AND other.id < own.id
    AND other.status IN ('running', 'paused')
    AND (other.worker_id IS DISTINCT FROM $2::bigint OR other.operation = own.operation)
  ORDER BY other.id
  LIMIT 1
),
withdrawn AS (
  UPDATE migration_control AS operation
  SET status = 'skipped',
      completed_at = clock_timestamp()::timestamp,
      error_message = 'Not begun: operation ' || other.id || ' had started the same work before it.'
  FROM other
  WHERE operation.id = $1::bigint
    AND operation.status IN ('running', 'paused')
    AND operation.worker_id = $2::bigint
  RETURNING operation.id
)
SELECT
  to_jsonb(other.*) || jsonb_build_object(
    'started_at', date_part('epoch', started_at::timestamp),
    'completed_at', date_part('epoch', completed_at::timestamp)) AS body,
  set_config('application_name', (SELECT reset_val FROM pg_settings WHERE name = 'application_name'), false) AS session
FROM other
