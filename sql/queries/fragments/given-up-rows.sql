-- The operations that were given up, in the whole table, and their source ranges: another row with the same range is an attempt
-- at the same work (source/polling/attempts.ts). Maximum 5000 per status.
failed AS MATERIALIZED (
  SELECT
    -- include compared-query.sql
    AS query,
    -- include query-digest.sql
    AS digest
  FROM migration_control
  WHERE status OPERATOR(pg_catalog.=) 'failed'
  LIMIT 5001
),
skipped AS MATERIALIZED (
  SELECT
    -- include compared-query.sql
    AS query,
    -- include query-digest.sql
    AS digest,
    started_at
  FROM migration_control
  WHERE status OPERATOR(pg_catalog.=) 'skipped'
  LIMIT 5001
)
