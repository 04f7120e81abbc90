-- Counts the ids from one to another in brief, as range-brief.sql counts an id range, in one parallel scan: the sums of each block of ids, in
-- one snapshot. The first count of a large table by `migtop status` uses it (source/polling/table-scan.ts).
-- $1 int  a block has 2 to the power of this many ids     $8 bigint  the first id     $2 bigint  the last id
-- $3 boolean  whether any operation was given up, and the digests of their source queries (given-up.sql): $7 int[]  those with a range,
-- $9 int[]  the others, as constants: each parallel process looks them up in a hash table     $4 float8, $5 float8, $6 float8  as of range-brief.sql
WITH
-- include fragments/given-up-rows.sql
,
-- include fragments/repeated.sql
,
-- The sums of rows with the same counters, which are few groups where batches are alike: there is nothing to add up but the times.
-- `attempt`: the id of a row that may be an attempt at the work of others; `first_like` and `last_like`: as in range-brief.sql. `times`:
-- the span, and 4 for a start and an end.
parts AS MATERIALIZED (
  SELECT block, phase, table_name, status, batch_size, records_processed, total_records, times, attempt,
    pg_catalog.count(*) AS operations,
    pg_catalog.min(id) AS lowest_id,
    pg_catalog.min(like_id) AS first_like,
    pg_catalog.max(like_id) AS last_like,
    pg_catalog.min(started_at) FILTER (WHERE pg_catalog.isfinite(started_at)) AS started_at,
    pg_catalog.max(completed_at) FILTER (WHERE pg_catalog.isfinite(completed_at)) AS completed_at,
    pg_catalog.sum(CASE WHEN times OPERATOR(pg_catalog.=) 5 OR times OPERATOR(pg_catalog.=) 6
      THEN completed_at::timestamp OPERATOR(pg_catalog.-) started_at::timestamp END) AS duration,
    pg_catalog.sum(CASE WHEN times OPERATOR(pg_catalog.>) 5 THEN pg_catalog.floor(
        (pg_catalog.date_part('epoch', completed_at::timestamp)
          OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', started_at::timestamp))
        OPERATOR(pg_catalog.*) 1000000 OPERATOR(pg_catalog.+) 0.5) END) AS far_micros
  FROM (
    -- PostgreSQL does not flatten a query that has a WITH, and so computes each of these once; after OFFSET 0 it would not add up
    -- rows in parallel.
    WITH apart AS (SELECT)
    SELECT id, id::bigint OPERATOR(pg_catalog.>>) $1::int AS block, phase, table_name, status, batch_size, records_processed,
      total_records, started_at, completed_at,
      CASE WHEN completed_at OPERATOR(pg_catalog.>) started_at
          AND started_at::timestamp OPERATOR(pg_catalog.>=) timestamp '2010-01-01'
          AND completed_at::timestamp OPERATOR(pg_catalog.<) timestamp '2038-01-01' THEN 5
        ELSE CASE WHEN started_at IS NOT NULL AND completed_at IS NOT NULL THEN 4 ELSE 0 END OPERATOR(pg_catalog.+)
          -- include fragments/row-span.sql
        END AS times,
      CASE WHEN $3::boolean AND (status OPERATOR(pg_catalog.<>) 'completed' AND (status OPERATOR(pg_catalog.=) 'failed'
            OR status OPERATOR(pg_catalog.=) 'skipped' AND started_at IS NOT NULL)
          OR (validation_query COLLATE pg_catalog."C") OPERATOR(pg_catalog.~~) '%*/'
            AND pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */'
            AND validation_query OPERATOR(pg_catalog.~) '/[*] migtop run=[^*]* repeats='
          OR
          -- include fragments/query-digest.sql
          OPERATOR(pg_catalog.=) ANY ($7::int[])
          OR pg_catalog.cardinality($9::int[]) OPERATOR(pg_catalog.>) 0 AND
          -- include fragments/query-digest.sql
          OPERATOR(pg_catalog.=) ANY ($9::int[]) AND
          -- include fragments/named-retry.sql
        ) THEN id END AS attempt,
      CASE WHEN $3::boolean AND pg_catalog.cardinality($9::int[]) OPERATOR(pg_catalog.>) 0 AND
        -- include fragments/query-digest.sql
        OPERATOR(pg_catalog.=) ANY ($9::int[]) THEN id END AS like_id
    FROM migration_control
    WHERE id OPERATOR(pg_catalog.>=) $8::bigint AND id OPERATOR(pg_catalog.<=) $2::bigint
  ) rows
  GROUP BY block, phase, table_name, status, batch_size, records_processed, total_records, times, attempt
),
shaped AS MATERIALIZED (
  SELECT block, phase, table_name, status, batch_size, shape, pg_catalog.sum(operations)::bigint AS operations,
    pg_catalog.min(lowest_id) AS lowest_id,
    pg_catalog.sum(records_processed::numeric OPERATOR(pg_catalog.*) operations) AS records,
    pg_catalog.min(records_processed) AS lowest, pg_catalog.max(records_processed) AS highest,
    pg_catalog.sum(total_records::numeric OPERATOR(pg_catalog.*) operations) AS totals,
    pg_catalog.min(total_records) AS smallest_total, pg_catalog.max(total_records) AS largest_total,
    pg_catalog.min(started_at) AS started_at, pg_catalog.max(completed_at) AS completed_at,
    pg_catalog.sum(far_micros) AS far_micros,
    -- The days of an interval have 24 hours here: it is the difference of two timestamps without a zone.
    (pg_catalog.date_part('epoch', pg_catalog.sum(duration)) OPERATOR(pg_catalog.*) 1000000)::bigint AS micros,
    pg_catalog.array_agg(attempt) FILTER (WHERE attempt IS NOT NULL) AS attempts,
    pg_catalog.min(first_like) FILTER (WHERE attempt IS NULL) AS first_like,
    pg_catalog.max(last_like) FILTER (WHERE attempt IS NULL) AS last_like
  FROM (
    SELECT *,
      -- include fragments/row-counters.sql
      OPERATOR(pg_catalog.+) CASE WHEN times OPERATOR(pg_catalog.>=) 4 THEN 256 ELSE 0 END
      OPERATOR(pg_catalog.+) ((times OPERATOR(pg_catalog.&) 3) OPERATOR(pg_catalog.*) 512) AS shape
    FROM parts
  ) counters
  GROUP BY block, phase, table_name, status, batch_size, shape
)
SELECT 'given up' AS kind, pg_catalog.json_build_array(
    (SELECT pg_catalog.json_agg(DISTINCT digest) FROM repeated WHERE is_ranged),
    (SELECT pg_catalog.json_agg(DISTINCT digest) FROM repeated WHERE NOT is_ranged),
    EXISTS (SELECT FROM given_up),
    (SELECT failed AND skipped FROM few)) AS body
UNION ALL
-- Each block with the number of its groups, and the rows that range-brief.sql returns.
SELECT 'block', pg_catalog.json_build_array(block::pg_catalog.text,
  (SELECT pg_catalog.count(*) FROM parts WHERE parts.block OPERATOR(pg_catalog.=) blocks.block), (
    WITH rows_alike AS (
      SELECT *,
        -- include fragments/alike-flags.sql
      FROM shaped
      WHERE shaped.block OPERATOR(pg_catalog.=) blocks.block
    ),
    -- include fragments/brief-kept.sql
    ,
    counted AS (
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
          WHERE last_end OPERATOR(pg_catalog.>) (timestamp 'epoch'
              OPERATOR(pg_catalog.+) ($4::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))
            AND id OPERATOR(pg_catalog.>=) lowest AND id OPERATOR(pg_catalog.<=) LEAST($2::bigint,
              ((blocks.block OPERATOR(pg_catalog.+) 1) OPERATOR(pg_catalog.<<) $1::int) OPERATOR(pg_catalog.-) 1)
          OFFSET 0
        ) rows
        WHERE
          -- include fragments/span-rows.sql
      ) batches
      GROUP BY table_name, from_timestamp, to_timestamp
    )
    SELECT pg_catalog.json_agg(pg_catalog.json_build_array(kind, body)) FROM counted))
FROM (
  SELECT block, pg_catalog.min(lowest_id) AS lowest, pg_catalog.max(completed_at::timestamp) AS last_end
  FROM shaped
  GROUP BY block
) blocks
