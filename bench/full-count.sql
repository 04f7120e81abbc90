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
  coalesce(sum(records_processed) FILTER (WHERE records_processed > 0), 0)::float8 AS "recordsProcessed",
  coalesce(sum(CASE WHEN total_records >= 0 THEN total_records ELSE greatest(records_processed, 0) END), 0)::float8 AS totals,
  count(*) FILTER (WHERE total_records > 0)::int AS works,
  count(*) FILTER (WHERE total_records > 0 AND total_records = batch_size)::int AS "unitWorks",
  count(*) FILTER (WHERE total_records > 0 AND records_processed >= total_records AND status = 'completed')::int AS "reachedWorks",
  count(*) FILTER (WHERE total_records > 0 AND status IN ('pending', 'running', 'paused'))::int AS "openWorks",
  count(*) FILTER (WHERE total_records > 0 AND status = 'failed')::int AS "failedWorks",
  count(*) FILTER (WHERE evidence)::int AS evidence,
  count(*) FILTER (WHERE evidence AND (batch_size > 0 AND records_processed <= batch_size) IS NOT TRUE)::int AS outside,
  count(*) FILTER (WHERE evidence AND ended)::int AS "endedEvidence",
  max(records_processed) FILTER (WHERE status IN ('running', 'paused', 'completed')) AS "largestLive",
  max(records_processed) FILTER (WHERE status = 'completed') AS "largestCompleted",
  max(total_records) FILTER (WHERE total_records >= 0) AS "largestTotal",
  min(total_records) FILTER (WHERE total_records > 0) AS "smallestTotal",
  max(records_processed) FILTER (WHERE evidence AND ended) AS "largestEnded",
  min(records_processed) FILTER (WHERE evidence AND ended) AS "smallestEnded",
  max(batch_size) AS "largestBatch",
  date_part('epoch', min(started_at)) AS "startedAt",
  date_part('epoch', max(completed_at)) AS "completedAt",
  count(*) FILTER (WHERE timed)::int AS "timedOperations",
  coalesce(sum(records_processed) FILTER (WHERE timed AND records_processed > 0), 0)::float8 AS "timedRecords",
  coalesce(sum(extract(epoch FROM completed_at - started_at)) FILTER (WHERE timed), 0)::float8 AS "timedSeconds"
FROM (
  SELECT *, status = 'completed' AND completed_at > started_at AS timed,
    records_processed > 0 AND total_records > 0 AS evidence,
    status IN ('completed', 'failed', 'skipped') AS ended
  FROM migration_control
) operations
GROUP BY phase, table_name
