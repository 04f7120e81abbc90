-- Error analysis: all failed operations, newest first.
--
-- Reads the first migration_control on the search path. For another table, put its schema before each migration_control. All
-- other names are qualified, so that no function or operator of another role on the search path is called.
--
-- To read the operations of one run only, as with migtop --since, set a timestamp or the first id before:
--   SET migtop.since = '2026-11-25 22:00';     for all operations again:     RESET migtop.since;
--
-- Corrections to the specification's query:
-- * Failures are ordered by their end, or by their start if they have no end. Those with neither come last: NULL sorts first
--   in descending order, which hid the newest failures.
-- * The id is shown, because a retry needs it. It also breaks ties, so that the order is stable.

WITH since AS (
  SELECT
    at,
    coalesce(
      id,
      (SELECT pg_catalog.min(started.id OPERATOR(pg_catalog.+) 0) FROM migration_control AS started
        WHERE at IS NOT NULL AND started.started_at OPERATOR(pg_catalog.>=) at),
      (SELECT pg_catalog.max(before.id) OPERATOR(pg_catalog.+) 1 FROM (
        SELECT earlier.id FROM migration_control AS earlier
        WHERE at IS NOT NULL AND earlier.started_at OPERATOR(pg_catalog.<) at
        ORDER BY earlier.started_at DESC LIMIT 1000) AS before)
    ) AS first_id
  FROM (
    SELECT
      CASE WHEN given OPERATOR(pg_catalog.~) '^[0-9]{1,18}$' THEN given::bigint END AS id,
      CASE WHEN given OPERATOR(pg_catalog.!~) '^[0-9]{1,18}$' THEN given::timestamp END AS at
    FROM (
      SELECT CASE WHEN pg_catalog.current_setting('migtop.since', true) OPERATOR(pg_catalog.<>) ''
        THEN pg_catalog.current_setting('migtop.since', true) END AS given
    ) AS setting
  ) AS asked
)
SELECT
  migration_control.id,
  phase,
  table_name,
  operation,
  error_message,
  started_at,
  records_processed,
  total_records,
  worker_id
FROM migration_control
CROSS JOIN since
WHERE status OPERATOR(pg_catalog.=) 'failed'
  AND (since.first_id IS NULL OR migration_control.id OPERATOR(pg_catalog.>=) since.first_id)
  AND (since.at IS NULL OR started_at IS NULL OR started_at OPERATOR(pg_catalog.>=) since.at)
ORDER BY coalesce(
    CASE WHEN pg_catalog.isfinite(completed_at) THEN completed_at END,
    CASE WHEN pg_catalog.isfinite(started_at) THEN started_at END
  ) DESC NULLS LAST, migration_control.id DESC;
