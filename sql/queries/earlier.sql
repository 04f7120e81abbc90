-- The operations before those that `--since` shows: how many are pending, running, paused and failed, and of which phases and tables only
-- a part is shown. A phase and table with earlier operations is one of these if they belong to the same run: if less than an hour without
-- any operation is before the first one that is shown.
-- $1 bigint   the first id that is shown
-- $2 float8   the timestamp in seconds since 1970, on the clock of the writers; null: only the id decides
-- $3 boolean  whether to return the phases and tables
-- $4 bigint   up to how many operations of each status are counted: many failed ones do not hide a running one
WITH given AS MATERIALIZED (
  -- With the interval first, PostgreSQL 12 and older would call an SQL function, which looks up its operator in the search path. A
  -- parameter added to timestamp 'epoch' is an instant, which inZone() converts to the clock of the writers.
  SELECT timestamp '1970-01-01' OPERATOR(pg_catalog.+) ($2::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second') AS at
),
shown AS MATERIALIZED (
  SELECT coalesce(CASE WHEN $2::pg_catalog.float8 IS NULL
    THEN (SELECT pg_catalog.min(started_at) FROM (
      SELECT started_at FROM migration_control
      WHERE $3::boolean AND id OPERATOR(pg_catalog.>=) $1::bigint
      ORDER BY id
      LIMIT 1000) AS first)
    ELSE (SELECT pg_catalog.min(started_at) FROM migration_control
      WHERE $3::boolean AND started_at OPERATOR(pg_catalog.>=) (SELECT at FROM given)) END, localtimestamp) AS start
),
before AS MATERIALIZED (
  (SELECT phase, table_name, status, started_at, completed_at
  FROM migration_control
  WHERE $3::boolean AND started_at OPERATOR(pg_catalog.<) (SELECT at FROM given)
    AND started_at OPERATOR(pg_catalog.>=) (SELECT start OPERATOR(pg_catalog.-) interval '1 day' FROM shown)
  ORDER BY started_at DESC
  LIMIT 20000)
  UNION ALL
  SELECT phase, table_name, status, started_at, completed_at
  FROM (
    SELECT phase, table_name, status, started_at, completed_at
    FROM migration_control
    WHERE $3::boolean AND $2::pg_catalog.float8 IS NULL AND id OPERATOR(pg_catalog.<) $1::bigint
    ORDER BY id DESC
    LIMIT 20000
  ) lower
  WHERE started_at OPERATOR(pg_catalog.>=) (SELECT start OPERATOR(pg_catalog.-) interval '1 day' FROM shown)
),
-- Whether the last of them ended, or was at work, less than an hour before.
joined AS MATERIALIZED (
  SELECT pg_catalog.bool_or(
    status OPERATOR(pg_catalog.=) ANY (ARRAY['running', 'paused'])
      OR greatest(started_at, completed_at) OPERATOR(pg_catalog.>) (start OPERATOR(pg_catalog.-) interval '1 hour')) AS is_one_run
  FROM before
  CROSS JOIN shown
)
SELECT 'part' AS kind, pg_catalog.json_build_array(phase, table_name) AS body
FROM (
  SELECT DISTINCT pg_catalog.left(phase, 200) AS phase, pg_catalog.left(table_name, 200) AS table_name
  FROM before
  WHERE (SELECT is_one_run FROM joined)
  LIMIT 5000
) parts
UNION ALL
SELECT 'earlier', pg_catalog.json_build_array(status::pg_catalog.text, pg_catalog.count(*))
FROM (
  SELECT found.status
  FROM (VALUES ('pending'), ('running'), ('paused'), ('failed')) AS counted (wanted)
  CROSS JOIN LATERAL (
    SELECT status
    FROM migration_control
    WHERE status OPERATOR(pg_catalog.=) wanted
      AND (id OPERATOR(pg_catalog.<) $1::bigint OR started_at OPERATOR(pg_catalog.<) (SELECT at FROM given))
    LIMIT $4::bigint
  ) AS found
) earlier
GROUP BY status
