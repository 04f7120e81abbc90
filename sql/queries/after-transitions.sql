-- The rows of operations after transitions.sql and its triggers, in the same transaction.
-- $1 bigint[] ids                            $2 text[]   the statuses that the transitions set
-- $3 text[]   their digests of phase, table and operation, null for any operation with the id
-- Returns a row for each change that a trigger dropped, or replaced by another status: confirm.sql then rolls the transaction
-- back. The last row has no number: `transaction` is the number of this transaction, and the padding makes PostgreSQL send all
-- of this before the commit (lock.sql).
WITH asked AS (
  SELECT *
  FROM ROWS FROM (
    pg_catalog.unnest($1::bigint[]), pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.text[])
  ) WITH ORDINALITY AS asked (id, to_status, identity, number)
),
seen AS (
  SELECT id, pg_catalog.left(status, 200) AS status,
    -- include fragments/identity.sql
    AS identity
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
),
kept AS (
  SELECT asked.number, (
      SELECT pg_catalog.min(seen.status) FROM seen
      WHERE seen.id OPERATOR(pg_catalog.=) asked.id
        AND (asked.identity IS NULL OR seen.identity OPERATOR(pg_catalog.=) asked.identity)
    ) AS status
  FROM asked
  WHERE number OPERATOR(pg_catalog.=) ANY (
      pg_catalog.string_to_array(pg_catalog.current_setting('migtop.dropped', true), ',')::bigint[])
    OR number OPERATOR(pg_catalog.=) ANY (
        pg_catalog.string_to_array(pg_catalog.current_setting('migtop.applied', true), ',')::bigint[])
      AND NOT EXISTS (
        SELECT FROM seen
        WHERE seen.id OPERATOR(pg_catalog.=) asked.id
          AND (asked.identity IS NULL OR seen.identity OPERATOR(pg_catalog.=) asked.identity)
          AND seen.status OPERATOR(pg_catalog.=) asked.to_status)
)
SELECT number::pg_catalog.int4 AS number, status, NULL::pg_catalog.text AS transaction, NULL::pg_catalog.text AS padding
FROM kept
UNION ALL
SELECT NULL, NULL, pg_catalog.txid_current()::pg_catalog.text,
  pg_catalog.concat(pg_catalog.repeat(' ', 8192), pg_catalog.set_config('migtop.kept',
    CASE WHEN EXISTS (SELECT FROM kept) THEN 'on' ELSE 'off' END, true))
