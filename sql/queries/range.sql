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
-- include fragments/given-up.sql
,
-- Each row with what the rest needs, computed once. `class`: 60 bits of a digest of phase and table, then a bit for rows with
-- records, one for completed ones of these, for a total of at most a batch, and for any total. `span`: 0 for a row without a
-- duration, 1 from 2010 to 2037, 2 from 1900 to 2199, 3 for others. Texts are last: what is before them is read faster.
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
      WHEN pg_catalog.isfinite(completed_at) THEN completed_at::timestamp
      ELSE '-infinity' END AS place,
    CASE WHEN (completed_at OPERATOR(pg_catalog.>) started_at) IS NOT TRUE THEN 0
      WHEN started_at::timestamp OPERATOR(pg_catalog.>=) timestamp '2010-01-01'
        AND completed_at::timestamp OPERATOR(pg_catalog.<) timestamp '2038-01-01' THEN 1
      WHEN started_at::timestamp OPERATOR(pg_catalog.>=) timestamp '1900-01-01'
        AND completed_at::timestamp OPERATOR(pg_catalog.<) timestamp '2200-01-01' THEN 2
      WHEN pg_catalog.isfinite(started_at) AND pg_catalog.isfinite(completed_at) THEN 3
      ELSE 0 END AS span,
    digest OPERATOR(pg_catalog.=) ANY (SELECT pg_catalog.hashtext(query) FROM given_up)
      AND pg_catalog.left(source_query, 400) OPERATOR(pg_catalog.=) ANY (SELECT query FROM given_up) AS is_like_given_up,
    CASE WHEN EXISTS (SELECT FROM given_up) THEN
      status OPERATOR(pg_catalog.=) 'failed' AND (SELECT failed FROM few)
      OR status OPERATOR(pg_catalog.=) 'skipped' AND started_at IS NOT NULL AND (SELECT skipped FROM few)
      OR (validation_query COLLATE pg_catalog."C") OPERATOR(pg_catalog.~~) '%*/'
        AND pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */'
        AND validation_query OPERATOR(pg_catalog.~) '/[*] migtop run=[^*]* repeats=' END AS is_attempt,
    records_processed, total_records, batch_size, started_at, completed_at, status, phase, table_name
  FROM (
    SELECT id, phase, table_name, status, records_processed, total_records, batch_size, started_at, completed_at, source_query,
      validation_query,
      -- Counting 400 characters takes longer than to digest a short text.
      pg_catalog.hashtext(CASE WHEN pg_catalog.octet_length(source_query) OPERATOR(pg_catalog.<=) 400 THEN source_query
        ELSE pg_catalog.left(source_query, 400) END) AS digest
    FROM migration_control
    WHERE (SELECT is_mine FROM turn)
      AND (id OPERATOR(pg_catalog.>=) $1::bigint AND id OPERATOR(pg_catalog.<=) $2::bigint OR $7::boolean AND id IS NULL)
    ORDER BY id DESC
    -- Also keeps PostgreSQL from computing the digest for each of its uses.
    LIMIT $3::int
  ) rows
),
-- The sums of the rows that are alike, which are few groups: the conditions of the many sums that are sent are checked for a group,
-- not for each row. `shape` says what is alike, as bits: 1 a counter, 2 above 0, 4 a total, 8 above 0, 16 of at most a batch,
-- 32 of a batch, 64 that the counter reached, 128 a counter beyond the batch, 256 a start and an end; above them, `span`.
parts AS MATERIALIZED (
  SELECT phase, table_name, status, batch_size, shape, pg_catalog.min(class) AS class, pg_catalog.count(*) AS operations,
    pg_catalog.min(id) AS lowest_id,
    pg_catalog.sum(records_processed) AS records, pg_catalog.min(records_processed) AS lowest,
    pg_catalog.max(records_processed) AS highest,
    pg_catalog.sum(total_records) AS totals, pg_catalog.min(total_records) AS smallest_total,
    pg_catalog.max(total_records) AS largest_total,
    pg_catalog.min(started_at) FILTER (WHERE pg_catalog.isfinite(started_at)) AS started_at,
    pg_catalog.max(completed_at) FILTER (WHERE pg_catalog.isfinite(completed_at)) AS completed_at,
    pg_catalog.bool_or(is_attempt OR is_like_given_up) AS has_attempts,
    pg_catalog.sum(CASE WHEN span OPERATOR(pg_catalog.>) 0 AND span OPERATOR(pg_catalog.<) 3
      THEN (pg_catalog.date_part('epoch', completed_at::timestamp OPERATOR(pg_catalog.-) started_at::timestamp)
        OPERATOR(pg_catalog.*) 1000000)::bigint END) AS micros,
    -- As the client computes it from two timestamps (tally.ts): over many years it may differ by a microsecond.
    pg_catalog.sum(CASE WHEN span OPERATOR(pg_catalog.>) 1 THEN pg_catalog.floor(
        (pg_catalog.date_part('epoch', completed_at::timestamp)
          OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', started_at::timestamp))
        OPERATOR(pg_catalog.*) 1000000 OPERATOR(pg_catalog.+) 0.5) END) AS far_micros
  FROM (
    SELECT *,
      CASE WHEN records_processed OPERATOR(pg_catalog.>) 0
          THEN CASE WHEN batch_size OPERATOR(pg_catalog.>) 0 AND records_processed OPERATOR(pg_catalog.<=) batch_size
            THEN 3 ELSE 131 END
        WHEN records_processed OPERATOR(pg_catalog.=) 0 THEN 1 ELSE 0 END
      OPERATOR(pg_catalog.+) CASE WHEN total_records OPERATOR(pg_catalog.>) 0
          THEN CASE WHEN total_records OPERATOR(pg_catalog.=) batch_size THEN 60
              WHEN total_records OPERATOR(pg_catalog.<=) batch_size THEN 28 ELSE 12 END
            OPERATOR(pg_catalog.+) CASE WHEN records_processed OPERATOR(pg_catalog.>=) total_records THEN 64 ELSE 0 END
        WHEN total_records OPERATOR(pg_catalog.=) 0 THEN 4 ELSE 0 END
      OPERATOR(pg_catalog.+) CASE WHEN started_at IS NOT NULL AND completed_at IS NOT NULL THEN 256 ELSE 0 END
      OPERATOR(pg_catalog.+) (span OPERATOR(pg_catalog.*) 512) AS shape
    FROM counted
  ) shaped
  GROUP BY phase, table_name, status, batch_size, shape
),
rows_alike AS (
  SELECT *, class OPERATOR(pg_catalog.>>) 4 AS number,
    (shape OPERATOR(pg_catalog.&) 1) OPERATOR(pg_catalog.>) 0 AS has_counter,
    (shape OPERATOR(pg_catalog.&) 2) OPERATOR(pg_catalog.>) 0 AS has_records,
    (shape OPERATOR(pg_catalog.&) 4) OPERATOR(pg_catalog.>) 0 AS has_total,
    (shape OPERATOR(pg_catalog.&) 8) OPERATOR(pg_catalog.>) 0 AS is_sized,
    (shape OPERATOR(pg_catalog.&) 16) OPERATOR(pg_catalog.>) 0 AS is_side,
    (shape OPERATOR(pg_catalog.&) 32) OPERATOR(pg_catalog.>) 0 AS is_unit,
    (shape OPERATOR(pg_catalog.&) 64) OPERATOR(pg_catalog.>) 0 AS is_reached,
    (shape OPERATOR(pg_catalog.&) 128) OPERATOR(pg_catalog.>) 0 AS is_outside,
    (shape OPERATOR(pg_catalog.&) 256) OPERATOR(pg_catalog.>) 0 AS is_ended,
    shape OPERATOR(pg_catalog.>>) 9 AS span,
    status OPERATOR(pg_catalog.=) 'completed' AND (shape OPERATOR(pg_catalog.>>) 9) OPERATOR(pg_catalog.>) 0 AS is_timed
  FROM parts
),
names AS MATERIALIZED (
  SELECT number, phase, table_name, pg_catalog.sum(operations) AS operations
  FROM rows_alike
  GROUP BY number, phase, table_name
),
-- How many rows of a phase and table have the same query. A query that more than 16 rows have belongs to several works.
digests AS MATERIALIZED (
  SELECT number, digest, pg_catalog.count(*) AS rows
  FROM (SELECT class OPERATOR(pg_catalog.>>) 4 AS number, digest FROM counted WHERE digest IS NOT NULL) digested
  GROUP BY number, digest
  HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>=) 2 OR (digest OPERATOR(pg_catalog.&) $8::int) OPERATOR(pg_catalog.=) 0
    OR digest OPERATOR(pg_catalog.=) ANY (SELECT pg_catalog.unnest($9::int[]))
),
shared AS MATERIALIZED (
  SELECT number, number OPERATOR(pg_catalog.#) digest AS key, rows
  FROM digests
  WHERE rows OPERATOR(pg_catalog.<=) 16
    AND (rows OPERATOR(pg_catalog.>=) 2 OR digest OPERATOR(pg_catalog.=) ANY (SELECT pg_catalog.unnest($9::int[])))
),
-- The first start of each of 17 parts of a class: at least eight rows are not after the eighth of these.
firsts AS MATERIALIZED (
  SELECT class, pg_catalog.min(place) AS place
  FROM counted
  GROUP BY class, pg_catalog.mod(id::bigint, 17)
),
bounds AS MATERIALIZED (
  SELECT class, operations, CASE WHEN operations OPERATOR(pg_catalog.>) 48
      AND (class OPERATOR(pg_catalog.&) 4) OPERATOR(pg_catalog.>) 0
    THEN coalesce((pg_catalog.array_agg(place ORDER BY place))[8], 'infinity') ELSE 'infinity' END AS place
  FROM firsts
  JOIN (SELECT number, operations FROM names) names ON names.number OPERATOR(pg_catalog.=) (class OPERATOR(pg_catalog.>>) 4)
  GROUP BY class, operations
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
-- The queries of given up operations that rows of this range have too, if they name their range.
repeated AS MATERIALIZED (
  SELECT digest
  FROM (
    SELECT pg_catalog.hashtext(query) AS digest, query
    FROM given_up
    WHERE pg_catalog.hashtext(query) OPERATOR(pg_catalog.=) ANY (SELECT digest FROM counted WHERE is_like_given_up)
    OFFSET 0
  ) alike
  WHERE
    -- include fragments/names-range.sql
),
-- Rows that may be attempts at the work of others: 1 given up, or marked as a repetition; 2 with a source range of one of these;
-- 3 with the query of others.
alike AS MATERIALIZED (
  SELECT * FROM (
    SELECT id, phase, table_name, status, class OPERATOR(pg_catalog.>>) 4 AS number,
      CASE WHEN is_attempt THEN 1
        WHEN is_like_given_up AND digest OPERATOR(pg_catalog.=) ANY (SELECT digest FROM repeated) THEN 2
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
    SELECT id, phase, table_name, status, reason, pg_catalog.row_number() OVER (PARTITION BY number, reason, query) AS nth
    FROM (
      SELECT id, phase, table_name, status, number, reason, CASE WHEN reason OPERATOR(pg_catalog.=) 2 THEN
        (SELECT pg_catalog.left(same.source_query, 400) FROM (SELECT id, source_query FROM migration_control) same
          WHERE same.id OPERATOR(pg_catalog.=) alike.id LIMIT 1) END AS query
      FROM alike
    ) queried
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
SELECT 'count', pg_catalog.json_build_array(pg_catalog.left(phase, 200), pg_catalog.left(table_name, 200),
    pg_catalog.left(status, 200),
    -- include fragments/count-names.sql
    , lowest_id::pg_catalog.text)
FROM (
  SELECT phase, table_name, status, is_side, pg_catalog.min(lowest_id) AS lowest_id,
    -- include fragments/count-parts.sql
  FROM rows_alike
  GROUP BY phase, table_name, status, is_side
) figures
UNION ALL
-- The kept rows of a kind, as an array for each field: that takes half the time of an array for each row.
SELECT kind, pg_catalog.json_build_array(pg_catalog.json_agg(pg_catalog.left(kept.phase, 200)),
    pg_catalog.json_agg(pg_catalog.left(kept.table_name, 200)), pg_catalog.json_agg(kept.id),
    pg_catalog.json_agg(pg_catalog.left(kept.status, 200)), pg_catalog.json_agg(records_processed),
    pg_catalog.json_agg(total_records), pg_catalog.json_agg(batch_size),
    pg_catalog.json_agg(pg_catalog.date_part('epoch', started_at::timestamp)),
    pg_catalog.json_agg(pg_catalog.date_part('epoch', completed_at::timestamp)),
    pg_catalog.json_agg(pg_catalog.left(operation, 200)), pg_catalog.json_agg(pg_catalog.left(source_query, 400)),
    pg_catalog.json_agg(CASE WHEN (validation_query COLLATE pg_catalog."C") OPERATOR(pg_catalog.~~) '%*/'
      THEN pg_catalog."substring"(validation_query, ' ?/[*] migtop run=[^*]*[*]/$') END))
FROM kept
-- Reads the long texts of each kept row by its id: no other row needs them. If ids repeat, the names decide.
CROSS JOIN LATERAL (
  SELECT operation, records_processed, total_records, batch_size, started_at, completed_at, source_query, validation_query
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) kept.id AND phase OPERATOR(pg_catalog.=) kept.phase
    AND table_name OPERATOR(pg_catalog.=) kept.table_name AND status OPERATOR(pg_catalog.=) kept.status
  LIMIT 1
) texts
GROUP BY kind
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
JOIN (SELECT number, phase, table_name FROM names) names ON names.number OPERATOR(pg_catalog.=) keyed.number
LEFT JOIN (
  SELECT number, pg_catalog.sum(rows) OPERATOR(pg_catalog.>) 4000 AS left_out FROM shared GROUP BY number
) shares ON shares.number OPERATOR(pg_catalog.=) keyed.number
UNION ALL
-- The completed execution batches by batch size, as throughput.sql returns them, with whole microseconds.
SELECT 'batches', pg_catalog.json_build_array(pg_catalog.left(table_name, 200), batch_size, batches, timed,
    LEAST(duration, 9007199254740991), LEAST(counted, 9007199254740991),
    records, lowest, highest)
FROM (
  SELECT table_name, batch_size, pg_catalog.sum(operations) AS batches,
    coalesce(pg_catalog.sum(operations) FILTER (WHERE is_short), 0) AS timed,
    pg_catalog.sum(micros) AS duration,
    pg_catalog.sum(micros) FILTER (WHERE has_counter) AS counted,
    pg_catalog.sum(records) FILTER (WHERE is_short AND has_records) AS records,
    pg_catalog.min(lowest) FILTER (WHERE is_short AND has_records) AS lowest,
    pg_catalog.max(highest) FILTER (WHERE is_short AND has_records) AS highest
  FROM (
    SELECT table_name, batch_size, operations, micros, records, lowest, highest, has_counter, has_records,
      span OPERATOR(pg_catalog.>) 0 AND span OPERATOR(pg_catalog.<) 3 AS is_short
    FROM rows_alike
    WHERE phase OPERATOR(pg_catalog.=) 'execution' AND status OPERATOR(pg_catalog.=) 'completed' AND is_ended
  ) completed
  GROUP BY table_name, batch_size
) sized
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
  WHERE (SELECT pg_catalog.max(completed_at::timestamp) FROM parts) OPERATOR(pg_catalog.>) (timestamp 'epoch'
      OPERATOR(pg_catalog.+) ($4::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))
    AND completed_at OPERATOR(pg_catalog.>) (timestamp 'epoch'
    OPERATOR(pg_catalog.+) ($4::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))
    AND completed_at OPERATOR(pg_catalog.<=) (timestamp 'epoch'
      OPERATOR(pg_catalog.+) ($5::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))
    AND phase OPERATOR(pg_catalog.=) 'execution'
    AND records_processed OPERATOR(pg_catalog.>) 0
    AND started_at OPERATOR(pg_catalog.<=) completed_at
    AND pg_catalog.isfinite(started_at)
) batches
GROUP BY table_name, from_stamp, to_stamp
