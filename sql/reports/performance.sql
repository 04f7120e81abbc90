-- Performance analysis: completed execution batches by table and batch size, the fastest first.
--
-- Of the first migration_control on the search path; for another one put its schema before the name in FROM. All else is
-- written in full, so that nothing is called that another role has made in a schema of the search path.
--
-- Mended, against the specification's query:
-- * The rate is all records over all seconds. The mean of each batch's own rate let a tiny batch weigh as much as a large
--   one.
-- * A batch whose two stamps are equal (both NOW() in one transaction) divided by zero and killed the query; stamps that go
--   backwards (writers in two time zones) or are infinite made nonsense of it. Such a batch is in batch_count but not in
--   measured_batches, and neither its records nor its time are in the rate or the average. Nor does the rate hold the time
--   of a batch that did not count its records.
-- * Groups without a rate come last: NULL sorts first in a descending order.
-- * Where a table's rows each carry the running total (by the rule of table-status.sql), a batch's own records are those
--   beyond the next lower total; else every batch would be credited with the work of all before it.

WITH execution AS (
  SELECT
    table_name,
    batch_size,
    status,
    started_at,
    completed_at,
    CASE
      WHEN pg_catalog.sum(records_processed) OVER of_table OPERATOR(pg_catalog.>) pg_catalog.max(total_records) OVER of_table
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
)
SELECT
  table_name,
  batch_size,
  pg_catalog.round(
    (
      (pg_catalog.sum(records) FILTER (WHERE seconds IS NOT NULL))::pg_catalog.float8
      OPERATOR(pg_catalog./) CASE
        WHEN pg_catalog.sum(seconds) FILTER (WHERE records IS NOT NULL) OPERATOR(pg_catalog.<>) 0
        THEN pg_catalog.sum(seconds) FILTER (WHERE records IS NOT NULL)
      END
    )::numeric, 3
  ) AS records_per_second,
  pg_catalog.round(pg_catalog.avg(seconds)::numeric, 3) AS avg_batch_duration,
  pg_catalog.count(*) AS batch_count,
  pg_catalog.count(*) FILTER (WHERE records IS NOT NULL AND seconds IS NOT NULL) AS measured_batches
FROM execution
WHERE status OPERATOR(pg_catalog.=) 'completed'
  AND completed_at IS NOT NULL
  AND started_at IS NOT NULL
GROUP BY table_name, batch_size
ORDER BY records_per_second DESC NULLS LAST, table_name, batch_size;
