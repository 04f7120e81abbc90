-- Every row of the table, counted: what the monitor's totals are held against, under their names.
SELECT
  phase,
  table_name AS "tableName",
  json_build_object(
    'pending', count(*) FILTER (WHERE status = 'pending'),
    'running', count(*) FILTER (WHERE status = 'running'),
    'completed', count(*) FILTER (WHERE status = 'completed'),
    'failed', count(*) FILTER (WHERE status = 'failed'),
    'paused', count(*) FILTER (WHERE status = 'paused'),
    'skipped', count(*) FILTER (WHERE status = 'skipped')
  ) AS statuses,
  coalesce(sum(records_processed), 0)::float8 AS "recordsProcessed",
  max(records_processed) AS "largestProcessed",
  max(records_processed) FILTER (WHERE status = 'completed') AS "largestCompleted",
  max(total_records) AS "largestTotal",
  max(batch_size) AS "largestBatch",
  date_part('epoch', min(started_at)) AS "startedAt",
  date_part('epoch', max(completed_at)) AS "completedAt",
  count(*) FILTER (WHERE timed)::int AS "timedOperations",
  coalesce(sum(records_processed) FILTER (WHERE timed), 0)::float8 AS "timedRecords",
  coalesce(sum(extract(epoch FROM completed_at - started_at)) FILTER (WHERE timed), 0)::float8 AS "timedSeconds"
FROM (
  SELECT *, status = 'completed' AND completed_at > started_at AS timed FROM migration_control
) operations
GROUP BY phase, table_name
