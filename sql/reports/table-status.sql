-- Table-level migration status: one row a table, of its execution phase only.
--
-- Of the first migration_control on the search path; for another one put its schema before the name in FROM. All else is
-- written in full, so that nothing is called that another role has made in a schema of the search path.
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
    pg_catalog.count(*) AS operations,
    pg_catalog.count(*) FILTER (WHERE status OPERATOR(pg_catalog.=) 'pending') AS pending,
    pg_catalog.count(*) FILTER (WHERE status OPERATOR(pg_catalog.=) 'running') AS running,
    pg_catalog.count(*) FILTER (WHERE status OPERATOR(pg_catalog.=) 'paused') AS paused,
    pg_catalog.count(*) FILTER (WHERE status OPERATOR(pg_catalog.=) 'completed') AS completed,
    pg_catalog.count(*) FILTER (WHERE status OPERATOR(pg_catalog.=) 'failed') AS failed,
    pg_catalog.count(*) FILTER (WHERE status OPERATOR(pg_catalog.=) 'skipped') AS skipped,
    coalesce(pg_catalog.sum(records_processed), 0) AS records_summed,
    pg_catalog.max(records_processed)::bigint AS records_largest,
    pg_catalog.max(total_records) AS total_records,
    pg_catalog.max(batch_size) AS largest_batch,
    pg_catalog.min(started_at) AS started_at,
    pg_catalog.max(completed_at) AS last_completed_at,
    pg_catalog.max(
      CASE
        WHEN pg_catalog.isfinite(started_at) AND pg_catalog.isfinite(completed_at)
          AND completed_at OPERATOR(pg_catalog.>=) started_at
        THEN pg_catalog.date_part('epoch', completed_at::timestamp)
          OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', started_at::timestamp)
      END
    ) AS duration_seconds
  FROM migration_control
  WHERE phase OPERATOR(pg_catalog.=) 'execution'
  GROUP BY table_name
),
counted AS (
  SELECT
    *,
    -- False, not unknown, for a table without any total.
    coalesce(
      records_summed OPERATOR(pg_catalog.>) total_records
        AND records_largest OPERATOR(pg_catalog.<=) total_records
        AND NOT coalesce(records_largest OPERATOR(pg_catalog.<=) largest_batch
          AND largest_batch OPERATOR(pg_catalog.<) total_records, false),
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
  pg_catalog.round(
    CASE WHEN is_cumulative THEN records_largest
      ELSE records_summed END OPERATOR(pg_catalog.*) 100.0 OPERATOR(pg_catalog./) CASE WHEN total_records
        OPERATOR(pg_catalog.<>) 0 THEN total_records END, 2
  ) AS completion_percentage,
  CASE WHEN is_cumulative THEN 'cumulative' ELSE 'per batch' END AS counting,
  started_at,
  CASE WHEN pending OPERATOR(pg_catalog.+) running OPERATOR(pg_catalog.+) paused OPERATOR(pg_catalog.=) 0
    THEN last_completed_at END AS completed_at,
  pg_catalog.round(duration_seconds::numeric, 3) AS duration_seconds
FROM counted
ORDER BY table_name;
