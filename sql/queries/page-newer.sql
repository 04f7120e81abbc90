-- Operations above an id, oldest first. They are found by the primary key.
-- The condition of a filter, with its parameters, replaces the one marked as filter (source/database/filter-sql.ts).
-- $1 bigint  only ids above this one
-- $2 int     maximum number of rows
SELECT 'operation' AS kind,
  -- include fragments/operation-fields.sql
  AS body
FROM (
  SELECT
    -- include fragments/operation-columns.sql
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.>) $1::bigint
    AND true /* filter */
  ORDER BY id ASC
  LIMIT $2::int
) AS operations
ORDER BY id ASC
