-- The rows after retries.sql and their triggers, in the same transaction.
-- $1 bigint[] ids of the operations that were to be retried      $2 text[]   the statuses that they had
-- Returns a row for each retry that a trigger altered: `of_new` if it is the new operation that is no longer pending, else the
-- retried one has another status; `status` is null if the row is gone. confirm.sql then rolls the transaction back. The last row has no
-- number, as in after-transitions.sql.
WITH asked AS (
  SELECT *
  FROM ROWS FROM (pg_catalog.unnest($1::bigint[]), pg_catalog.unnest($2::pg_catalog.text[]))
    WITH ORDINALITY AS asked (id, from_status, number)
),
added AS (
  SELECT pg_catalog.split_part(pair, ' ', 1)::bigint AS number, pg_catalog.split_part(pair, ' ', 2)::bigint AS new_id
  FROM pg_catalog.unnest(pg_catalog.string_to_array(pg_catalog.current_setting('migtop.added', true), ',')) AS pair
),
wanted AS (
  SELECT number, true AS of_new, new_id AS id, 'pending' AS status FROM added
  UNION ALL
  SELECT added.number, false, asked.id, asked.from_status
  FROM added JOIN asked ON asked.number OPERATOR(pg_catalog.=) added.number
),
kept AS (
  SELECT wanted.number, wanted.of_new, seen.status
  FROM wanted
  LEFT JOIN (
    SELECT id, pg_catalog.left(status, 200) AS status
    FROM migration_control
    WHERE id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT wanted.id FROM wanted))
  ) AS seen ON seen.id OPERATOR(pg_catalog.=) wanted.id
  WHERE seen.status IS NULL OR seen.status OPERATOR(pg_catalog.<>) wanted.status
)
SELECT number::pg_catalog.int4 AS number, of_new, status, NULL::pg_catalog.text AS transaction, NULL::pg_catalog.text AS padding
FROM kept
UNION ALL
SELECT NULL, NULL, NULL, pg_catalog.txid_current()::pg_catalog.text,
  pg_catalog.concat(pg_catalog.repeat(' ', 8192), pg_catalog.set_config('migtop.kept',
    CASE WHEN EXISTS (SELECT FROM kept) THEN 'on' ELSE 'off' END, true))
