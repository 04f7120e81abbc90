-- One operation with the beginning of its texts (text.sql has the rest; a character more than is shown tells whether there is
-- any), and the other attempts at the same work: same phase, table and source query.
-- $1 bigint  id
-- $2 text    which of several with that id: md5 of phase, table and operation as the polls read it, null for any
WITH chosen AS (
  SELECT id, phase, table_name, operation, status, records_processed, total_records, started_at, completed_at,
    error_message, batch_size, worker_id, source_query, validation_query, xmin::pg_catalog.text AS version
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) $1::bigint
    AND ($2::pg_catalog.text IS NULL
      OR pg_catalog.left(pg_catalog.md5(pg_catalog.concat_ws(pg_catalog.chr(31), phase, table_name, operation)), 12)
        OPERATOR(pg_catalog.=) $2::pg_catalog.text)
),
attempts AS (
  SELECT
    other.id, other.phase, other.table_name, other.operation, other.status, other.records_processed,
    other.total_records, other.started_at, other.completed_at, other.error_message, other.batch_size,
    other.worker_id, other.source_query, other.validation_query,
    other.xmin::pg_catalog.text AS version
  FROM migration_control other
  JOIN chosen ON other.table_name OPERATOR(pg_catalog.=) chosen.table_name
    AND other.phase OPERATOR(pg_catalog.=) chosen.phase AND other.id OPERATOR(pg_catalog.<>) chosen.id
  WHERE other.source_query OPERATOR(pg_catalog.=) chosen.source_query
  ORDER BY other.id DESC
  LIMIT 20
)
SELECT 'clock' AS kind, pg_catalog.json_build_object('now', pg_catalog.date_part('epoch', localtimestamp)) AS body
UNION ALL
SELECT 'operation', pg_catalog.json_build_object(
    'id', id, 'phase', pg_catalog.left(phase, 1000), 'table_name', pg_catalog.left(table_name, 1000),
    'operation', pg_catalog.left(operation, 1000), 'status', pg_catalog.left(status, 1000),
    'records_processed', records_processed, 'total_records', total_records,
    'started_at', pg_catalog.date_part('epoch', started_at::timestamp),
    'completed_at', pg_catalog.date_part('epoch', completed_at::timestamp),
    'error_message', pg_catalog.left(error_message, 131073), 'error_message_bytes', pg_catalog.octet_length(error_message),
    'batch_size', batch_size, 'worker_id', worker_id,
    'source_query', pg_catalog.left(source_query, 131073), 'source_query_bytes', pg_catalog.octet_length(source_query),
    'validation_query', pg_catalog.left(validation_query, 131073),
    'validation_query_bytes', pg_catalog.octet_length(validation_query), 'version', version,
    'identity', pg_catalog.left(pg_catalog.md5(pg_catalog.concat_ws(pg_catalog.chr(31), phase, table_name, operation)), 12))
FROM chosen
UNION ALL
SELECT 'attempt', pg_catalog.json_build_object(
    'id', id, 'phase', pg_catalog.left(phase, 200), 'table_name', pg_catalog.left(table_name, 200), 'operation',
      pg_catalog.left(operation, 200),
    'status', pg_catalog.left(status, 200), 'records_processed', records_processed, 'total_records', total_records,
    'started_at', pg_catalog.date_part('epoch', started_at::timestamp),
    'completed_at', pg_catalog.date_part('epoch', completed_at::timestamp),
    'error_message', pg_catalog.left(error_message, 400), 'batch_size', batch_size, 'worker_id', worker_id,
    'source_query', pg_catalog.left(source_query, 200), 'validation_query', CASE WHEN pg_catalog.right(validation_query, 2) OPERATOR(pg_catalog.=) '*/' THEN pg_catalog.concat(
        pg_catalog.left(pg_catalog.regexp_replace(validation_query, ' ?/[*] migtop run=[^*]*[*]/$', ''), 120),
        pg_catalog."substring"(validation_query, ' ?/[*] migtop run=[^*]*[*]/$'))
      ELSE pg_catalog.left(validation_query, 200) END,
      'version', version,
    'identity', pg_catalog.left(pg_catalog.md5(pg_catalog.concat_ws(pg_catalog.chr(31), phase, table_name, operation)), 12))
FROM attempts
