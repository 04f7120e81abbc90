-- Marks an operation that join.sql has just started as skipped, if another worker, or another process with the same worker
-- id, started the same work before it.
-- $1 bigint   id      $2 bigint  worker
-- $3 boolean  whether only rows with the same source query belong to the same work
-- $4 bigint[] rows of this worker that do not belong to this work: of another run, or excluded by `since`
-- $5 text     the reason to skip it in any case; null to skip it only if there is an earlier one
-- $6 text    start and $7 text seconds worked, as this process claimed it (fragments/reclaimed.sql)
-- Returns `body`: the earlier operation, or null if there is none.
WITH other AS (
  SELECT other.*
  FROM migration_control AS own
  JOIN migration_control AS other ON other.phase OPERATOR(pg_catalog.=) own.phase
    AND other.table_name OPERATOR(pg_catalog.=) own.table_name
    AND (NOT $3::boolean OR other.source_query OPERATOR(pg_catalog.=) own.source_query
      OR other.source_query IS NULL AND own.source_query IS NULL)
  WHERE own.id OPERATOR(pg_catalog.=) $1::bigint
    AND other.id OPERATOR(pg_catalog.<) own.id
    AND other.status OPERATOR(pg_catalog.=) ANY (ARRAY['running', 'paused'])
    AND ((other.worker_id OPERATOR(pg_catalog.=) $2::bigint) IS NOT TRUE
      OR other.operation OPERATOR(pg_catalog.=) own.operation AND NOT other.id OPERATOR(pg_catalog.=) ANY ($4::bigint[]))
  ORDER BY other.id
  LIMIT 1
),
reason AS (
  SELECT $5::pg_catalog.text AS text WHERE $5::pg_catalog.text IS NOT NULL
  UNION ALL
  SELECT 'Not started: operation ' OPERATOR(pg_catalog.||) other.id::pg_catalog.text
    OPERATOR(pg_catalog.||) ' started the same work before it.'
  FROM other WHERE $5::pg_catalog.text IS NULL
),
withdrawn AS (
  UPDATE migration_control AS one
  SET status = 'skipped', completed_at = pg_catalog.clock_timestamp()::timestamp, error_message = reason.text
  FROM reason CROSS JOIN (
    SELECT $6::pg_catalog.text AS start, $7::pg_catalog.text AS worked
  ) AS held
  WHERE one.id OPERATOR(pg_catalog.=) $1::bigint
    AND one.status OPERATOR(pg_catalog.=) ANY (ARRAY['running', 'paused'])
    AND one.worker_id OPERATOR(pg_catalog.=) $2::bigint
    AND NOT
      -- include ../fragments/reclaimed.sql
  RETURNING one.id
)
SELECT
  CASE WHEN other.id IS NOT NULL THEN
    pg_catalog.to_jsonb(other.*) OPERATOR(pg_catalog.||)
      -- include ../fragments/timestamps.sql
  END AS body,
  CASE WHEN EXISTS (SELECT FROM reason) THEN
    -- include ../fragments/reset-name.sql
  END AS session
FROM (VALUES (true)) AS always
LEFT JOIN other ON true
