-- Counters that contradict themselves, in a range of ids: negative ones, more records than the total, a batch size of 0.
-- $1 bigint  only ids above this     $2 bigint  maximum id     $3 int  maximum number of rows
-- First one row of each table, then the second ones: all tables are named, also if one of them has most rows.
SELECT 'counters' AS kind, pg_catalog.json_build_object(
    'id', id, 'table_name', pg_catalog.left(table_name, 200), 'problem', problem,
    'records', records_processed, 'total', total_records, 'batch_size', batch_size,
    'rows', pg_catalog.count(*) OVER (PARTITION BY problem)) AS body
FROM (
  SELECT id, table_name, records_processed, total_records, batch_size,
    CASE
      WHEN records_processed OPERATOR(pg_catalog.<) 0 OR total_records OPERATOR(pg_catalog.<) 0
        OR batch_size OPERATOR(pg_catalog.<=) 0 THEN 'negative'
      WHEN records_processed OPERATOR(pg_catalog.>) total_records AND total_records OPERATOR(pg_catalog.>) 0 THEN 'beyond'
    END AS problem
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.>) $1::bigint AND id OPERATOR(pg_catalog.<=) $2::bigint
) AS judged
WHERE problem IS NOT NULL
ORDER BY pg_catalog.row_number() OVER (PARTITION BY problem, table_name ORDER BY id), id
LIMIT $3::int
