-- The common part of retries.sql and retries-audited.sql, which describe its parameters $1 to $12 and the columns of `result`.
WITH asked AS (
  SELECT *
  FROM ROWS FROM (
    pg_catalog.unnest($1::bigint[]), pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.text[]),
    pg_catalog.unnest($4::pg_catalog.text[]), pg_catalog.unnest($5::pg_catalog.text[]), pg_catalog.unnest($10::pg_catalog.uuid[])
  ) WITH ORDINALITY AS asked (id, from_status, version, mark, link, action_key, number)
),
-- include lockers.sql
,
seen AS (
  SELECT id, pg_catalog.left(status, 200) AS status, xmin::pg_catalog.text AS version,
    CASE WHEN pg_catalog.row_security_active($9::pg_catalog.oid) THEN
      -- include row-held.sql
      END AS is_held,
    ctid::pg_catalog.text AS place,
    -- include identity.sql
    AS identity
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
),
found AS (
  SELECT asked.number, pg_catalog.count(seen.id) AS same, pg_catalog.min(seen.status) AS status,
    pg_catalog.min(seen.version) AS version, pg_catalog.bool_or(seen.is_held) AS is_held,
    pg_catalog.min(seen.place) AS place,
    pg_catalog.min(seen.identity) AS identity
  FROM asked LEFT JOIN seen ON seen.id OPERATOR(pg_catalog.=) asked.id
  GROUP BY asked.number
),
target AS (
  SELECT asked.number, asked.mark, asked.link, one.operation, one.tableoid AS relation, one.ctid AS place, one.id, one.phase,
    one.table_name, one.status, one.total_records, one.batch_size, one.source_query, one.validation_query,
    -- include attempt-times.sql
  FROM asked
  JOIN found ON found.number OPERATOR(pg_catalog.=) asked.number
  JOIN migration_control AS one ON one.id OPERATOR(pg_catalog.=) asked.id
  WHERE one.id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
    AND found.same OPERATOR(pg_catalog.=) 1
    AND one.status OPERATOR(pg_catalog.=) asked.from_status
    AND (asked.version IS NULL OR one.xmin::pg_catalog.text OPERATOR(pg_catalog.=) asked.version)
    AND ($8::pg_catalog.float8 IS NULL
      OR pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp) OPERATOR(pg_catalog.<) $8::pg_catalog.float8)
  FOR UPDATE OF one SKIP LOCKED
),
-- The rows that are known to be attempts of the work, which a newer one may repeat.
works AS (
  SELECT target.*, target.id AS attempt FROM target
  UNION ALL
  SELECT target.*, known.attempt
  FROM target
  JOIN ROWS FROM (pg_catalog.unnest($11::bigint[]), pg_catalog.unnest($12::bigint[])) AS known (id, attempt)
    ON known.id OPERATOR(pg_catalog.=) target.id
),
newer AS MATERIALIZED (
  SELECT id, phase, table_name, operation, status, source_query,
    -- include attempt-times.sql
  FROM migration_control
  WHERE ($7::bigint IS NULL OR id OPERATOR(pg_catalog.>) $7::bigint)
    -- Without a bound, through the index on table_name, as in retry-candidates.sql.
    AND ($7::bigint IS NOT NULL
      OR table_name OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT target.table_name::pg_catalog.text FROM target))
        AND (source_query OPERATOR(pg_catalog.=) ANY (SELECT target.source_query FROM target)
          OR pg_catalog.starts_with(operation, 'retry_batch_')
          OR pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */'
            AND pg_catalog.strpos(validation_query, ' repeats=') OPERATOR(pg_catalog.>) 0))
    AND NOT id OPERATOR(pg_catalog.=) ANY ($6::bigint[])
    AND status OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'running', 'paused', 'completed'])
),
-- Attempts that were added after the candidates were read.
later AS (
  SELECT works.number, other.id
  FROM works
  JOIN newer AS other ON other.phase OPERATOR(pg_catalog.=) works.phase
    AND other.table_name OPERATOR(pg_catalog.=) works.table_name
    AND other.id OPERATOR(pg_catalog.<>) works.id
    AND (works.attempt::pg_catalog.text OPERATOR(pg_catalog.=) ANY (other.repeated)
      OR other.source_query OPERATOR(pg_catalog.=) works.source_query AND (works.link OPERATOR(pg_catalog.=) 'query'
        OR works.link OPERATOR(pg_catalog.=) 'name' AND other.operation OPERATOR(pg_catalog.=) works.operation))
    AND (other.status OPERATOR(pg_catalog.<>) 'completed' OR
      -- include is-later.sql
    )
),
-- Attempts that were over when the candidates were read, and are no more.
begun AS (
  SELECT works.number, other.id
  FROM works
  JOIN (
    SELECT id, status,
      -- include attempt-times.sql
    FROM migration_control
    WHERE id OPERATOR(pg_catalog.=) ANY ($12::bigint[])
  ) AS other ON other.id OPERATOR(pg_catalog.=) works.attempt
  WHERE works.attempt OPERATOR(pg_catalog.<>) works.id
    AND (other.status OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'running', 'paused'])
      OR other.status OPERATOR(pg_catalog.=) 'completed' AND
        -- include is-later.sql
    )
),
rival AS (
  SELECT number, pg_catalog.min(id) AS id
  FROM (SELECT number, id FROM later UNION ALL SELECT number, id FROM begun) AS rivals
  GROUP BY number
),
-- Changes nothing but the version: of two sessions that retry a row at the same moment, the second one finds another version.
touched AS (
  UPDATE migration_control AS one
  SET status = one.status
  FROM target
  WHERE one.id OPERATOR(pg_catalog.=) target.id
    AND one.tableoid OPERATOR(pg_catalog.=) target.relation
    AND one.ctid OPERATOR(pg_catalog.=) target.place
    AND NOT EXISTS (SELECT FROM rival WHERE rival.number OPERATOR(pg_catalog.=) target.number)
  RETURNING target.number
),
added AS (
  INSERT INTO migration_control (
    phase, table_name, operation, status, records_processed, total_records, batch_size, source_query, validation_query)
  SELECT
    phase, table_name, pg_catalog.concat('retry_batch_', id), 'pending', 0, total_records, batch_size, source_query,
    CASE
      WHEN mark IS NULL OR validation_query IS NULL THEN coalesce(validation_query, mark)
      ELSE pg_catalog.ltrim(pg_catalog.concat(
        pg_catalog.regexp_replace(validation_query, '(^| )/[*] migtop run=[^*]*[*]/$', ''), ' ', mark)) END
  FROM target
  JOIN touched ON touched.number OPERATOR(pg_catalog.=) target.number
  ORDER BY target.number
  -- The version, as xmin: of a partitioned table, PostgreSQL does not return the system columns of an added row.
  RETURNING id, operation,
    (pg_catalog.txid_current() OPERATOR(pg_catalog.%) 4294967296)::pg_catalog.text AS version,
    -- include identity.sql
    AS identity
),
result AS (
  SELECT
    asked.*,
    CASE
      WHEN added.id IS NOT NULL THEN 'applied'
      WHEN found.same OPERATOR(pg_catalog.>) 1 THEN 'repeated'
      WHEN found.same OPERATOR(pg_catalog.=) 0 THEN
        CASE WHEN pg_catalog.row_security_active($9::pg_catalog.oid) THEN 'gone or hidden' ELSE 'gone' END
      WHEN rival.id IS NOT NULL THEN 'refused'
      WHEN found.status OPERATOR(pg_catalog.<>) asked.from_status
        OR asked.version IS NOT NULL AND found.version OPERATOR(pg_catalog.<>) asked.version THEN 'stale'
      WHEN target.number IS NOT NULL AND target.place::pg_catalog.text OPERATOR(pg_catalog.=) found.place THEN 'kept'
      WHEN target.number IS NULL AND pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp)
        OPERATOR(pg_catalog.>=) $8::pg_catalog.float8 THEN 'late'
      WHEN target.number IS NULL AND found.is_held IS NOT TRUE AND pg_catalog.row_security_active($9::pg_catalog.oid) THEN 'hidden'
      ELSE 'locked' END AS outcome,
    found.status,
    found.identity AS operation_identity,
    found.same::pg_catalog.int4 AS rows,
    rival.id AS rival,
    added.id AS new_id,
    added.version AS new_version,
    added.identity AS new_identity,
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp) AS at
  FROM asked
  JOIN found ON found.number OPERATOR(pg_catalog.=) asked.number
  LEFT JOIN target ON target.number OPERATOR(pg_catalog.=) asked.number
  LEFT JOIN rival ON rival.number OPERATOR(pg_catalog.=) asked.number
  LEFT JOIN added ON added.operation OPERATOR(pg_catalog.=) pg_catalog.concat('retry_batch_', asked.id)
),
noted AS (
  -- For after-retries.sql.
  SELECT pg_catalog.set_config('migtop.added', coalesce(pg_catalog.string_agg(
    number::pg_catalog.text OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) new_id::pg_catalog.text, ',')
    FILTER (WHERE outcome OPERATOR(pg_catalog.=) 'applied'), ''), true) AS added
  FROM result
)
