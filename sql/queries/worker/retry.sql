-- Starts a new operation that repeats the work of a failed one (specification, "Error Tracking and Recovery"), unless that
-- work is open, or was done since. The failed row stays as it is.
-- $1 bigint  id of the failed operation                     $2 bigint  worker
-- $3 text    name of the new one, null for retry_batch_ID   $4 text    the session's name up to the operation's id
-- Of two that retry one row at once, the second sees the table as it was before the first had inserted: so each writes the
-- failed row (changing nothing), and whoever finds, once it has the lock, another version of it than its snapshot shows
-- answers `raced` and asks again.
-- Returns no row: gone. Else `kind`: 'started', 'open' or 'done' (`body` is that row), 'raced', or 'refused' (`body`: the row
-- asked for).
WITH seen AS (
  SELECT xmin::text AS migtop_version FROM migration_control WHERE id = $1::bigint
),
target AS (
  SELECT *, xmin::text AS migtop_version FROM migration_control WHERE id = $1::bigint FOR UPDATE
),
already AS (
  SELECT other.*
  FROM migration_control AS other
  JOIN target ON other.phase = target.phase AND other.table_name = target.table_name
  WHERE other.status IN ('pending', 'running', 'paused')
      AND other.source_query IS NOT DISTINCT FROM target.source_query
    -- Where there is no source query, another completed row may be another batch: only its name tells.
    OR other.status = 'completed' AND other.id > target.id
      AND (other.source_query = target.source_query OR other.operation = 'retry_batch_' || target.id)
  ORDER BY other.status = 'completed', other.id
  LIMIT 1
),
touched AS (
  UPDATE migration_control AS operation
  SET status = operation.status
  FROM target, seen
  WHERE operation.id = target.id
    AND target.status = 'failed'
    AND target.migtop_version = seen.migtop_version
    AND NOT EXISTS (SELECT FROM already)
  RETURNING operation.*
),
started AS (
  INSERT INTO migration_control (
    phase, table_name, operation, status, records_processed, total_records, started_at,
    batch_size, worker_id, source_query, validation_query)
  SELECT
    phase, table_name, coalesce($3::text, 'retry_batch_' || id), 'running', 0, total_records,
    clock_timestamp()::timestamp, batch_size, $2::bigint, source_query, validation_query
  FROM touched
  RETURNING *
)
SELECT
  kind,
  body || jsonb_build_object(
    'started_at', date_part('epoch', started_at::timestamp),
    'completed_at', date_part('epoch', completed_at::timestamp)) AS body,
  CASE kind WHEN 'started' THEN set_config('application_name', $4::text || id, false) END AS session
FROM (
  SELECT 'started' AS kind, id, started_at, completed_at, to_jsonb(started.*) AS body, 1 AS place FROM started
  UNION ALL
  SELECT 'refused', id, started_at, completed_at, to_jsonb(target.*), 2 FROM target WHERE status <> 'failed'
  UNION ALL
  SELECT 'raced', target.id, started_at, completed_at, to_jsonb(target.*), 3
  FROM target JOIN seen ON seen.migtop_version <> target.migtop_version
  UNION ALL
  SELECT CASE status WHEN 'completed' THEN 'done' ELSE 'open' END, already.id, started_at, completed_at, to_jsonb(already.*), 4 FROM already
) AS answers
ORDER BY place
LIMIT 1
