-- Reads operations in order of id, the newest first, and returns those that may be attempts of the same work as a failed one: their
-- source query has the digest of a failed one's, or migtop/worker marked them as a repetition (skipped ones connect others). The
-- table is read once, in parts, if it has more failures than range.sql compares (source/polling/later-attempts.ts).
-- $1 bigint  the highest id to read      $2 int  how many operations to read
-- $3 text    the digests of the failed operations' source queries: each sets two of the bits, as base64
-- $4 int     the number of bits less one, a mask of up to 20 bits
WITH digests AS MATERIALIZED (
  SELECT pg_catalog.decode($3::pg_catalog.text, 'base64') AS bits
),
part AS MATERIALIZED (
  SELECT id, phase, table_name, operation, status,
    -- include fragments/query-digest.sql
    AS digest,
    CASE WHEN pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */'
      THEN pg_catalog."substring"(validation_query, '/[*] migtop run=[^*]* repeats=(-?[0-9]+)[^*]*[*]/$') END AS repeats
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.<=) $1::bigint
  ORDER BY id DESC
  LIMIT $2::int
),
-- Of a query that more rows of a part have, those that are named as retries, and the newest of the others: completed ones, skipped
-- ones and open ones.
alike AS (
  SELECT id, digest, repeats,
    (pg_catalog.row_number() OVER (PARTITION BY phase, table_name, digest, status OPERATOR(pg_catalog.=) 'completed',
          status OPERATOR(pg_catalog.=) 'skipped' ORDER BY id DESC) OPERATOR(pg_catalog.<=) 16
        OR
        -- include fragments/named-retry.sql
      )
      AND pg_catalog.get_bit((SELECT bits FROM digests), digest OPERATOR(pg_catalog.&) $4::int) OPERATOR(pg_catalog.=) 1
      AND pg_catalog.get_bit((SELECT bits FROM digests),
        (digest OPERATOR(pg_catalog.>>) 12) OPERATOR(pg_catalog.&) $4::int) OPERATOR(pg_catalog.=) 1 AS is_alike
  FROM part
  WHERE status OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'running', 'paused', 'completed', 'skipped'])
)
SELECT 'part' AS kind, pg_catalog.json_build_array(pg_catalog.min(id), pg_catalog.count(*)) AS body
FROM part
UNION ALL
SELECT 'found', pg_catalog.json_build_array(id, digest, repeats)
FROM alike
WHERE is_alike OR repeats IS NOT NULL
