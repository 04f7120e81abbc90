-- The specification's performance analysis, mended as reports/performance.sql says: records over seconds, never a mean
-- of ratios; no batch whose stamps are equal, unordered or infinite; and in a table that counts cumulatively each batch
-- has the records beyond the next lower total.
WITH execution AS (
  SELECT
    table_name,
    batch_size,
    status,
    started_at,
    completed_at,
    CASE
      WHEN sum(records_processed::bigint) OVER of_table > max(total_records) OVER of_table
        AND max(records_processed) OVER of_table <= max(total_records) OVER of_table
        AND NOT coalesce(
          max(records_processed) OVER of_table <= max(batch_size) OVER of_table
            AND max(batch_size) OVER of_table < max(total_records) OVER of_table,
          false
        )
      THEN records_processed::bigint - coalesce(lag(records_processed) OVER by_counter, 0)
      ELSE records_processed
    END AS records,
    CASE
      WHEN isfinite(started_at) AND isfinite(completed_at) AND completed_at > started_at
      THEN date_part('epoch', completed_at::timestamp) - date_part('epoch', started_at::timestamp)
    END AS seconds
  FROM migration_control
  WHERE phase = 'execution'
  WINDOW
    of_table AS (PARTITION BY table_name),
    by_counter AS (PARTITION BY table_name ORDER BY records_processed NULLS LAST, id)
),
batches AS (
  SELECT
    left(table_name, 200) AS table_name,
    batch_size,
    (sum(records) FILTER (WHERE seconds IS NOT NULL))::float8
      / nullif(sum(seconds) FILTER (WHERE records IS NOT NULL), 0) AS records_per_second,
    avg(seconds) AS average_batch_seconds,
    count(*) AS batch_count
  FROM execution
  WHERE status = 'completed' AND completed_at IS NOT NULL AND started_at IS NOT NULL
  GROUP BY 1, 2
)
SELECT 'throughput' AS kind, row_to_json(batches) AS body
FROM batches
ORDER BY records_per_second DESC NULLS LAST, table_name, batch_size
