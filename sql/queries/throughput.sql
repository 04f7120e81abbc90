-- The specification's performance analysis, mended as in reports/performance.sql: records over seconds, never a
-- mean of ratios, and no batch whose two stamps are equal, unordered or infinite.
SELECT 'throughput' AS kind, json_build_object(
    'table_name', left(table_name, 200),
    'batch_size', batch_size,
    'records_per_second', sum(records_processed::bigint) FILTER (WHERE seconds > 0)
      / nullif(sum(seconds) FILTER (WHERE seconds > 0 AND records_processed IS NOT NULL), 0),
    'average_batch_seconds', avg(seconds) FILTER (WHERE seconds > 0),
    'batch_count', count(*)) AS body
FROM (
  SELECT *, CASE WHEN isfinite(started_at) AND isfinite(completed_at)
    THEN date_part('epoch', completed_at::timestamp) - date_part('epoch', started_at::timestamp) END AS seconds
  FROM migration_control
  WHERE phase = 'execution' AND status = 'completed' AND completed_at IS NOT NULL AND started_at IS NOT NULL
) batches
GROUP BY table_name, batch_size
ORDER BY sum(records_processed::bigint) FILTER (WHERE seconds > 0)
  / nullif(sum(seconds) FILTER (WHERE seconds > 0 AND records_processed IS NOT NULL), 0) DESC NULLS LAST,
  table_name, batch_size
