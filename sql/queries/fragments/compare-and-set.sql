-- The common part of transition.sql and transition-audited.sql, which describe its parameters $1 to $8 and the columns of
-- `result`.
WITH found AS (
  -- Without a lock, because a policy may show a row that it hides from an UPDATE.
  SELECT
    pg_catalog.count(*) FILTER (WHERE is_same) AS same,
    pg_catalog.left(pg_catalog.min(status) FILTER (WHERE is_same), 200) AS status,
    pg_catalog.min(name) FILTER (WHERE NOT is_same) AS other
  FROM (
    SELECT status, pg_catalog.concat_ws(' ', pg_catalog.left(phase, 60), pg_catalog.left(table_name, 100),
        pg_catalog.left(operation, 100)) AS name,
      $6::pg_catalog.text IS NULL
        OR
          -- include identity.sql
          OPERATOR(pg_catalog.=) $6::pg_catalog.text AS is_same
    FROM migration_control
    WHERE id OPERATOR(pg_catalog.=) $1::bigint
  ) AS rows
),
target AS (
  SELECT tableoid AS relation, ctid AS place, id, status, completed_at, xmin::pg_catalog.text AS version
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) $1::bigint
    AND ($6::pg_catalog.text IS NULL
      OR
        -- include identity.sql
        OPERATOR(pg_catalog.=) $6::pg_catalog.text)
  FOR UPDATE
),
written AS (
  UPDATE migration_control AS operation
  SET status = $3::pg_catalog.text,
      completed_at = CASE
        WHEN $5::pg_catalog.text OPERATOR(pg_catalog.=) 'set'
          THEN CASE WHEN target.status OPERATOR(pg_catalog.=) ANY (ARRAY['completed', 'failed', 'skipped'])
              THEN coalesce(operation.completed_at, pg_catalog.clock_timestamp()::timestamp)
            ELSE pg_catalog.clock_timestamp()::timestamp END
        WHEN $5::pg_catalog.text OPERATOR(pg_catalog.=) 'clear'
          OR $2::pg_catalog.text OPERATOR(pg_catalog.=) 'skipped'
            AND $3::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'paused', 'running']) THEN NULL
        ELSE operation.completed_at END
  FROM target
  WHERE operation.id OPERATOR(pg_catalog.=) target.id
    AND operation.tableoid OPERATOR(pg_catalog.=) target.relation
    AND operation.ctid OPERATOR(pg_catalog.=) target.place
    AND (SELECT pg_catalog.count(*) FROM target) OPERATOR(pg_catalog.=) 1
    AND target.status OPERATOR(pg_catalog.=) $2::pg_catalog.text
    AND ($4::pg_catalog.text IS NULL OR target.version OPERATOR(pg_catalog.=) $4::pg_catalog.text)
    AND ($7::pg_catalog.float8 IS NULL
      OR pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp) OPERATOR(pg_catalog.<) $7::pg_catalog.float8)
  RETURNING operation.id, operation.status, operation.xmin::pg_catalog.text AS version
),
locked AS (
  SELECT
    pg_catalog.count(*) AS rows,
    pg_catalog.min(status) AS status,
    pg_catalog.min(version) AS version,
    pg_catalog.bool_or(completed_at IS NOT NULL) AS had_completed_at
  FROM target
),
result AS (
  SELECT
    CASE
      WHEN locked.rows OPERATOR(pg_catalog.>) 1 THEN 'repeated'
      WHEN locked.rows OPERATOR(pg_catalog.=) 0 THEN
        CASE
          WHEN found.same OPERATOR(pg_catalog.>) 0 THEN 'hidden'
          WHEN found.other IS NOT NULL THEN 'changed'
          WHEN pg_catalog.row_security_active($8::pg_catalog.oid) THEN 'gone or hidden'
          ELSE 'gone' END
      WHEN written.id IS NOT NULL THEN
        CASE WHEN written.status OPERATOR(pg_catalog.=) $3::pg_catalog.text THEN 'applied' ELSE 'kept' END
      WHEN locked.status OPERATOR(pg_catalog.=) $2::pg_catalog.text
        AND ($4::pg_catalog.text IS NULL OR locked.version OPERATOR(pg_catalog.=) $4::pg_catalog.text) THEN
        CASE WHEN pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp)
          OPERATOR(pg_catalog.>=) $7::pg_catalog.float8 THEN 'late' ELSE 'kept' END
      ELSE 'stale' END AS outcome,
    pg_catalog.left(coalesce(written.status, locked.status, found.status), 200) AS status,
    coalesce(written.version, locked.version) AS version,
    coalesce(locked.had_completed_at, false) AS had_completed_at,
    locked.rows::pg_catalog.int4 AS rows,
    found.other,
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp) AS at
  FROM locked CROSS JOIN found LEFT JOIN written ON true
)
