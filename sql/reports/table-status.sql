-- Table-level migration status: one row a table, of its execution phase only.
--
-- Mended, against the specification's query:
-- * It grouped by status too, and so gave a table one percentage for each. The statuses now stand side by side, and
--   records_processed counts the rows of every status.
-- * A table whose rows each carry the running total, not their own batch, went past 100 %. Where the sum overshoots
--   total_records and the largest row does not, the largest is taken, and `counting` says so. Rows of which none holds
--   more than one batch of a table that needs several count per batch all the same: their overshoot is work done twice.
-- * completed_at is empty while anything of the table is open (pending, running or paused).
-- * duration_seconds, as before, is that of the table's longest operation. A pair of stamps that goes backwards or is
--   infinite has no duration. The stamps are turned into seconds before they are subtracted, because PostgreSQL before 17
--   fails on subtracting infinite ones.

WITH tables AS (
  SELECT
    table_name,
    count(*) AS operations,
    count(*) FILTER (WHERE status = 'pending') AS pending,
    count(*) FILTER (WHERE status = 'running') AS running,
    count(*) FILTER (WHERE status = 'paused') AS paused,
    count(*) FILTER (WHERE status = 'completed') AS completed,
    count(*) FILTER (WHERE status = 'failed') AS failed,
    count(*) FILTER (WHERE status = 'skipped') AS skipped,
    coalesce(sum(records_processed), 0) AS records_summed,
    max(records_processed)::bigint AS records_largest,
    max(total_records) AS total_records,
    max(batch_size) AS largest_batch,
    min(started_at) AS started_at,
    max(completed_at) AS last_completed_at,
    max(
      CASE
        WHEN isfinite(started_at) AND isfinite(completed_at) AND completed_at >= started_at
        THEN date_part('epoch', completed_at) - date_part('epoch', started_at)
      END
    ) AS duration_seconds
  FROM migration_control
  WHERE phase = 'execution'
  GROUP BY table_name
),
counted AS (
  SELECT
    *,
    -- False, not unknown, for a table without any total.
    coalesce(
      records_summed > total_records
        AND records_largest <= total_records
        AND NOT coalesce(records_largest <= largest_batch AND largest_batch < total_records, false),
      false
    ) AS is_cumulative
  FROM tables
)
SELECT
  table_name,
  operations,
  pending,
  running,
  paused,
  completed,
  failed,
  skipped,
  CASE WHEN is_cumulative THEN records_largest ELSE records_summed END AS records_processed,
  total_records,
  round(
    CASE WHEN is_cumulative THEN records_largest ELSE records_summed END * 100.0 / nullif(total_records, 0), 2
  ) AS completion_percentage,
  CASE WHEN is_cumulative THEN 'cumulative' ELSE 'per batch' END AS counting,
  started_at,
  CASE WHEN pending + running + paused = 0 THEN last_completed_at END AS completed_at,
  round(duration_seconds::numeric, 3) AS duration_seconds
FROM counted
ORDER BY table_name;
