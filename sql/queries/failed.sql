-- The failed operations in order of id, in pieces: polls list only the newest ones.
-- $1 bigint  reads the ids above this one     $2 int  maximum number of rows
SELECT 'failed' AS kind,
  -- include fragments/attempt-fields.sql
  AS body
FROM (
  SELECT
    -- include fragments/operation-columns.sql
  FROM migration_control
  WHERE status OPERATOR(pg_catalog.=) 'failed' AND id OPERATOR(pg_catalog.>) $1::bigint
  ORDER BY id
  LIMIT $2::int
) failures
ORDER BY id
