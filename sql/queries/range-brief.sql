-- Counts an id range, from its last id downwards, as range.sql does, with less than half of the server's time: without the digests of
-- source queries, and with one row of each kind instead of the first ones. The sums are the same. The first count of a large
-- table uses it, and counts the id ranges again of which it needs more (source/polling/brief-counts.ts).
-- $1 bigint  the first id     $2 bigint  the last     $3 int  maximum number of rows to count, null for all of them
-- $4 float8  also returns the records of batches that ended after this timestamp, $5 float8 and until this one,
-- $6 float8  by intervals of this many seconds, for the throughput line at start. Null for none.
-- $7 bigint  an advisory lock, as of range.sql
WITH
-- include fragments/turn.sql
,
-- include fragments/given-up-rows.sql
,
-- include fragments/repeated.sql
,
-- The sums of the rows that are alike. `attempts`: the ids of rows that may be attempts at the work of others: given up, marked as a
-- repetition, with the digest of a source range of one that was given up, or with that of another query of these and the name of a
-- retry. `first_like` and `last_like`: of the other rows with such a query, two ids, which show that several rows have it.
parts AS MATERIALIZED (
  SELECT phase, table_name, status, batch_size, shape,
    -- include fragments/part-sums.sql
    ,
    -- The days of an interval have 24 hours here: it is the difference of two timestamps without a zone.
    (pg_catalog.date_part('epoch', pg_catalog.sum(CASE WHEN span OPERATOR(pg_catalog.>) 0 AND span OPERATOR(pg_catalog.<) 3
      THEN completed_at::timestamp OPERATOR(pg_catalog.-) started_at::timestamp END)) OPERATOR(pg_catalog.*) 1000000)::bigint
      AS micros,
    pg_catalog.array_agg(id) FILTER (WHERE is_attempt) AS attempts,
    pg_catalog.min(id) FILTER (WHERE is_like AND is_attempt IS NOT TRUE) AS first_like,
    pg_catalog.max(id) FILTER (WHERE is_like AND is_attempt IS NOT TRUE) AS last_like
  FROM (
    SELECT *,
      -- include fragments/row-shape.sql
      OPERATOR(pg_catalog.+) (span OPERATOR(pg_catalog.*) 512) AS shape
    FROM (
      SELECT id, phase, table_name, status, batch_size, records_processed, total_records, started_at, completed_at,
        -- include fragments/row-span.sql
        AS span,
        CASE WHEN EXISTS (SELECT FROM given_up) THEN
          status OPERATOR(pg_catalog.=) 'failed' AND (SELECT failed FROM few)
          OR status OPERATOR(pg_catalog.=) 'skipped' AND started_at IS NOT NULL AND (SELECT skipped FROM few)
          OR (validation_query COLLATE pg_catalog."C") OPERATOR(pg_catalog.~~) '%*/'
            AND pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */'
            AND validation_query OPERATOR(pg_catalog.~) '/[*] migtop run=[^*]* repeats='
          OR
          -- include fragments/query-digest.sql
          OPERATOR(pg_catalog.=) ANY (SELECT digest FROM repeated WHERE is_ranged)
          OR EXISTS (SELECT FROM repeated WHERE NOT is_ranged) AND
          -- include fragments/query-digest.sql
          OPERATOR(pg_catalog.=) ANY (SELECT digest FROM repeated WHERE NOT is_ranged) AND
          -- include fragments/named-retry.sql
        END AS is_attempt,
        CASE WHEN EXISTS (SELECT FROM repeated WHERE NOT is_ranged) THEN
          -- include fragments/query-digest.sql
          OPERATOR(pg_catalog.=) ANY (SELECT digest FROM repeated WHERE NOT is_ranged) END AS is_like
      FROM migration_control
      WHERE (SELECT is_mine FROM turn) AND id OPERATOR(pg_catalog.>=) $1::bigint AND id OPERATOR(pg_catalog.<=) $2::bigint
      ORDER BY id DESC
      -- Also keeps PostgreSQL from computing the span for each of its uses.
      LIMIT $3::int
    ) counted
  ) shaped
  GROUP BY phase, table_name, status, batch_size, shape
),
rows_alike AS (
  SELECT *,
    -- include fragments/alike-flags.sql
  FROM parts
),
-- include fragments/brief-kept.sql
SELECT 'turn' AS kind, pg_catalog.json_build_array(is_mine, sessions) AS body
FROM turn
UNION ALL
-- include fragments/brief-rows.sql
UNION ALL
SELECT 'span', pg_catalog.json_build_array(table_name, from_timestamp, to_timestamp,
  pg_catalog.sum(records_processed::pg_catalog.float8))
FROM (
  SELECT pg_catalog.left(table_name, 200) AS table_name, records_processed,
    -- include fragments/span-timestamps.sql
  FROM (
    SELECT phase, table_name, records_processed, started_at, completed_at
    FROM migration_control
    WHERE (SELECT pg_catalog.max(completed_at::timestamp) FROM parts) OPERATOR(pg_catalog.>) (timestamp 'epoch'
        OPERATOR(pg_catalog.+) ($4::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))
      AND id OPERATOR(pg_catalog.>=) (SELECT pg_catalog.min(lowest_id) FROM parts) AND id OPERATOR(pg_catalog.<=) $2::bigint
    -- Without statistics, PostgreSQL would read all rows of the phase by its index.
    OFFSET 0
  ) rows
  WHERE
    -- include fragments/span-rows.sql
) batches
GROUP BY table_name, from_timestamp, to_timestamp
