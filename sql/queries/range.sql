-- Counts an id range, from its last id downwards. The totals are the sums of these counts.
-- It also returns the rows that are kept in addition to the sums (source/polling/samples.ts): all rows of a table that has few
-- of them, and the first rows of a larger one, in order of start. They show how the table counts.
-- $1 bigint  the first id     $2 bigint  the last     $3 int  maximum number of rows to count, null for all of them
-- $4 float8  also returns the records of batches that ended after this timestamp, $5 float8 and until this one,
-- $6 float8  by intervals of this many seconds, for the throughput line at start. Null for none.
-- $7 bigint  an advisory lock that one session of migtop holds while it counts this table: another one counts nothing and returns
-- that it is not its turn; null to count in any case     $8 boolean  whether to count the rows without an id too
-- $9 int  returns the digests of source queries that have none of these bits: several rows with one digest may be attempts of one
-- work (source/polling/range-keys.ts)     $10 int[]  digests that rows in other id ranges have too: returns the rows that have one
-- $11 text[]  `phase table` of those that have more rows in other ranges: treated as large     $12 text[]  `phase table class` of those
-- of which the first completed rows are known, and start at $13 float8 at the latest: others are not returned (known-evidence.ts)
WITH
-- include fragments/turn.sql
,
-- include fragments/given-up-rows.sql
,
-- include fragments/given-up.sql
,
-- Each row with what the rest needs, computed once. `class`: 60 bits of a digest of phase and table, then a bit for rows with
-- records, one for completed ones of these, for a total of at most a batch, and for any total. Texts are last: what is before
-- them is read faster.
counted AS MATERIALIZED (
  SELECT id, digest,
    (coalesce(pg_catalog.hashtextextended(table_name, coalesce(pg_catalog.hashtextextended(phase, 1), 2)),
        coalesce(pg_catalog.hashtextextended(phase, 3), 4)) OPERATOR(pg_catalog.<<) 4)
      OPERATOR(pg_catalog.|) (CASE WHEN records_processed OPERATOR(pg_catalog.>) 0
        THEN CASE WHEN status OPERATOR(pg_catalog.=) 'completed' THEN 12 ELSE 8 END
          OPERATOR(pg_catalog.+) CASE WHEN total_records OPERATOR(pg_catalog.>) 0
            THEN CASE WHEN total_records OPERATOR(pg_catalog.<=) batch_size THEN 3 ELSE 1 END ELSE 0 END
        ELSE 0 END)::bigint AS class,
    CASE WHEN pg_catalog.isfinite(started_at) THEN started_at::timestamp
      WHEN status OPERATOR(pg_catalog.=) 'completed' AND pg_catalog.isfinite(completed_at) THEN completed_at::timestamp
      ELSE '-infinity' END AS place,
    -- include fragments/row-span.sql
    AS span,
    digest OPERATOR(pg_catalog.=) ANY (SELECT digest FROM given_up) AS is_like_given_up,
    CASE WHEN digest OPERATOR(pg_catalog.=) ANY (SELECT digest FROM given_up) THEN
      -- include fragments/named-retry.sql
    END AS is_retry,
    CASE WHEN EXISTS (SELECT FROM given_up) THEN
      status OPERATOR(pg_catalog.=) 'failed' AND (SELECT failed FROM few)
      OR status OPERATOR(pg_catalog.=) 'skipped' AND started_at IS NOT NULL AND (SELECT skipped FROM few)
      OR (validation_query COLLATE pg_catalog."C") OPERATOR(pg_catalog.~~) '%*/'
        AND pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */'
        AND validation_query OPERATOR(pg_catalog.~) '/[*] migtop run=[^*]* repeats=' END AS is_attempt,
    records_processed, total_records, batch_size, started_at, completed_at, status, phase, table_name
  FROM (
    SELECT id, phase, table_name, operation, status, records_processed, total_records, batch_size, started_at, completed_at,
      source_query, validation_query,
      -- include fragments/query-digest.sql
      AS digest
    FROM migration_control
    WHERE (SELECT is_mine FROM turn)
      AND (id OPERATOR(pg_catalog.>=) $1::bigint AND id OPERATOR(pg_catalog.<=) $2::bigint OR $8::boolean AND id IS NULL)
    ORDER BY id DESC
    -- Also keeps PostgreSQL from computing the digest for each of its uses.
    LIMIT $3::int
  ) rows
),
-- The sums of the rows that are alike, which are few groups: the conditions of the many sums that are sent are checked for a group,
-- not for each row.
parts AS MATERIALIZED (
  SELECT phase, table_name, status, batch_size, shape, pg_catalog.min(class) AS class,
    -- include fragments/part-sums.sql
    ,
    pg_catalog.bool_or(is_attempt OR is_like_given_up) AS has_attempts,
    pg_catalog.sum(CASE WHEN span OPERATOR(pg_catalog.>) 0 AND span OPERATOR(pg_catalog.<) 3
      THEN (pg_catalog.date_part('epoch', completed_at::timestamp OPERATOR(pg_catalog.-) started_at::timestamp)
        OPERATOR(pg_catalog.*) 1000000)::bigint END) AS micros
  FROM (
    SELECT *,
      -- include fragments/row-shape.sql
      OPERATOR(pg_catalog.+) (span OPERATOR(pg_catalog.*) 512) AS shape
    FROM counted
  ) shaped
  GROUP BY phase, table_name, status, batch_size, shape
),
rows_alike AS (
  SELECT *, class OPERATOR(pg_catalog.>>) 4 AS number,
    -- include fragments/alike-flags.sql
  FROM parts
),
names AS MATERIALIZED (
  SELECT number, phase, table_name, pg_catalog.sum(operations)
    OPERATOR(pg_catalog.+) CASE WHEN (phase OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) table_name)
      OPERATOR(pg_catalog.=) ANY ($11::pg_catalog.text[]) THEN 48 ELSE 0 END AS operations
  FROM rows_alike
  GROUP BY number, phase, table_name
),
-- How many rows of a phase and table have the same query. A query that more than 16 rows have belongs to several works.
digests AS MATERIALIZED (
  SELECT number, digest, pg_catalog.count(*) AS rows
  FROM (SELECT class OPERATOR(pg_catalog.>>) 4 AS number, digest FROM counted WHERE digest IS NOT NULL) digested
  GROUP BY number, digest
  HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>=) 2 OR (digest OPERATOR(pg_catalog.&) $9::int) OPERATOR(pg_catalog.=) 0
    OR digest OPERATOR(pg_catalog.=) ANY (SELECT pg_catalog.unnest($10::int[]))
),
shared AS MATERIALIZED (
  SELECT number, number OPERATOR(pg_catalog.#) digest AS key, rows
  FROM digests
  WHERE rows OPERATOR(pg_catalog.<=) 16
    AND (rows OPERATOR(pg_catalog.>=) 2 OR digest OPERATOR(pg_catalog.=) ANY (SELECT pg_catalog.unnest($10::int[])))
),
-- The first start of each of 17 parts of a class: at least eight rows are not after the eighth of these.
firsts AS MATERIALIZED (
  SELECT class, pg_catalog.min(place) AS place
  FROM counted
  GROUP BY class, pg_catalog.mod(id::bigint, 17)
),
bounds AS MATERIALIZED (
  SELECT class, operations, LEAST(CASE WHEN operations OPERATOR(pg_catalog.>) 48
        AND (class OPERATOR(pg_catalog.&) 4) OPERATOR(pg_catalog.>) 0
      THEN coalesce((pg_catalog.array_agg(place ORDER BY place))[8], 'infinity') ELSE 'infinity' END,
    CASE WHEN (phase OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) table_name OPERATOR(pg_catalog.||) ' '
        OPERATOR(pg_catalog.||) (class OPERATOR(pg_catalog.&) 15)::pg_catalog.text)
        OPERATOR(pg_catalog.=) ANY ($12::pg_catalog.text[])
      THEN timestamp 'epoch' OPERATOR(pg_catalog.+) ($13::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second')
      ELSE 'infinity' END) AS place
  FROM firsts
  JOIN (SELECT number, phase, table_name, operations FROM names) names
    ON names.number OPERATOR(pg_catalog.=) (class OPERATOR(pg_catalog.>>) 4)
  GROUP BY class, operations, phase, table_name
  HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0
),
-- Joined before they are sorted: PostgreSQL 18 would compare each row with each class to save a sort.
early AS MATERIALIZED (
  SELECT id, phase, table_name, status, counted.class, counted.place, operations
  FROM counted
  JOIN bounds ON bounds.class OPERATOR(pg_catalog.=) counted.class
  WHERE counted.place OPERATOR(pg_catalog.<=) bounds.place
    AND (operations OPERATOR(pg_catalog.<=) 48 OR (counted.class OPERATOR(pg_catalog.&) 8) OPERATOR(pg_catalog.>) 0)
),
evidence AS MATERIALIZED (
  SELECT id, phase, table_name, status
  FROM (
    SELECT id, phase, table_name, status, class, operations,
      pg_catalog.row_number() OVER (PARTITION BY class ORDER BY place, id) AS nth
    FROM early
  ) ordered
  WHERE nth OPERATOR(pg_catalog.<=) CASE WHEN operations OPERATOR(pg_catalog.>) 48
    AND (class OPERATOR(pg_catalog.&) 4) OPERATOR(pg_catalog.>) 0 THEN 8 ELSE 256 END
),
-- Rows that may be attempts at the work of others: 1 given up, or marked as a repetition; 2 with the query of one of these; 3 with
-- the query of others; 4 with the query of one of these, and named as a retry.
alike AS MATERIALIZED (
  SELECT * FROM (
    SELECT id, phase, table_name, status, digest, class OPERATOR(pg_catalog.>>) 4 AS number,
      CASE WHEN is_attempt THEN 1
        WHEN is_retry THEN 4
        WHEN is_like_given_up THEN 2
        WHEN ((class OPERATOR(pg_catalog.>>) 4) OPERATOR(pg_catalog.#) digest)
          OPERATOR(pg_catalog.=) ANY (SELECT key FROM shared) THEN 3 END AS reason
    FROM counted
    -- Mostly there are none, and then the rows are not read again.
    WHERE EXISTS (SELECT FROM shared) OR EXISTS (SELECT FROM parts WHERE has_attempts)
  ) reasoned
  WHERE reason IS NOT NULL
),
attempts AS MATERIALIZED (
  SELECT id, phase, table_name, status
  FROM (
    SELECT id, phase, table_name, status, reason, pg_catalog.row_number() OVER (
      PARTITION BY number, reason, CASE WHEN reason OPERATOR(pg_catalog.=) 2 THEN digest END,
        reason OPERATOR(pg_catalog.=) 2 AND status OPERATOR(pg_catalog.=) 'completed'
      ORDER BY CASE WHEN reason OPERATOR(pg_catalog.<>) 3 THEN id END DESC) AS nth
    FROM alike
  ) repetitions
  WHERE reason OPERATOR(pg_catalog.=) 1
    OR nth OPERATOR(pg_catalog.<=) CASE WHEN reason OPERATOR(pg_catalog.=) 2 THEN 17 ELSE 4000 END
),
kept AS (
  SELECT 'evidence' AS kind, id, phase, table_name, status FROM evidence
  UNION ALL
  SELECT 'attempt', id, phase, table_name, status FROM attempts
)
SELECT 'turn' AS kind, pg_catalog.json_build_array(is_mine, sessions) AS body
FROM turn
UNION ALL
-- include fragments/alike-counts.sql
UNION ALL
-- include fragments/kept-rows.sql
UNION ALL
-- The digests that one row has, four bytes each; those of several rows with their number; and whether rows were left out.
SELECT 'keys', pg_catalog.json_build_array(pg_catalog.left(phase, 200), pg_catalog.left(table_name, 200), single, several,
    coalesce(left_out, false))
FROM (
  SELECT number,
    pg_catalog.encode(pg_catalog.string_agg(pg_catalog.int4send(digest), ''::pg_catalog.bytea)
      FILTER (WHERE rows OPERATOR(pg_catalog.=) 1), 'base64') AS single,
    pg_catalog.json_agg(pg_catalog.json_build_array(digest, least(rows, 17)))
      FILTER (WHERE rows OPERATOR(pg_catalog.>) 1) AS several
  FROM digests
  WHERE (digest OPERATOR(pg_catalog.&) $9::int) OPERATOR(pg_catalog.=) 0
  GROUP BY number
) keyed
JOIN (SELECT number, phase, table_name FROM names) names ON names.number OPERATOR(pg_catalog.=) keyed.number
LEFT JOIN (
  SELECT number, pg_catalog.sum(rows) OPERATOR(pg_catalog.>) 4000 AS left_out FROM shared GROUP BY number
) shares ON shares.number OPERATOR(pg_catalog.=) keyed.number
UNION ALL
-- include fragments/alike-batches.sql
UNION ALL
SELECT 'span', pg_catalog.json_build_array(table_name, from_timestamp, to_timestamp,
  pg_catalog.sum(records_processed::pg_catalog.float8))
FROM (
  SELECT pg_catalog.left(table_name, 200) AS table_name, records_processed,
    -- include fragments/span-timestamps.sql
  FROM counted
  WHERE (SELECT pg_catalog.max(completed_at::timestamp) FROM parts) OPERATOR(pg_catalog.>) (timestamp 'epoch'
      OPERATOR(pg_catalog.+) ($4::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))
    AND
    -- include fragments/span-rows.sql
) batches
GROUP BY table_name, from_timestamp, to_timestamp
