-- The lowest id of the operations that started at a timestamp or later, and the highest id of those that started just before it.
-- The sum prevents PostgreSQL from scanning by id: the index on started_at finds the few rows that count.
-- $1 float8  the timestamp in seconds since 1970; null to read only the clock
SELECT 'clock' AS kind, pg_catalog.json_build_object('now', pg_catalog.date_part('epoch', localtimestamp)) AS body
UNION ALL
SELECT 'since', pg_catalog.json_build_object(
    'first', (
      SELECT pg_catalog.min(id OPERATOR(pg_catalog.+) 0)::pg_catalog.text
      FROM migration_control
      WHERE started_at OPERATOR(pg_catalog.>=) (timestamp 'epoch'
        OPERATOR(pg_catalog.+) ($1::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))),
    'before', (
      SELECT pg_catalog.max(newest.id)::pg_catalog.text
      FROM (
        SELECT id
        FROM migration_control
        WHERE started_at OPERATOR(pg_catalog.<) (timestamp 'epoch'
          OPERATOR(pg_catalog.+) ($1::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))
        ORDER BY started_at DESC
        LIMIT 1000
      ) newest))
