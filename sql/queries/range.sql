-- Counts an id range, from its last id downwards. The totals are the sums of these counts.
-- It also returns the rows that are kept in addition to the sums (source/polling/samples.ts): all rows of a table that has few
-- of them, and the first rows of a larger one, in order of start. They show how the table counts.
-- $1 bigint  the first id     $2 bigint  the last     $3 int  maximum number of rows to count, null for all of them
-- $4 float8  also returns the records of batches that ended after this timestamp, $5 float8 and until this one,
-- $6 float8  by intervals of this many seconds, for the throughput line at start. Null for none.
-- $7 boolean  whether to count the rows without an id too
-- $8 int  returns the digests of source queries that have none of these bits: several rows with one digest may be attempts of one
-- work (source/polling/range-keys.ts)     $9 int[]  digests that rows in other id ranges have too: returns the rows that have one
-- $10 bigint  an advisory lock that one session of migtop holds while it counts this table: another one counts nothing and returns
-- that it is not its turn; null to count in any case
WITH turn AS MATERIALIZED (
  SELECT CASE WHEN $10::bigint IS NULL THEN true ELSE pg_catalog.pg_try_advisory_xact_lock($10::bigint) END AS is_mine,
    (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity
      WHERE application_name OPERATOR(pg_catalog.=) 'migtop'
        AND datname OPERATOR(pg_catalog.=) pg_catalog.current_database()) AS sessions
),
-- The operations that were given up, in the whole table, and their source ranges: another row with the same range is an attempt
-- at the same work (source/polling/attempts.ts). Maximum 5000 per status.
failed AS MATERIALIZED (
  SELECT pg_catalog.left(source_query, 400) AS query
  FROM migration_control
  WHERE status OPERATOR(pg_catalog.=) 'failed'
  LIMIT 5001
),
skipped AS MATERIALIZED (
  SELECT pg_catalog.left(source_query, 400) AS query, started_at
  FROM migration_control
  WHERE status OPERATOR(pg_catalog.=) 'skipped'
  LIMIT 5001
),
-- include fragments/repeated-ranges.sql
,
counted AS MATERIALIZED (
  SELECT id, phase, table_name, status, records_processed, total_records, batch_size, started_at, completed_at,
    (total_records OPERATOR(pg_catalog.>) 0 AND total_records OPERATOR(pg_catalog.<=) batch_size) IS TRUE AS is_side,
    pg_catalog.left(source_query, 400) OPERATOR(pg_catalog.=) ANY (SELECT query FROM repeated) AS is_repeated,
    CASE WHEN EXISTS (SELECT FROM given_up) THEN
      status OPERATOR(pg_catalog.=) 'failed' AND (SELECT failed FROM few)
      OR status OPERATOR(pg_catalog.=) 'skipped' AND started_at IS NOT NULL AND (SELECT skipped FROM few)
      OR pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */'
        AND validation_query OPERATOR(pg_catalog.~) '/[*] migtop run=[^*]* repeats=' END AS is_attempt,
    pg_catalog.hashtext(pg_catalog.left(source_query, 400)) AS digest
  FROM migration_control
  WHERE (SELECT is_mine FROM turn)
    AND (id OPERATOR(pg_catalog.>=) $1::bigint AND id OPERATOR(pg_catalog.<=) $2::bigint OR $7::boolean AND id IS NULL)
  ORDER BY id DESC
  LIMIT $3::int
),
-- A number for each phase and table: numbers are faster to sort and to group than texts.
sizes AS MATERIALIZED (
  SELECT phase, table_name, pg_catalog.count(*) AS operations, pg_catalog.row_number() OVER () AS number,
    phase OPERATOR(pg_catalog.=) 'execution' AS is_execution
  FROM counted
  GROUP BY phase, table_name
),
placed AS MATERIALIZED (
  SELECT id, status, records_processed, total_records, batch_size, started_at, completed_at, is_side,
    is_repeated, is_attempt, digest, number, operations, is_execution,
    CASE WHEN pg_catalog.isfinite(started_at) THEN started_at::timestamp
      WHEN pg_catalog.isfinite(completed_at) THEN completed_at::timestamp END AS place
  FROM counted
  -- Some tables allow NULL here.
  JOIN sizes ON coalesce(sizes.table_name, '') OPERATOR(pg_catalog.=) coalesce(counted.table_name, '')
    AND coalesce(sizes.phase, '') OPERATOR(pg_catalog.=) coalesce(counted.phase, '')
    AND (sizes.table_name IS NULL) OPERATOR(pg_catalog.=) (counted.table_name IS NULL)
    AND (sizes.phase IS NULL) OPERATOR(pg_catalog.=) (counted.phase IS NULL)
),
-- How many rows of a phase and table have the same query. A query that more than 16 rows have belongs to several works.
digests AS MATERIALIZED (
  SELECT number, digest, pg_catalog.count(*) AS rows
  FROM placed
  WHERE digest IS NOT NULL
  GROUP BY number, digest
),
shared AS MATERIALIZED (
  SELECT number, (number OPERATOR(pg_catalog.*) 4294967296) OPERATOR(pg_catalog.+) digest AS key, rows
  FROM digests
  WHERE rows OPERATOR(pg_catalog.<=) 16
    AND (rows OPERATOR(pg_catalog.>=) 2 OR digest OPERATOR(pg_catalog.=) ANY (SELECT pg_catalog.unnest($9::int[])))
),
chosen AS (
  SELECT 'evidence' AS kind, id, number, status FROM placed WHERE operations OPERATOR(pg_catalog.<=) 48
  UNION ALL
  SELECT 'evidence', id, number, status
  FROM (
    SELECT id, number, status, is_completed, pg_catalog.row_number() OVER (
        PARTITION BY number, is_completed, is_side, is_sized ORDER BY place NULLS FIRST, id) AS nth
    FROM (
      SELECT id, number, status, is_side, place, status OPERATOR(pg_catalog.=) 'completed' AS is_completed,
        (total_records OPERATOR(pg_catalog.>) 0) IS TRUE AS is_sized
      FROM placed
      WHERE operations OPERATOR(pg_catalog.>) 48 AND records_processed OPERATOR(pg_catalog.>) 0
    ) with_records
  ) ordered
  WHERE nth OPERATOR(pg_catalog.<=) CASE WHEN is_completed THEN 8 ELSE 256 END
  UNION ALL
  SELECT 'attempt', id, number, status FROM placed WHERE is_attempt
  UNION ALL
  SELECT 'attempt', id, number, status
  FROM (
    SELECT id, number, status, pg_catalog.row_number() OVER (PARTITION BY number, query) AS nth
    FROM (
      SELECT id, number, status, (SELECT pg_catalog.left(same.source_query, 400) FROM (SELECT id, source_query FROM migration_control) same
        WHERE same.id OPERATOR(pg_catalog.=) placed.id LIMIT 1) AS query
      FROM placed
      WHERE is_repeated AND is_attempt IS NOT TRUE
    ) queried
  ) repetitions
  WHERE nth OPERATOR(pg_catalog.<=) 17
  UNION ALL
  SELECT 'attempt', id, number, status
  FROM (
    SELECT id, number, status, pg_catalog.row_number() OVER (PARTITION BY number) AS nth
    FROM placed
    WHERE is_attempt IS NOT TRUE AND is_repeated IS NOT TRUE
      -- IS TRUE keeps the planner from making a join of it: it knows too little about these rows, and would compare each with each.
      AND (((number OPERATOR(pg_catalog.*) 4294967296) OPERATOR(pg_catalog.+) digest)
        OPERATOR(pg_catalog.=) ANY (SELECT key FROM shared)) IS TRUE
  ) repetitions
  WHERE nth OPERATOR(pg_catalog.<=) 4000
),
kept AS (
  SELECT kind, id, phase, table_name, status
  FROM chosen
  JOIN sizes ON sizes.number OPERATOR(pg_catalog.=) chosen.number
)
SELECT 'turn' AS kind, pg_catalog.json_build_array(is_mine, sessions) AS body
FROM turn
UNION ALL
SELECT 'count', pg_catalog.json_build_array(pg_catalog.left(phase, 200), pg_catalog.left(table_name, 200),
    pg_catalog.left(status, 200),
    -- include fragments/count-names.sql
    , lowest_id::pg_catalog.text)
FROM (
  SELECT number, status, is_side, pg_catalog.min(id) AS lowest_id,
    -- include fragments/count-columns.sql
  FROM (
    SELECT *,
      -- include fragments/row-evidence.sql
    FROM placed
  ) rows
  GROUP BY number, status, is_side
) figures
JOIN (SELECT number, phase, table_name FROM sizes) names ON names.number OPERATOR(pg_catalog.=) figures.number
UNION ALL
SELECT kind, pg_catalog.json_build_array(pg_catalog.left(kept.phase, 200), pg_catalog.left(kept.table_name, 200), kept.id,
    pg_catalog.left(kept.status, 200), records_processed, total_records, batch_size,
    pg_catalog.date_part('epoch', started_at::timestamp), pg_catalog.date_part('epoch', completed_at::timestamp),
    pg_catalog.left(operation, 200), pg_catalog.left(source_query, 400),
    pg_catalog."substring"(validation_query, ' ?/[*] migtop run=[^*]*[*]/$'))
FROM kept
-- Reads the long texts of each kept row by its id: no other row needs them. If ids repeat, the names decide.
CROSS JOIN LATERAL (
  SELECT operation, records_processed, total_records, batch_size, started_at, completed_at, source_query, validation_query
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) kept.id AND phase OPERATOR(pg_catalog.=) kept.phase
    AND table_name OPERATOR(pg_catalog.=) kept.table_name AND status OPERATOR(pg_catalog.=) kept.status
  LIMIT 1
) texts
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
  WHERE (digest OPERATOR(pg_catalog.&) $8::int) OPERATOR(pg_catalog.=) 0
  GROUP BY number
) keyed
JOIN (SELECT number, phase, table_name FROM sizes) names ON names.number OPERATOR(pg_catalog.=) keyed.number
LEFT JOIN (
  SELECT number, pg_catalog.sum(rows) OPERATOR(pg_catalog.>) 4000 AS left_out FROM shared GROUP BY number
) shares ON shares.number OPERATOR(pg_catalog.=) keyed.number
UNION ALL
-- The completed execution batches by batch size, as throughput.sql returns them, with whole microseconds.
SELECT 'batches', pg_catalog.json_build_array(pg_catalog.left(table_name, 200), batch_size, batches, timed,
    LEAST(duration, 9007199254740991), LEAST(counted, 9007199254740991),
    records, lowest, highest)
FROM (
  SELECT number, batch_size, pg_catalog.count(*) AS batches, pg_catalog.count(micros) AS timed,
    pg_catalog.sum(micros) AS duration,
    pg_catalog.sum(micros) FILTER (WHERE records_processed OPERATOR(pg_catalog.>=) 0) AS counted,
    pg_catalog.sum(records) AS records, pg_catalog.min(records) AS lowest, pg_catalog.max(records) AS highest
  FROM (
    SELECT number, batch_size, records_processed, micros,
      CASE WHEN micros IS NOT NULL AND records_processed OPERATOR(pg_catalog.>) 0 THEN records_processed END AS records
    FROM (
      SELECT number, batch_size, records_processed,
        CASE WHEN completed_at OPERATOR(pg_catalog.>) started_at
            AND started_at::timestamp OPERATOR(pg_catalog.>=) timestamp '1900-01-01'
            AND completed_at::timestamp OPERATOR(pg_catalog.<) timestamp '2200-01-01'
          THEN (pg_catalog.date_part('epoch', completed_at::timestamp OPERATOR(pg_catalog.-) started_at::timestamp)
            OPERATOR(pg_catalog.*) 1000000)::bigint END AS micros
      FROM placed
      WHERE is_execution AND status OPERATOR(pg_catalog.=) 'completed' AND started_at IS NOT NULL AND completed_at IS NOT NULL
    ) completed
  ) batch
  GROUP BY number, batch_size
) sized
JOIN (SELECT number, table_name FROM sizes) names ON names.number OPERATOR(pg_catalog.=) sized.number
UNION ALL
SELECT 'span', pg_catalog.json_build_array(table_name, from_stamp, to_stamp,
  pg_catalog.sum(records_processed::pg_catalog.float8))
FROM (
  SELECT pg_catalog.left(table_name, 200) AS table_name, records_processed,
    pg_catalog.floor(pg_catalog.date_part('epoch', started_at::timestamp) OPERATOR(pg_catalog./) $6::pg_catalog.float8)
      OPERATOR(pg_catalog.*) $6::pg_catalog.float8 AS from_stamp,
    pg_catalog.ceil(pg_catalog.date_part('epoch', completed_at::timestamp) OPERATOR(pg_catalog./) $6::pg_catalog.float8)
      OPERATOR(pg_catalog.*) $6::pg_catalog.float8 AS to_stamp
  FROM counted
  WHERE completed_at OPERATOR(pg_catalog.>) (timestamp 'epoch'
    OPERATOR(pg_catalog.+) ($4::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))
    AND completed_at OPERATOR(pg_catalog.<=) (timestamp 'epoch'
      OPERATOR(pg_catalog.+) ($5::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))
    AND phase OPERATOR(pg_catalog.=) 'execution'
    AND records_processed OPERATOR(pg_catalog.>) 0
    AND started_at OPERATOR(pg_catalog.<=) completed_at
    AND pg_catalog.isfinite(started_at)
) batches
GROUP BY table_name, from_stamp, to_stamp
