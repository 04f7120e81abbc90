-- Reads one operation and the rows of its phase and table that may be attempts of the same work (domain/lineage.ts), each with
-- its version (xmin).
-- $1 bigint  id
SELECT pg_catalog.jsonb_build_object(
    'id', other.id, 'phase', other.phase, 'table_name', other.table_name, 'operation', other.operation,
    'status', other.status, 'records_processed', other.records_processed, 'total_records', other.total_records,
    'batch_size', other.batch_size, 'worker_id', other.worker_id, 'source_query', other.source_query,
    'error_message', NULL, 'validation_query', other.validation_query,
    'started_at', pg_catalog.date_part('epoch', other.started_at::timestamp),
    'completed_at', pg_catalog.date_part('epoch', other.completed_at::timestamp)) AS body,
  other.xmin::pg_catalog.text AS version
FROM migration_control AS own
JOIN migration_control AS other ON other.phase OPERATOR(pg_catalog.=) own.phase
  AND other.table_name OPERATOR(pg_catalog.=) own.table_name
WHERE own.id OPERATOR(pg_catalog.=) $1::bigint
  AND (other.id OPERATOR(pg_catalog.=) own.id
    OR own.source_query IS NOT NULL AND other.source_query IS NOT NULL
    OR other.validation_query OPERATOR(pg_catalog.~) ' counts=own[^*]* \*/$')
ORDER BY other.id
