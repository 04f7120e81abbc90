-- Locks the row of an operation, so that the statement after it in the same transaction sees its newest version.
-- $1 bigint  id
-- $2 text    its digest of phase, table and operation (fragments/identity.sql), null for any operation with this id
-- Returns the number of rows, the row's status and version, and the number of this transaction, by which settle.sql later finds
-- out whether it was committed. PostgreSQL sends answers in blocks of 8 kB: the padding makes it send that number before the
-- commit.
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
