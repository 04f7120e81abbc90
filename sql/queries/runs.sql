-- Finds the beginning of the newest of several runs: after the newest gap of the given length in which nothing started. It goes
-- back from the newest start, by a maximum of that length per step, along an index on started_at; without one, only if the table
-- is small.
-- $1 float8  for how many seconds nothing started     $2 int  maximum number of steps     $3 text  the table's name
WITH RECURSIVE walk (started_at, earliest, step) AS (
  SELECT newest.at, (
      SELECT pg_catalog.min(started_at) FROM migration_control
      WHERE started_at OPERATOR(pg_catalog.>=) (newest.at
        OPERATOR(pg_catalog.-) ($1::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second')))::timestamp, 1
  FROM (
    SELECT (
      SELECT pg_catalog.max(started_at) FROM migration_control
      WHERE started_at OPERATOR(pg_catalog.<=) (localtimestamp OPERATOR(pg_catalog.+) interval '1 day')
        AND started_at OPERATOR(pg_catalog.>) timestamp '-infinity')::timestamp AS at
    FROM pg_catalog.pg_class
    WHERE oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($3::pg_catalog.text)::pg_catalog.oid
      AND (
        EXISTS (
          SELECT FROM pg_catalog.pg_index
          JOIN pg_catalog.pg_attribute ON attrelid OPERATOR(pg_catalog.=) indrelid
            AND attnum OPERATOR(pg_catalog.=) indkey[0]
          WHERE indrelid OPERATOR(pg_catalog.=) pg_class.oid AND attname OPERATOR(pg_catalog.=) 'started_at'
            AND indpred IS NULL AND indisvalid)
        OR (relkind OPERATOR(pg_catalog.=) 'r' OR relkind OPERATOR(pg_catalog.=) 'm')
          AND pg_catalog.pg_relation_size(pg_class.oid) OPERATOR(pg_catalog.<) 8000000)
    OFFSET 0
  ) newest
  UNION ALL
  SELECT walk.earliest, (
      SELECT pg_catalog.min(started_at) FROM migration_control
      WHERE started_at OPERATOR(pg_catalog.>=) (walk.earliest
        OPERATOR(pg_catalog.-) ($1::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second')))::timestamp,
    walk.step OPERATOR(pg_catalog.+) 1
  FROM walk
  WHERE walk.earliest OPERATOR(pg_catalog.<) walk.started_at AND walk.step OPERATOR(pg_catalog.<) $2::int
)
SELECT 'run' AS kind, pg_catalog.json_build_object(
    'gap', $1::pg_catalog.float8,
    'at', pg_catalog.date_part('epoch', walk.started_at::timestamp),
    'before', pg_catalog.date_part('epoch', pg_catalog.max(older.started_at::timestamp)),
    'ended', pg_catalog.date_part('epoch', pg_catalog.max(older.completed_at::timestamp) FILTER (WHERE
      older.status OPERATOR(pg_catalog.=) 'completed' AND older.completed_at OPERATOR(pg_catalog.<) walk.started_at))) AS body
FROM walk
CROSS JOIN LATERAL (
  SELECT status, started_at, completed_at
  FROM migration_control
  WHERE started_at OPERATOR(pg_catalog.<) walk.started_at AND started_at OPERATOR(pg_catalog.>) timestamp '-infinity'
  ORDER BY started_at DESC
  LIMIT 1000
) older
WHERE walk.earliest OPERATOR(pg_catalog.=) walk.started_at
GROUP BY walk.started_at
