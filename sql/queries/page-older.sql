-- Operations from an id downwards, newest first. They are found by the primary key: the last page takes no longer than the first.
-- The condition of a filter, with its parameters, replaces the one marked as filter (source/database/filter-sql.ts).
-- $1 bigint  the highest id to read
-- $2 int     maximum number of rows
SELECT 'operation' AS kind,
  -- include fragments/operation-fields.sql
  AS body
FROM (
  SELECT
    -- include fragments/operation-columns.sql
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.<=) $1::bigint
    AND true /* filter */
  ORDER BY id DESC
  LIMIT $2::int
) AS operations
ORDER BY id DESC
