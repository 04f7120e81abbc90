-- Counts every row of the table, with the names of the monitor's totals, for comparison.
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
  json_build_object(
    'works', count(*) FILTER (WHERE NOT side AND total_records > 0),
    'unitWorks', count(*) FILTER (WHERE NOT side AND total_records > 0 AND total_records = batch_size),
    'reachedWorks', count(*) FILTER (WHERE NOT side AND total_records > 0 AND records_processed >= total_records AND status = 'completed'),
    'unfinishedWorks', count(*) FILTER (WHERE NOT side AND total_records > 0 AND status <> 'completed'),
    'unfinishedRecords', coalesce(sum(records_processed) FILTER (WHERE NOT side AND records_processed > 0 AND total_records >= 0 AND status <> 'completed'), 0),
    'failedWorks', count(*) FILTER (WHERE NOT side AND total_records > 0 AND status = 'failed'),
    'records', coalesce(sum(records_processed) FILTER (WHERE NOT side AND records_processed > 0), 0),
    'totals', coalesce(sum(total_records) FILTER (WHERE NOT side AND total_records > 0), 0),
    'evidence', count(*) FILTER (WHERE NOT side AND evidence),
    'outside', count(*) FILTER (WHERE NOT side AND evidence AND (batch_size > 0 AND records_processed <= batch_size) IS NOT TRUE),
    'completedEvidence', count(*) FILTER (WHERE NOT side AND evidence AND status = 'completed'),
    'largestLive', max(records_processed) FILTER (WHERE NOT side AND status IN ('running', 'paused', 'completed')),
    'largestTotal', max(total_records) FILTER (WHERE NOT side AND total_records >= 0),
    'smallestTotal', min(total_records) FILTER (WHERE NOT side AND total_records > 0),
    'largestCompleted', max(records_processed) FILTER (WHERE NOT side AND evidence AND status = 'completed'),
    'smallestCompleted', min(records_processed) FILTER (WHERE NOT side AND evidence AND status = 'completed')
  ) AS main,
  json_build_object(
    'works', count(*) FILTER (WHERE side AND total_records > 0),
    'unitWorks', count(*) FILTER (WHERE side AND total_records > 0 AND total_records = batch_size),
    'reachedWorks', count(*) FILTER (WHERE side AND total_records > 0 AND records_processed >= total_records AND status = 'completed'),
    'unfinishedWorks', count(*) FILTER (WHERE side AND total_records > 0 AND status <> 'completed'),
    'unfinishedRecords', coalesce(sum(records_processed) FILTER (WHERE side AND records_processed > 0 AND total_records >= 0 AND status <> 'completed'), 0),
    'failedWorks', count(*) FILTER (WHERE side AND total_records > 0 AND status = 'failed'),
    'records', coalesce(sum(records_processed) FILTER (WHERE side AND records_processed > 0), 0),
    'totals', coalesce(sum(total_records) FILTER (WHERE side AND total_records > 0), 0),
    'evidence', count(*) FILTER (WHERE side AND evidence),
    'outside', count(*) FILTER (WHERE side AND evidence AND (batch_size > 0 AND records_processed <= batch_size) IS NOT TRUE),
    'completedEvidence', count(*) FILTER (WHERE side AND evidence AND status = 'completed'),
    'largestLive', max(records_processed) FILTER (WHERE side AND status IN ('running', 'paused', 'completed')),
    'largestTotal', max(total_records) FILTER (WHERE side AND total_records >= 0),
    'smallestTotal', min(total_records) FILTER (WHERE side AND total_records > 0),
    'largestCompleted', max(records_processed) FILTER (WHERE side AND evidence AND status = 'completed'),
    'smallestCompleted', min(records_processed) FILTER (WHERE side AND evidence AND status = 'completed')
  ) AS side,
  max(records_processed) FILTER (WHERE status = 'completed') AS "largestCompleted",
  max(batch_size) AS "largestBatch",
  count(*) FILTER (WHERE status = 'pending' AND batch_size > 0)::int AS "pendingSized",
  coalesce(sum(batch_size) FILTER (WHERE status = 'pending' AND batch_size > 0), 0)::float8 AS "pendingSizes",
  date_part('epoch', min(started_at)) AS "startedAt",
  date_part('epoch', max(completed_at)) AS "completedAt",
  count(*) FILTER (WHERE timed)::int AS "timedOperations",
  coalesce(sum(records_processed) FILTER (WHERE timed AND records_processed > 0), 0)::float8 AS "timedRecords",
  coalesce(sum(extract(epoch FROM completed_at - started_at)) FILTER (WHERE timed), 0)::float8 AS "timedSeconds"
FROM (
  SELECT *, status = 'completed' AND completed_at > started_at AS timed,
    records_processed > 0 AND total_records > 0 AS evidence,
    coalesce(total_records > 0 AND total_records <= batch_size, false) AS side
  FROM migration_control
) operations
GROUP BY phase, table_name
