-- The current rows of the operations that operators acted on. An id that is missing in the answer is no longer in the table.
-- `rows` is the number of rows with the id. `error_message` is that of a skipped operation: it shows as which kind it had failed.
-- $1 bigint[]  ids
SELECT 'acted' AS kind, pg_catalog.json_build_object(
    'id', id,
    'rows', pg_catalog.count(*),
    'status', pg_catalog.left(pg_catalog.min(status), 200),
    'worker_id', pg_catalog.min(worker_id),
    'phase', pg_catalog.left(pg_catalog.min(phase), 200),
    'table_name', pg_catalog.left(pg_catalog.min(table_name), 200),
    'started_at', pg_catalog.date_part(
      'epoch', pg_catalog.min(started_at::timestamp) FILTER (WHERE pg_catalog.isfinite(started_at))),
    'has_end', pg_catalog.bool_and(completed_at IS NOT NULL),
    'error_message', pg_catalog.left(
      pg_catalog.min(CASE WHEN status OPERATOR(pg_catalog.=) 'skipped' THEN error_message END), 400)) AS body
FROM migration_control
WHERE id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
GROUP BY id
