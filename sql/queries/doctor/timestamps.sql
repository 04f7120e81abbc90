-- Timestamps that cannot be right, in a range of ids: from the future, and ends before starts.
-- $1 bigint  only ids above this     $2 bigint  maximum id     $3 int  maximum number of rows
-- First one row of each table, then the second ones: all tables are named, also if one of them has most rows.
SELECT 'timestamps' AS kind, pg_catalog.json_build_object(
    'id', id, 'table_name', pg_catalog.left(table_name, 200), 'problem', problem,
    'started', started_at::pg_catalog.text, 'completed', completed_at::pg_catalog.text,
    'rows', pg_catalog.count(*) OVER (PARTITION BY problem)) AS body
FROM (
  SELECT id, table_name, started_at, completed_at,
    CASE
      WHEN started_at OPERATOR(pg_catalog.>) (localtimestamp OPERATOR(pg_catalog.+) interval '5 minutes') THEN 'future start'
      WHEN completed_at OPERATOR(pg_catalog.>) (localtimestamp OPERATOR(pg_catalog.+) interval '5 minutes') THEN 'future end'
      WHEN completed_at OPERATOR(pg_catalog.<) started_at THEN 'reversed'
    END AS problem
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.>) $1::bigint AND id OPERATOR(pg_catalog.<=) $2::bigint
) AS judged
WHERE problem IS NOT NULL
ORDER BY pg_catalog.row_number() OVER (PARTITION BY problem, table_name ORDER BY id), id
LIMIT $3::int
