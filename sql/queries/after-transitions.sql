-- The rows of operations after transitions.sql, requeue.sql or batch-size.sql and their triggers, in the same transaction.
-- $1 bigint[] ids                            $2 text[]   the statuses that were set
-- $3 text[]   their digests of phase, table and operation, null for any operation with the id
-- $4 text[]   the worker or the batch size that was set, as JSON: {"worker_id": null}, null if neither was
-- Returns a row for each change that a trigger dropped, or replaced by another value: confirm.sql then rolls the transaction
-- back. The last row has no number: `transaction` is the number of this transaction, and the padding makes PostgreSQL send all
-- of this before the commit (lock.sql).
WITH asked AS (
  SELECT *
  FROM ROWS FROM (
    pg_catalog.unnest($1::bigint[]), pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.text[]),
    pg_catalog.unnest($4::pg_catalog.text[])
  ) WITH ORDINALITY AS asked (id, to_status, identity, wanted, number)
),
seen AS (
  SELECT id, pg_catalog.left(status, 200) AS status,
    pg_catalog.jsonb_build_object('worker_id', worker_id, 'batch_size', batch_size) AS columns,
    -- include fragments/identity.sql
    AS identity
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
),
changed AS (
  SELECT pg_catalog.unnest(
    pg_catalog.string_to_array(pg_catalog.current_setting('migtop.applied', true), ',')::bigint[]) AS number, false AS dropped
  UNION ALL
  SELECT pg_catalog.unnest(
    pg_catalog.string_to_array(pg_catalog.current_setting('migtop.dropped', true), ',')::bigint[]), true
),
compared AS (
  SELECT asked.number,
    pg_catalog.min(seen.status) AS status,
    coalesce(pg_catalog.bool_or(seen.status OPERATOR(pg_catalog.=) asked.to_status), false) AS has_status,
    coalesce(pg_catalog.bool_or(seen.status OPERATOR(pg_catalog.=) asked.to_status
      AND (asked.wanted IS NULL OR seen.columns OPERATOR(pg_catalog.@>) asked.wanted::pg_catalog.jsonb)), false) AS has_all
  FROM asked
  LEFT JOIN seen ON seen.id OPERATOR(pg_catalog.=) asked.id
    AND (asked.identity IS NULL OR seen.identity OPERATOR(pg_catalog.=) asked.identity)
  GROUP BY asked.number
),
kept AS (
  SELECT compared.number, compared.status, compared.has_status
  FROM changed JOIN compared ON compared.number OPERATOR(pg_catalog.=) changed.number
  WHERE changed.dropped OR NOT compared.has_all
)
SELECT number::pg_catalog.int4 AS number, status, has_status, NULL::pg_catalog.text AS transaction,
  NULL::pg_catalog.text AS padding
FROM kept
UNION ALL
SELECT NULL, NULL, NULL, pg_catalog.txid_current()::pg_catalog.text,
  pg_catalog.concat(pg_catalog.repeat(' ', 8192), pg_catalog.set_config('migtop.kept',
    CASE WHEN EXISTS (SELECT FROM kept) THEN 'on' ELSE 'off' END, true))
