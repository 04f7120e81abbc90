-- Starts and ends that do not fit the status, in a range of ids.
-- $1 bigint  only ids above this     $2 bigint  maximum id     $3 int  maximum number of rows
-- First one row of each table, then the second ones: all tables are named, also if one of them has most rows.
SELECT 'ends' AS kind, pg_catalog.json_build_object(
    'id', id, 'table_name', pg_catalog.left(table_name, 200), 'problem', problem, 'status', pg_catalog.left(status, 200),
    'rows', pg_catalog.count(*) OVER (PARTITION BY problem)) AS body
FROM (
  SELECT id, table_name, status,
    CASE
      WHEN completed_at IS NULL AND status OPERATOR(pg_catalog.=) ANY (ARRAY['completed', 'failed']) THEN 'no end'
      WHEN completed_at IS NOT NULL AND status OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'running', 'paused']) THEN 'early end'
      WHEN started_at IS NULL AND status OPERATOR(pg_catalog.=) 'running' THEN 'no start'
    END AS problem
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.>) $1::bigint AND id OPERATOR(pg_catalog.<=) $2::bigint
) AS judged
WHERE problem IS NOT NULL
ORDER BY pg_catalog.row_number() OVER (PARTITION BY problem, table_name ORDER BY id), id
LIMIT $3::int
