-- Everything that the screens show, with the totals counted over the whole table: `migtop status` prints it, and a monitor polls
-- with it if the changes of the table cannot be followed. One statement, and therefore one snapshot of the database. The totals
-- are left out if counting them takes too long.
-- $1 bigint[]  ids that were running or paused at the last poll: their end must not be missed
-- $2 float8    the timestamp since which an operation may have started, and possibly ended, unseen; null for none
-- $3 int       maximum number of failures to fetch     $4 int  maximum number of live operations
-- $5 boolean   whether to count                     $6 text  the table's name
-- Timestamps are in seconds since 1970 on the database's clock: date_part() accepts `infinity`, but before PostgreSQL 17 a
-- subtraction of timestamps raises an error on it. Texts are cut here to the length that a list shows.
-- The columns are named one by one: the table may have others, with any name.
-- The operations that were given up, in the whole table, and their source queries: another row with the same query may be an attempt
-- at the same work (source/polling/attempts.ts). Maximum 5000 per status.
WITH failed AS MATERIALIZED (
  SELECT
    -- include fragments/compared-query.sql
    AS query,
    -- include fragments/query-digest.sql
    AS digest
  FROM migration_control
  WHERE $5::boolean AND status OPERATOR(pg_catalog.=) 'failed'
  LIMIT 5001
),
skipped AS MATERIALIZED (
  SELECT
    -- include fragments/compared-query.sql
    AS query,
    -- include fragments/query-digest.sql
    AS digest,
    started_at
  FROM migration_control
  WHERE $5::boolean AND status OPERATOR(pg_catalog.=) 'skipped'
  LIMIT 5001
),
-- include fragments/given-up.sql
,
operations_of AS (
  SELECT phase, table_name, status, is_side, operations, outside OPERATOR(pg_catalog.+) bare_outside AS outside, without_id, has_marks,
    has_own_marks, smallest_total, largest_total, is_reached, records,
    pg_catalog.json_build_array(pg_catalog.left(phase, 200), pg_catalog.left(table_name, 200), pg_catalog.left(status, 200),
      -- include fragments/count-names.sql
    ) AS body
  FROM (
    SELECT phase, table_name, status, is_side,
      pg_catalog.count(*) FILTER (WHERE id IS NULL) AS without_id,
      pg_catalog.bool_or(pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */'
        AND records_processed OPERATOR(pg_catalog.>) 0) AS has_marks,
      pg_catalog.bool_or(pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */'
        AND pg_catalog.strpos(validation_query, ' of=operation') OPERATOR(pg_catalog.>) 0) AS has_own_marks,
      pg_catalog.bool_or(records_processed OPERATOR(pg_catalog.>=) total_records) AS is_reached,
      -- include fragments/count-columns.sql
    FROM (
      SELECT id, phase, table_name, status, records_processed, total_records, batch_size, started_at, completed_at, validation_query,
        (total_records OPERATOR(pg_catalog.>) 0 AND total_records OPERATOR(pg_catalog.<=) batch_size) IS TRUE AS is_side,
        -- include fragments/row-evidence.sql
      FROM migration_control
      WHERE $5::boolean
    ) rows
    GROUP BY phase, table_name, status, is_side
  ) figures
),
-- The tables whose rows are read one by one: those that have few rows, and those with records beyond their batches. By a number:
-- numbers are faster to sort than texts.
sizes AS MATERIALIZED (
  SELECT phase, table_name, pg_catalog.sum(operations) AS operations, pg_catalog.row_number() OVER () AS number
  FROM operations_of
  GROUP BY phase, table_name
  HAVING pg_catalog.sum(operations) OPERATOR(pg_catalog.<=) 48 OR pg_catalog.sum(outside) OPERATOR(pg_catalog.>) 0
),
placed AS MATERIALIZED (
  SELECT id, every.phase, every.table_name, status, records_processed, total_records, batch_size,
    started_at, completed_at, operations, number,
    CASE WHEN operations OPERATOR(pg_catalog.<=) 48 THEN pg_catalog.left(operation, 200) ELSE '' END AS operation,
    CASE WHEN operations OPERATOR(pg_catalog.<=) 48 THEN
      -- include fragments/compared-query.sql
    END AS source_query,
    CASE WHEN pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */'
      THEN pg_catalog."substring"(validation_query, ' ?/[*] migtop run=[^*]*[*]/$') END AS validation_query,
    status OPERATOR(pg_catalog.=) 'completed' AS is_completed,
    (total_records OPERATOR(pg_catalog.>) 0) IS TRUE AS is_sized,
    (total_records OPERATOR(pg_catalog.>) 0 AND total_records OPERATOR(pg_catalog.<=) batch_size) IS TRUE AS is_side,
    CASE WHEN pg_catalog.isfinite(started_at) THEN started_at::timestamp
      WHEN status OPERATOR(pg_catalog.=) 'completed' AND pg_catalog.isfinite(completed_at) THEN completed_at::timestamp END AS place
  FROM (
    SELECT id, phase, table_name, operation, status, records_processed, total_records, batch_size, started_at, completed_at,
      source_query, validation_query
    FROM migration_control
    WHERE $5::boolean
  ) every
  JOIN sizes ON sizes.table_name OPERATOR(pg_catalog.=) every.table_name AND sizes.phase OPERATOR(pg_catalog.=) every.phase
  WHERE operations OPERATOR(pg_catalog.<=) 48 OR records_processed OPERATOR(pg_catalog.>) 0
),
-- From the other tables, rows that may be attempts of one work. They make no difference to the totals of a table whose rows all
-- have the same total, if all of them together do not exceed it, unless migtop/worker counts each against its own total; but a completed
-- attempt resolves a failure.
repeating AS MATERIALIZED (
  SELECT phase, table_name
  FROM operations_of
  GROUP BY phase, table_name
  HAVING pg_catalog.sum(operations) OPERATOR(pg_catalog.>) 48
    AND (pg_catalog.min(smallest_total) OPERATOR(pg_catalog.<) pg_catalog.max(largest_total)
      OR pg_catalog.bool_or(is_side) OR pg_catalog.bool_or(is_reached)
      OR pg_catalog.sum(records) OPERATOR(pg_catalog.>) pg_catalog.max(largest_total)
      OR pg_catalog.bool_or(has_own_marks)
      OR pg_catalog.bool_or(status OPERATOR(pg_catalog.=) 'failed'))
),
-- The queries that several rows of a phase and table have. A query that more than 16 rows have belongs to several works.
shared AS MATERIALIZED (
  SELECT digest
  FROM (
    SELECT (pg_catalog.hashtext(phase) OPERATOR(pg_catalog.#) pg_catalog.hashtext(table_name))
      OPERATOR(pg_catalog.#)
      -- include fragments/query-digest.sql
      AS digest
    FROM migration_control
    WHERE $5::boolean AND source_query IS NOT NULL AND EXISTS (SELECT FROM repeating)
  ) digests
  GROUP BY digest
  HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>=) 2 AND pg_catalog.count(*) OPERATOR(pg_catalog.<=) 16
),
attempts AS MATERIALIZED (
  SELECT *, pg_catalog.row_number() OVER (
      PARTITION BY phase, table_name, is_attempt, is_retry, digest, status OPERATOR(pg_catalog.=) 'completed' ORDER BY id DESC) AS nth,
    pg_catalog.row_number() OVER (PARTITION BY phase, table_name, is_attempt, is_retry ORDER BY id DESC) AS place
  FROM (
    SELECT id, every.phase, every.table_name, pg_catalog.left(operation, 200) AS operation, status, records_processed, total_records,
      batch_size, started_at, completed_at,
      -- include fragments/compared-query.sql
      AS source_query, digest,
      pg_catalog."substring"(validation_query, ' ?/[*] migtop run=[^*]*[*]/$') AS validation_query,
      (status OPERATOR(pg_catalog.=) 'failed' AND (SELECT failed FROM few)
        OR status OPERATOR(pg_catalog.=) 'skipped' AND started_at IS NOT NULL AND (SELECT skipped FROM few)
        OR pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */'
          AND validation_query OPERATOR(pg_catalog.~) '/[*] migtop run=[^*]* repeats=') IS TRUE AS is_attempt,
      (digest OPERATOR(pg_catalog.=) ANY (SELECT digest FROM given_up)
        OR (pg_catalog.hashtext(every.phase) OPERATOR(pg_catalog.#) pg_catalog.hashtext(every.table_name))
          OPERATOR(pg_catalog.#) digest OPERATOR(pg_catalog.=) ANY (SELECT shared.digest FROM shared)) IS TRUE AS is_repeated,
      CASE WHEN digest OPERATOR(pg_catalog.=) ANY (SELECT digest FROM given_up) THEN
        -- include fragments/named-retry.sql
      END IS TRUE AS is_retry
    FROM repeating
    JOIN (
      SELECT id, phase, table_name, operation, status, records_processed, total_records, batch_size, started_at, completed_at,
        source_query, validation_query,
        -- include fragments/query-digest.sql
        AS digest
      FROM migration_control
      WHERE $5::boolean
    ) every ON every.table_name OPERATOR(pg_catalog.=) repeating.table_name AND every.phase OPERATOR(pg_catalog.=) repeating.phase
    OFFSET 0
  ) rows
  WHERE is_attempt OR is_repeated
),
-- The first completed rows of a large table show whether migtop/worker marks its rows, or the first others.
firsts AS MATERIALIZED (
  SELECT phase AS marked_phase, table_name AS marked_table
  FROM operations_of
  GROUP BY phase, table_name
  HAVING pg_catalog.sum(operations) OPERATOR(pg_catalog.>) 48 AND pg_catalog.sum(outside) OPERATOR(pg_catalog.=) 0
    AND pg_catalog.bool_or(has_marks)
),
kept AS (
  SELECT 'evidence' AS kind, id, phase, table_name, status, records_processed, total_records, batch_size, started_at, completed_at,
    operation, source_query, validation_query
  FROM placed
  WHERE operations OPERATOR(pg_catalog.<=) 48
  UNION ALL
  SELECT 'evidence', id, phase, table_name, status, records_processed, total_records, batch_size, started_at, completed_at,
    operation, source_query, validation_query
  FROM (
    SELECT *, pg_catalog.row_number() OVER (
        PARTITION BY number, is_completed, is_side, is_sized ORDER BY place NULLS FIRST, id) AS nth
    FROM placed
    WHERE operations OPERATOR(pg_catalog.>) 48 AND records_processed OPERATOR(pg_catalog.>) 0
  ) ordered
  WHERE nth OPERATOR(pg_catalog.<=) CASE WHEN is_completed THEN 8 ELSE 16 END
  UNION ALL
  SELECT 'attempt', id, phase, table_name, status, records_processed, total_records, batch_size, started_at, completed_at,
    operation, source_query, validation_query
  FROM attempts
  WHERE is_attempt OR (is_retry OR nth OPERATOR(pg_catalog.<=) 17) AND place OPERATOR(pg_catalog.<=) 4000
  UNION ALL
  SELECT 'evidence', id, phase, table_name, status, records_processed, total_records, batch_size, started_at,
    completed_at, '', NULL, pg_catalog."substring"(validation_query, ' ?/[*] migtop run=[^*]*[*]/$')
  FROM firsts
  CROSS JOIN LATERAL (
    (SELECT id, phase, table_name, status, records_processed, total_records, batch_size, started_at, completed_at, validation_query
    FROM migration_control
    WHERE phase OPERATOR(pg_catalog.=) marked_phase
      AND table_name OPERATOR(pg_catalog.=) marked_table
      AND status OPERATOR(pg_catalog.=) 'completed' AND records_processed OPERATOR(pg_catalog.>) 0
    ORDER BY CASE WHEN pg_catalog.isfinite(started_at) THEN started_at::timestamp
      WHEN pg_catalog.isfinite(completed_at) THEN completed_at::timestamp END NULLS FIRST, id
    LIMIT 8)
    UNION ALL
    (SELECT id, phase, table_name, status, records_processed, total_records, batch_size, started_at, completed_at, validation_query
    FROM migration_control
    WHERE phase OPERATOR(pg_catalog.=) marked_phase
      AND table_name OPERATOR(pg_catalog.=) marked_table
      AND status OPERATOR(pg_catalog.<>) 'completed' AND records_processed OPERATOR(pg_catalog.>) 0
    ORDER BY CASE WHEN pg_catalog.isfinite(started_at) THEN started_at::timestamp END NULLS FIRST, id
    LIMIT 16)
  ) first
),
live AS (
  SELECT
    -- include fragments/operation-columns.sql
  FROM migration_control
  WHERE status OPERATOR(pg_catalog.=) ANY (ARRAY['running', 'paused'])
     OR id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
     OR started_at OPERATOR(pg_catalog.>) (timestamp 'epoch'
       OPERATOR(pg_catalog.+) ($2::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))
  ORDER BY status OPERATOR(pg_catalog.=) ANY (ARRAY['running', 'paused']) DESC, id DESC
  LIMIT $4::int
),
failures AS (
  SELECT
    -- include fragments/operation-columns.sql
  FROM migration_control
  WHERE status OPERATOR(pg_catalog.=) 'failed'
  ORDER BY coalesce(completed_at, started_at) DESC NULLS LAST, id DESC
  LIMIT $3::int
),
operations AS (
  SELECT 'live' AS kind, live.* FROM live
  UNION ALL
  SELECT 'failure', failures.* FROM failures
)
SELECT 'clock' AS kind, pg_catalog.json_build_object('now', pg_catalog.date_part('epoch', localtimestamp), 'takes_writes',
    -- include fragments/takes-writes.sql
    , 'table', (SELECT
      -- include fragments/relation-key.sql
      FROM (SELECT pg_catalog.to_regclass($6::pg_catalog.text)::pg_catalog.oid AS oid) relation)
  ) AS body
UNION ALL
SELECT 'count', body FROM operations_of
UNION ALL
-- Rows that no list can show, because nothing tells them apart.
SELECT 'without_id', pg_catalog.to_json(pg_catalog.sum(without_id)::bigint)
FROM operations_of
HAVING pg_catalog.sum(without_id) OPERATOR(pg_catalog.>) 0
UNION ALL
SELECT kind, pg_catalog.json_build_array(pg_catalog.left(phase, 200), pg_catalog.left(table_name, 200), id,
    pg_catalog.left(status, 200), records_processed, total_records, batch_size,
    pg_catalog.date_part('epoch', started_at::timestamp), pg_catalog.date_part('epoch', completed_at::timestamp),
    operation, source_query, validation_query)
FROM kept
UNION ALL
-- Tables with more such rows than are returned.
SELECT 'keys', pg_catalog.json_build_array(pg_catalog.left(phase, 200), pg_catalog.left(table_name, 200), NULL, NULL, true)
FROM attempts
WHERE NOT is_attempt AND place OPERATOR(pg_catalog.>) 4000
GROUP BY phase, table_name
UNION ALL
-- include fragments/worker-sessions.sql
UNION ALL
SELECT kind,
  -- include fragments/operation-fields.sql
FROM operations
