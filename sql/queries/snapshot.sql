-- Everything that the screens show, the totals counted over the whole table: what `migtop status` prints, and a poll of
-- a table whose changes cannot be followed. One statement, and so one snapshot of the database.
-- $1 bigint[]  ids that were running or paused at the last poll: their end must not be missed
-- $2 float8    the stamp since which an operation may have started, and perhaps ended, unseen; null for none
-- $3 int       how many live operations and how many failures to bring at most
-- Stamps come as seconds since 1970 on the database's own clock: date_part() takes `infinity`, a subtraction
-- of stamps raises an error on it before PostgreSQL 17. Texts are cut here to what a list shows.
-- The columns are named one by one: others may stand beside them, under any name.
WITH totals AS (
  SELECT json_build_array(
    left(phase, 200),
    left(table_name, 200),
    left(status, 200),
    count(*),
    sum(records_processed::float8),
    max(records_processed),
    max(total_records),
    max(batch_size),
    date_part('epoch', min(started_at::timestamp) FILTER (WHERE isfinite(started_at))),
    date_part('epoch', max(completed_at::timestamp) FILTER (WHERE isfinite(completed_at))),
    count(*) FILTER (WHERE timed),
    sum(records_processed::float8) FILTER (WHERE timed),
    sum(floor((date_part('epoch', completed_at::timestamp) - date_part('epoch', started_at::timestamp)) * 1000000 + 0.5))
      FILTER (WHERE timed)) AS body
  FROM (
    SELECT phase, table_name, status, records_processed, total_records, batch_size, started_at, completed_at,
      status = 'completed' AND isfinite(started_at) AND isfinite(completed_at) AND completed_at > started_at AS timed
    FROM migration_control
  ) operations
  GROUP BY phase, table_name, status
),
live AS (
  SELECT id, phase, table_name, operation, status, records_processed, total_records, started_at, completed_at,
    error_message, batch_size, worker_id, source_query, validation_query, xmin::text AS version
  FROM migration_control
  WHERE status IN ('running', 'paused')
     OR id = ANY ($1::bigint[])
     OR started_at > timestamp 'epoch' + $2::float8 * interval '1 second'
  ORDER BY status IN ('running', 'paused') DESC, id DESC
  LIMIT $3::int
),
failures AS (
  SELECT id, phase, table_name, operation, status, records_processed, total_records, started_at, completed_at,
    error_message, batch_size, worker_id, source_query, validation_query, xmin::text AS version
  FROM migration_control
  WHERE status = 'failed'
  ORDER BY completed_at DESC NULLS LAST, id DESC
  LIMIT $3::int
),
operations AS (
  SELECT 'live' AS kind, live.* FROM live
  UNION ALL
  SELECT 'failure', failures.* FROM failures
)
SELECT 'clock' AS kind, json_build_object('now', date_part('epoch', localtimestamp)) AS body
UNION ALL
SELECT 'count', body FROM totals
UNION ALL
-- Workers that name themselves (migtop/worker): where each is, whether it waits because of a pause, and who blocks it.
SELECT 'session', json_build_object(
    'application_name', left(application_name, 64),
    'pid', pid,
    'blocked_by', CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) END)
FROM pg_stat_activity
WHERE application_name LIKE 'migtop run=%' AND datname = current_database()
UNION ALL
SELECT kind, json_build_object(
    'id', id,
    'phase', left(phase, 200),
    'table_name', left(table_name, 200),
    'operation', left(operation, 200),
    'status', left(status, 200),
    'records_processed', records_processed,
    'total_records', total_records,
    'started_at', date_part('epoch', started_at::timestamp),
    'completed_at', date_part('epoch', completed_at::timestamp),
    'error_message', left(error_message, 400),
    'batch_size', batch_size,
    'worker_id', worker_id,
    'source_query', left(source_query, 200),
    'validation_query', left(validation_query, 200),
    'version', version,
    'identity', left(md5(concat_ws(chr(31), phase, table_name, operation)), 12))
FROM operations
