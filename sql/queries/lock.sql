-- Locks the row of an operation, so that the statement after it in the same transaction sees its newest version.
-- $1 bigint  id
-- $2 text    what it must be: md5 of phase, table and operation as the polls read it, null for whatever has the id
-- Returns how many rows there are, what the row is, and the number of this transaction, which tells afterwards whether it was
-- committed. PostgreSQL sends its answer in pieces of 8 kB: the padding makes that number leave before the commit.
WITH locked AS (
  SELECT status, xmin::pg_catalog.text AS version
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) $1::bigint
    AND ($2::pg_catalog.text IS NULL
      OR
        -- include fragments/identity.sql
        OPERATOR(pg_catalog.=) $2::pg_catalog.text)
  FOR UPDATE
)
SELECT
  pg_catalog.count(*)::pg_catalog.int4 AS found,
  pg_catalog.left(pg_catalog.min(status), 200) AS status,
  pg_catalog.min(version) AS version,
  pg_catalog.txid_current()::pg_catalog.text AS transaction,
  pg_catalog.repeat(' ', 8192) AS padding
FROM locked
