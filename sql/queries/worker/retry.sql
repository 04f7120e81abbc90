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
  SELECT xmin::pg_catalog.text AS migtop_version FROM migration_control WHERE id OPERATOR(pg_catalog.=) $1::bigint
),
target AS (
  SELECT *, xmin::pg_catalog.text AS migtop_version FROM migration_control WHERE id OPERATOR(pg_catalog.=) $1::bigint FOR UPDATE
),
already AS (
  SELECT other.*
  FROM migration_control AS other
  JOIN target ON other.phase OPERATOR(pg_catalog.=) target.phase AND other.table_name OPERATOR(pg_catalog.=) target.table_name
  WHERE other.status OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'running', 'paused'])
      AND (other.source_query OPERATOR(pg_catalog.=) target.source_query OR other.source_query IS NULL
        AND target.source_query IS NULL)
    -- Where there is no source query, another completed row may be another batch: only its name tells.
    OR other.status OPERATOR(pg_catalog.=) 'completed' AND other.id OPERATOR(pg_catalog.>) target.id
      AND (other.source_query OPERATOR(pg_catalog.=) target.source_query
        OR other.operation OPERATOR(pg_catalog.=) ('retry_batch_' OPERATOR(pg_catalog.||) target.id::pg_catalog.text))
  ORDER BY other.status OPERATOR(pg_catalog.=) 'completed', other.id
  LIMIT 1
),
touched AS (
  UPDATE migration_control AS operation
  SET status = operation.status
  FROM target, seen
  WHERE operation.id OPERATOR(pg_catalog.=) target.id
    AND target.status OPERATOR(pg_catalog.=) 'failed'
    AND target.migtop_version OPERATOR(pg_catalog.=) seen.migtop_version
    AND NOT EXISTS (SELECT FROM already)
  RETURNING operation.*
),
started AS (
  INSERT INTO migration_control (
    phase, table_name, operation, status, records_processed, total_records, started_at,
    batch_size, worker_id, source_query, validation_query)
  SELECT
    phase, table_name, coalesce($3::pg_catalog.text, 'retry_batch_' OPERATOR(pg_catalog.||) id::pg_catalog.text),
    'running', 0, total_records,
    pg_catalog.clock_timestamp()::timestamp, batch_size, $2::bigint, source_query, validation_query
  FROM touched
  RETURNING *
)
SELECT
  kind,
  body OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(
    'started_at', pg_catalog.date_part('epoch', started_at::timestamp),
    'completed_at', pg_catalog.date_part('epoch', completed_at::timestamp)) AS body,
  CASE WHEN kind OPERATOR(pg_catalog.=) 'started'
    THEN pg_catalog.set_config('application_name',
      $4::pg_catalog.text OPERATOR(pg_catalog.||) id::pg_catalog.text, false) END AS session
FROM (
  SELECT 'started' AS kind, id, started_at, completed_at, pg_catalog.to_jsonb(started.*) AS body, 1 AS place FROM started
  UNION ALL
  SELECT 'refused', id, started_at, completed_at, pg_catalog.to_jsonb(target.*), 2 FROM target
    WHERE status OPERATOR(pg_catalog.<>) 'failed'
  UNION ALL
  SELECT 'raced', target.id, started_at, completed_at, pg_catalog.to_jsonb(target.*), 3
  FROM target JOIN seen ON seen.migtop_version OPERATOR(pg_catalog.<>) target.migtop_version
  UNION ALL
  SELECT CASE WHEN status OPERATOR(pg_catalog.=) 'completed'
    THEN 'done' ELSE 'open' END, already.id, started_at, completed_at, pg_catalog.to_jsonb(already.*), 4 FROM already
) AS answers
ORDER BY place
LIMIT 1
