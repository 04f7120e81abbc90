-- The rows that may be attempts of the same work as a failed one (source/polling/failure-lineage.ts).
-- $1 bigint[]  ids
SELECT 'attempt' AS kind,
  -- include fragments/attempt-fields.sql
  AS body
FROM (
  SELECT
    -- include fragments/operation-columns.sql
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
) rows
