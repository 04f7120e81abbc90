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
      WHEN pg_catalog.sum(records_processed::bigint) OVER of_table
        OPERATOR(pg_catalog.>) pg_catalog.max(total_records) OVER of_table
        AND pg_catalog.max(records_processed) OVER of_table OPERATOR(pg_catalog.<=) pg_catalog.max(total_records) OVER of_table
        AND NOT coalesce(
          pg_catalog.max(records_processed) OVER of_table OPERATOR(pg_catalog.<=) pg_catalog.max(batch_size) OVER of_table
            AND pg_catalog.max(batch_size) OVER of_table OPERATOR(pg_catalog.<) pg_catalog.max(total_records) OVER of_table,
          false
        )
      THEN records_processed::bigint OPERATOR(pg_catalog.-) coalesce(pg_catalog.lag(records_processed) OVER by_counter, 0)
      ELSE records_processed
    END AS records,
    CASE
      WHEN pg_catalog.isfinite(started_at) AND pg_catalog.isfinite(completed_at)
        AND completed_at OPERATOR(pg_catalog.>) started_at
      THEN pg_catalog.date_part('epoch', completed_at::timestamp)
        OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', started_at::timestamp)
    END AS seconds
  FROM migration_control
  WHERE phase OPERATOR(pg_catalog.=) 'execution'
  WINDOW
    of_table AS (PARTITION BY table_name),
    by_counter AS (PARTITION BY table_name ORDER BY records_processed NULLS LAST, id)
),
batches AS (
  SELECT
    pg_catalog.left(table_name, 200) AS table_name,
    batch_size,
    (pg_catalog.sum(records) FILTER (WHERE seconds IS NOT NULL))::pg_catalog.float8
      OPERATOR(pg_catalog./) CASE
        WHEN pg_catalog.sum(seconds) FILTER (WHERE records IS NOT NULL) OPERATOR(pg_catalog.<>) 0
        THEN pg_catalog.sum(seconds) FILTER (WHERE records IS NOT NULL)
      END AS records_per_second,
    pg_catalog.avg(seconds) AS average_batch_seconds,
    pg_catalog.count(*) AS batch_count
  FROM execution
  WHERE status OPERATOR(pg_catalog.=) 'completed' AND completed_at IS NOT NULL AND started_at IS NOT NULL
  GROUP BY 1, 2
)
SELECT 'throughput' AS kind, pg_catalog.row_to_json(batches) AS body
FROM batches
ORDER BY records_per_second DESC NULLS LAST, table_name, batch_size
