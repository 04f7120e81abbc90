-- The outcome of each change; the last part of the statements that change many. `written` are the rows that were changed.
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
      WHEN target.number IS NULL AND pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp)
        OPERATOR(pg_catalog.>=) $7::pg_catalog.float8 THEN 'late'
      WHEN target.number IS NULL AND found.is_held IS NOT TRUE AND pg_catalog.row_security_active($8::pg_catalog.oid) THEN 'hidden'
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
