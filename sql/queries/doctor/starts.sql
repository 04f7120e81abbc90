-- The starts of the newest operations, in the order of their ids: jumps by whole hours show writers in different zones.
-- $1 int  maximum number of rows
-- Starts are in seconds since 1970 as the writers' clocks show them.
SELECT 'start' AS kind, pg_catalog.json_build_array(id, worker_id, pg_catalog.date_part('epoch', started_at),
    pg_catalog.left(table_name, 200)) AS body
FROM (
  SELECT id, worker_id, started_at, table_name
  FROM migration_control
  WHERE started_at IS NOT NULL AND pg_catalog.isfinite(started_at)
  ORDER BY id DESC
  LIMIT $1::int
) AS newest
ORDER BY id
