-- The common part of transitions.sql and transitions-audited.sql, which describe its parameters $1 to $9 and the columns of
-- `result`.
WITH asked AS (
  SELECT *
  FROM ROWS FROM (
    pg_catalog.unnest($1::bigint[]), pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.text[]),
    pg_catalog.unnest($4::pg_catalog.text[]), pg_catalog.unnest($5::pg_catalog.text[]), pg_catalog.unnest($6::pg_catalog.text[]),
    pg_catalog.unnest($9::pg_catalog.uuid[])
  ) WITH ORDINALITY AS asked (id, from_status, to_status, version, completed, identity, action_key, number)
),
seen AS (
  -- Without a lock: a row that another session holds, or that a policy hides from an UPDATE, is found too.
  SELECT tableoid AS relation, ctid AS place, id, pg_catalog.left(status, 200) AS status, xmin::pg_catalog.text AS version,
    xmax::pg_catalog.text AS locker,
    pg_catalog.concat_ws(' ', pg_catalog.left(phase, 60), pg_catalog.left(table_name, 100),
      pg_catalog.left(operation, 100)) AS name,
    -- include identity.sql
    AS identity
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
),
found AS (
  SELECT
    asked.number,
    pg_catalog.count(seen.id) FILTER (WHERE is_same) AS same,
    pg_catalog.min(status) FILTER (WHERE is_same) AS status,
    pg_catalog.min(seen.version) FILTER (WHERE is_same) AS version,
    pg_catalog.min(locker) FILTER (WHERE is_same) AS locker,
    pg_catalog.min(place::pg_catalog.text) FILTER (WHERE is_same) AS place,
    pg_catalog.min(name) FILTER (WHERE NOT is_same) AS other
  FROM asked
  LEFT JOIN seen ON seen.id OPERATOR(pg_catalog.=) asked.id
  CROSS JOIN LATERAL (
    SELECT asked.identity IS NULL OR seen.identity OPERATOR(pg_catalog.=) asked.identity AS is_same
  ) AS compared
  GROUP BY asked.number
),
target AS (
  SELECT asked.number, asked.from_status, asked.to_status, asked.completed,
    one.tableoid AS relation, one.ctid AS place, one.id, one.status, one.completed_at
  FROM asked
  JOIN found ON found.number OPERATOR(pg_catalog.=) asked.number
  JOIN migration_control AS one ON one.id OPERATOR(pg_catalog.=) asked.id
  WHERE one.id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
    AND found.same OPERATOR(pg_catalog.=) 1
    AND one.status OPERATOR(pg_catalog.=) asked.from_status
    AND (asked.version IS NULL OR one.xmin::pg_catalog.text OPERATOR(pg_catalog.=) asked.version)
    AND (asked.identity IS NULL
      OR
        -- include identity.sql
        OPERATOR(pg_catalog.=) asked.identity)
    AND ($7::pg_catalog.float8 IS NULL
      OR pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp) OPERATOR(pg_catalog.<) $7::pg_catalog.float8)
  FOR UPDATE OF one SKIP LOCKED
),
written AS (
  UPDATE migration_control AS one
  SET status = target.to_status,
      completed_at = CASE
        WHEN target.completed OPERATOR(pg_catalog.=) 'set'
          THEN CASE WHEN target.status OPERATOR(pg_catalog.=) ANY (ARRAY['completed', 'failed', 'skipped'])
              THEN coalesce(one.completed_at, pg_catalog.clock_timestamp()::timestamp)
            ELSE pg_catalog.clock_timestamp()::timestamp END
        WHEN target.completed OPERATOR(pg_catalog.=) 'clear'
          OR target.from_status OPERATOR(pg_catalog.=) 'skipped'
            AND target.to_status OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'paused', 'running']) THEN NULL
        ELSE one.completed_at END
  FROM target
  WHERE one.id OPERATOR(pg_catalog.=) target.id
    AND one.tableoid OPERATOR(pg_catalog.=) target.relation
    AND one.ctid OPERATOR(pg_catalog.=) target.place
  RETURNING target.number, one.status, one.xmin::pg_catalog.text AS version
),
result AS (
  SELECT
    asked.*,
    CASE
      WHEN written.number IS NOT NULL THEN
        CASE WHEN written.status OPERATOR(pg_catalog.=) asked.to_status THEN 'applied' ELSE 'kept' END
      WHEN found.same OPERATOR(pg_catalog.>) 1 THEN 'repeated'
      WHEN found.same OPERATOR(pg_catalog.=) 0 THEN
        CASE
          WHEN found.other IS NOT NULL THEN 'changed'
          WHEN pg_catalog.row_security_active($8::pg_catalog.oid) THEN 'gone or hidden'
          ELSE 'gone' END
      WHEN found.status OPERATOR(pg_catalog.<>) asked.from_status
        OR asked.version IS NOT NULL AND found.version OPERATOR(pg_catalog.<>) asked.version THEN 'stale'
      -- A trigger dropped the change, unless another session changed the row while this statement ran.
      WHEN target.number IS NOT NULL AND target.place::pg_catalog.text OPERATOR(pg_catalog.=) found.place THEN 'kept'
      WHEN target.number IS NULL AND pg_catalog.row_security_active($8::pg_catalog.oid)
        AND found.locker OPERATOR(pg_catalog.=) '0' THEN 'hidden'
      ELSE 'locked' END AS outcome,
    pg_catalog.left(coalesce(written.status, found.status), 200) AS status,
    coalesce(written.version, found.version) AS now_version,
    coalesce(target.completed_at IS NOT NULL, false) AS had_completed_at,
    found.same::pg_catalog.int4 AS rows,
    found.other,
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp) AS at
  FROM asked
  JOIN found ON found.number OPERATOR(pg_catalog.=) asked.number
  LEFT JOIN target ON target.number OPERATOR(pg_catalog.=) asked.number
  LEFT JOIN written ON written.number OPERATOR(pg_catalog.=) asked.number
),
noted AS (
  -- For after-transitions.sql.
  SELECT
    pg_catalog.set_config('migtop.applied', coalesce(pg_catalog.string_agg(number::pg_catalog.text, ',')
      FILTER (WHERE outcome OPERATOR(pg_catalog.=) 'applied'), ''), true) AS applied,
    pg_catalog.set_config('migtop.dropped', coalesce(pg_catalog.string_agg(number::pg_catalog.text, ',')
      FILTER (WHERE outcome OPERATOR(pg_catalog.=) 'kept'), ''), true) AS dropped
  FROM result
)
