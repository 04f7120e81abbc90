-- Performance analysis: completed execution batches by table and batch size, the fastest first.
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
      WHEN sum(records_processed) OVER of_table > max(total_records) OVER of_table
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
      THEN date_part('epoch', completed_at) - date_part('epoch', started_at)
    END AS seconds
  FROM migration_control
  WHERE phase = 'execution'
  WINDOW
    of_table AS (PARTITION BY table_name),
    by_counter AS (PARTITION BY table_name ORDER BY records_processed NULLS LAST, id)
)
SELECT
  table_name,
  batch_size,
  round(
    (
      (sum(records) FILTER (WHERE seconds IS NOT NULL))::float8
      / nullif(sum(seconds) FILTER (WHERE records IS NOT NULL), 0)
    )::numeric, 3
  ) AS records_per_second,
  round(avg(seconds)::numeric, 3) AS avg_batch_duration,
  count(*) AS batch_count,
  count(*) FILTER (WHERE records IS NOT NULL AND seconds IS NOT NULL) AS measured_batches
FROM execution
WHERE status = 'completed'
  AND completed_at IS NOT NULL
  AND started_at IS NOT NULL
GROUP BY table_name, batch_size
ORDER BY records_per_second DESC NULLS LAST, table_name, batch_size;
