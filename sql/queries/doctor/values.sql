-- Statuses and phases that the specification does not have, in a range of ids.
-- $1 bigint  only ids above this     $2 bigint  maximum id     $3 int  maximum number of different values
SELECT 'values' AS kind, pg_catalog.json_build_object(
    'column', column_name,
    'value', pg_catalog.left(value, 100),
    'rows', pg_catalog.count(*),
    'ids', (pg_catalog.array_agg(id ORDER BY id))[1:20],
    'names', (pg_catalog.array_agg(name ORDER BY id))[1:20],
    'tables', (pg_catalog.array_agg(DISTINCT name))[1:100]) AS body
FROM (
  SELECT 'status' AS column_name, status::pg_catalog.text AS value, pg_catalog.left(table_name, 200) AS name, id
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.>) $1::bigint AND id OPERATOR(pg_catalog.<=) $2::bigint
    AND status OPERATOR(pg_catalog.<>) ALL (ARRAY['pending', 'running', 'completed', 'failed', 'paused', 'skipped'])
  UNION ALL
  SELECT 'phase', phase::pg_catalog.text, pg_catalog.left(table_name, 200), id
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.>) $1::bigint AND id OPERATOR(pg_catalog.<=) $2::bigint
    AND phase OPERATOR(pg_catalog.<>) ALL (ARRAY['discovery', 'planning', 'mapping', 'execution', 'validation', 'rollback'])
) AS strange
GROUP BY column_name, value
LIMIT $3::int
